// The mark in the toolbar of a notebook whose kernel an app started or uses.
import { JupyterFrontEnd } from "@jupyterlab/application";
import { Dialog, ISessionContext, showDialog } from "@jupyterlab/apputils";
import { TranslationBundle } from "@jupyterlab/translation";
import { Toolbar } from "@jupyterlab/ui-components";
import { Widget } from "@lumino/widgets";
import { ConnectedApps, IKernelUse } from "./apps";
import { disconnectOrTell } from "./notices";
import { nameOf } from "./words";

/** What is needed here of JupyterLab's NotebookPanel. */
interface IPanel extends Widget {
  readonly toolbar: Toolbar<Widget>;
  readonly sessionContext: ISessionContext;
}

/** Give each notebook a mark, which is in its toolbar as long as its kernel is an app's. */
export function markNotebooks(
  app: JupyterFrontEnd,
  apps: ConnectedApps,
  trans: TranslationBundle,
  open: () => void,
): void {
  app.docRegistry.addWidgetExtension("Notebook", {
    createNew: (widget) => {
      return new KernelMark(widget as unknown as IPanel, apps, trans, open);
    },
  });
}

/** Names the app that started the kernel or uses it, and offers to disconnect it. */
class KernelMark extends Widget {
  private readonly _button = document.createElement("button");

  constructor(
    private readonly _panel: IPanel,
    private readonly _apps: ConnectedApps,
    private readonly _trans: TranslationBundle,
    private readonly _open: () => void,
  ) {
    super();
    this.addClass("jp-escherpad-KernelMark");
    this._button.type = "button";
    this._button.addEventListener("click", () => void this._ask());
    this.node.append(this._button);
    _panel.sessionContext.kernelChanged.connect(this._show, this);
    _apps.changed.connect(this._show, this);
    this._show();
  }

  private get _kernel(): IKernelUse | undefined {
    const id = this._panel.sessionContext.session?.kernel?.id;
    return id === undefined ? undefined : this._apps.appOf(id);
  }

  private _says({ app, started }: IKernelUse): string {
    const name = nameOf(app, this._trans);
    return started
      ? this._trans.__("%1 started the kernel of this notebook", name)
      : this._trans.__("%1 uses the kernel of this notebook", name);
  }

  private _show(): void {
    const kernel = this._kernel;
    if (!kernel) {
      this.parent = null;
      return;
    }
    this._button.textContent = `⇄ ${nameOf(kernel.app, this._trans)}`;
    this._button.title = this._says(kernel);
    this._button.setAttribute("aria-label", this._says(kernel));
    // First: in a narrow window, JupyterLab hides those at the end.
    if (!this.parent) this._panel.toolbar.insertItem(0, "escherpad-kernel", this);
  }

  private async _ask(): Promise<void> {
    const kernel = this._kernel;
    if (!kernel) return;
    const details = Dialog.createButton({ label: this._trans.__("Details"), actions: ["details"] });
    const label = this._trans.__("Disconnect");
    const disconnect = Dialog.warnButton({ label, actions: ["disconnect"] });
    const { button } = await showDialog({
      title: this._trans.__("Connected apps"),
      body: this._says(kernel),
      buttons: [Dialog.cancelButton(), details, ...(kernel.connected ? [disconnect] : [])],
    });
    if (button.actions.includes("details")) this._open();
    if (button.actions.includes("disconnect")) {
      await disconnectOrTell(this._apps, [kernel.app.id], this._trans);
    }
  }
}
