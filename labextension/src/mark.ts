// The mark in the status bar, or in Notebook's top area.
import { TranslationBundle } from "@jupyterlab/translation";
import { Widget } from "@lumino/widgets";
import { ConnectedApps } from "./apps";

/** How many apps are connected, and whether one has full control. Hidden while there is none. */
export class Mark extends Widget {
  private readonly _button = document.createElement("button");

  constructor(
    private readonly _apps: ConnectedApps,
    private readonly _trans: TranslationBundle,
    open: () => void,
  ) {
    super();
    this.id = "escherpad-connected-apps";
    this.addClass("jp-escherpad-Mark");
    this._button.type = "button";
    this._button.addEventListener("click", open);
    this.node.append(this._button);
    _apps.changed.connect(this._show, this);
    this._show();
  }

  dispose(): void {
    this._apps.changed.disconnect(this._show, this);
    super.dispose();
  }

  private _show(): void {
    const { apps } = this._apps;
    const powerful = apps.filter((app) => app.full_control).length;
    this.setHidden(apps.length === 0);
    const number = this._trans._n("%1 app connected", "%1 apps connected", apps.length);
    const control = this._trans._n("%1 with full control", "%1 with full control", powerful);
    this._button.textContent = powerful > 0 ? `⚠ ${apps.length}` : `⇄ ${apps.length}`;
    const name = powerful > 0 ? `${number}, ${control}` : number;
    this._button.setAttribute("aria-label", name);
    this._button.title = name;
    this.toggleClass("jp-mod-fullControl", powerful > 0);
  }
}
