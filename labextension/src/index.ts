// Shows in JupyterLab and Notebook which apps are connected to the server. Without the server extension it does nothing.
import { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { IMainMenu } from "@jupyterlab/mainmenu";
import { IRunningSessionManagers } from "@jupyterlab/running";
import { IStatusBar } from "@jupyterlab/statusbar";
import { ITranslator, TranslationBundle, nullTranslator } from "@jupyterlab/translation";
import { ConnectedApps } from "./apps";
import { listen } from "./events";
import { followKernels, runningKernels } from "./kernels";
import { Mark } from "./mark";
import { markNotebooks } from "./notebooks";
import { Notices } from "./notices";
import { runningApps } from "./running";

const ID = "escherpad-ext-lab:plugin";
const COMMAND = "escherpad:connected-apps";
const DOMAIN = "escherpad_ext_lab";

const plugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: "Shows which apps are connected to the server.",
  autoStart: true,
  optional: [ICommandPalette, IMainMenu, IStatusBar, IRunningSessionManagers, ITranslator],
  activate: (app, palette, menu, statusBar, running, translator): void => {
    // Not awaited: JupyterLab starts without it.
    void start(app as JupyterFrontEnd, {
      palette: palette as ICommandPalette | null,
      menu: menu as IMainMenu | null,
      statusBar: statusBar as IStatusBar | null,
      running: running as IRunningSessionManagers | null,
      translator: (translator as ITranslator | null) ?? nullTranslator,
    });
  },
};

interface IPlaces {
  palette: ICommandPalette | null;
  menu: IMainMenu | null;
  statusBar: IStatusBar | null;
  running: IRunningSessionManagers | null;
  translator: ITranslator;
}

async function start(app: JupyterFrontEnd, places: IPlaces): Promise<void> {
  const apps = new ConnectedApps(app.serviceManager.serverSettings);
  const refresh = (): Promise<boolean> => apps.refresh().catch(() => false);
  const trans = places.translator.load(DOMAIN);
  // Before it asks: notebooks may open meanwhile.
  markNotebooks(app, apps, trans, () => openPage(apps));
  if (!(await refresh())) return;
  const take = (event: Record<string, unknown>): void => void apps.take(event).catch(() => {});
  listen(app.serviceManager.serverSettings, () => void refresh(), take);
  // After a computer's sleep, a socket may seem open that is lost.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void refresh();
  });
  followKernels(apps, app.serviceManager);
  const open = addCommand(app, apps, places, trans);
  new Notices(apps, trans, open);
  addMark(app, apps, new Mark(apps, trans, open), places.statusBar);
  places.running?.add(runningApps(apps, trans, open));
  const openFile = (path: string): void => void app.commands.execute("docmanager:open", { path });
  places.running?.add(runningKernels(apps, app.serviceManager, trans, openFile, open));
}

const openPage = (apps: ConnectedApps): void =>
  void window.open(apps.pageUrl, "_blank", "noopener");

/** Add the command; return what it does. */
function addCommand(
  app: JupyterFrontEnd,
  apps: ConnectedApps,
  { palette, menu, translator }: IPlaces,
  trans: TranslationBundle,
): () => void {
  const open = (): void => openPage(apps);
  app.commands.addCommand(COMMAND, {
    label: trans.__("Connected apps"),
    caption: trans.__("See and disconnect the apps that can use this server"),
    describedBy: { args: { type: "object", properties: {} } },
    execute: open,
  });
  // The category is JupyterLab's: in other words, it would be a second one.
  const category = translator.load("jupyterlab").__("Settings");
  palette?.addItem({ command: COMMAND, category });
  menu?.settingsMenu.addGroup([{ command: COMMAND }], 1000);
  return open;
}

/** Notebook has no status bar: there, the mark stands at the top. */
function addMark(
  app: JupyterFrontEnd,
  apps: ConnectedApps,
  mark: Mark,
  statusBar: IStatusBar | null,
): void {
  // The status bar shows and hides its items by itself.
  const shown = { isActive: () => apps.apps.length > 0, activeStateChanged: apps.changed };
  const place = { align: "right", rank: 200, priority: 1 } as const; // also in a narrow window
  if (statusBar) statusBar.registerStatusItem(ID, { item: mark, ...place, ...shown });
  else app.shell.add(mark, "top", { rank: 900 });
}

export default plugin;
