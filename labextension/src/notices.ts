// Notifications: an app connected, an app tried what it may not.
import { Notification } from "@jupyterlab/apputils";
import { TranslationBundle } from "@jupyterlab/translation";
import { ConnectedApps, IApp, IRefusal } from "./apps";
import { triedBy } from "./refusals";
import { accessOf, nameOf } from "./words";

/** How many notifications of a kind there are at a time, whatever apps do. */
const MOST = 5;

/** Notifies the owner. `open` opens the page of connected apps. */
export class Notices {
  private readonly _arrivals: string[] = [];
  private readonly _refusals = new Set<string>();

  constructor(
    private readonly _apps: ConnectedApps,
    private readonly _trans: TranslationBundle,
    private readonly _open: () => void,
  ) {
    _apps.arrived.connect((_, app) => this._tellArrival(app));
    _apps.refused.connect((_, refusal) => this._tellRefusal(refusal));
  }

  private _tellArrival(app: IApp): void {
    while (this._arrivals.length >= MOST) Notification.dismiss(this._arrivals.shift());
    const message = this._trans.__("%1 connected", nameOf(app, this._trans));
    const text = `${message}\n${accessOf(app, this._trans)}`;
    this._arrivals.push(
      Notification.emit(text, app.full_control ? "warning" : "info", {
        autoClose: false,
        actions: this._actions(app),
      }),
    );
  }

  /** Once for each app, and not for more than a few: an app could try all day. */
  private _tellRefusal(refusal: IRefusal): void {
    const { app } = refusal;
    if (this._refusals.has(app.id) || this._refusals.size >= MOST) return;
    this._refusals.add(app.id);
    Notification.emit(triedBy(refusal, this._trans), "warning", {
      autoClose: false,
      actions: this._actions(app),
    });
  }

  private _actions(app: IApp): Notification.IAction[] {
    const disconnect = (): void => void disconnectOrTell(this._apps, [app.id], this._trans);
    return [
      { label: this._trans.__("Disconnect"), displayType: "warn", callback: disconnect },
      {
        label: this._trans.__("Details"),
        callback: (event) => {
          event.preventDefault(); // it stays: the owner may come back to disconnect
          this._open();
        },
      },
    ];
  }
}

/** Disconnect apps, and say so where it failed. */
export async function disconnectOrTell(
  apps: ConnectedApps,
  ids: readonly string[],
  trans: TranslationBundle,
): Promise<void> {
  try {
    await apps.disconnect(...ids);
  } catch {
    const text = trans.__("Could not disconnect. Open the page of connected apps and try again.");
    Notification.error(text, { autoClose: false });
  }
}
