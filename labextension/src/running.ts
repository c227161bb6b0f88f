// The section in the panel of what is running.
import { IRunningSessions } from "@jupyterlab/running";
import { TranslationBundle } from "@jupyterlab/translation";
import { linkIcon } from "@jupyterlab/ui-components";
import { ConnectedApps, IApp } from "./apps";
import { disconnectOrTell } from "./notices";
import { accessOf, nameOf } from "./words";

/** The connected apps, each with a button that disconnects it. */
export function runningApps(
  connected: ConnectedApps,
  trans: TranslationBundle,
  open: () => void,
): IRunningSessions.IManager {
  const end = (apps: readonly IApp[]): void => {
    const ids = apps.map(({ id }) => id);
    void disconnectOrTell(connected, ids, trans);
  };
  return {
    name: trans.__("Connected apps"),
    running: () =>
      connected.apps.map((app) => ({
        className: "jp-escherpad-Item",
        open,
        shutdown: () => end([app]),
        icon: () => linkIcon,
        label: () => nameOf(app, trans),
        labelTitle: () => `${nameOf(app, trans)}\n${accessOf(app, trans)}`,
        detail: () => accessOf(app, trans),
      })),
    shutdownAll: () => end(connected.apps),
    refreshRunning: () => void connected.refresh().catch(() => false),
    runningChanged: connected.changed,
    shutdownLabel: trans.__("Disconnect"),
    shutdownAllLabel: trans.__("Disconnect all"),
    shutdownAllConfirmationText: trans.__("Disconnect all apps from this server?"),
  };
}
