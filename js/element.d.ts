// The types of "escherpad-connect/element": those of the class, its events and its tag.

import type { ConnectError, Connection } from "./types/connect.js";
import type { JupyterConnect } from "./types/element.js";

export { JupyterConnect } from "./types/element.js";

type OfConnection = CustomEvent<{ connection: Connection }>;

export interface JupyterConnectEventMap {
  connecting: CustomEvent<{ server: string }>;
  connected: OfConnection;
  failed: CustomEvent<{ error: ConnectError }>;
  expiring: OfConnection;
  extended: OfConnection;
  lost: OfConnection;
  back: OfConnection;
  ended: OfConnection;
}

declare module "./types/element.js" {
  interface JupyterConnect {
    addEventListener<Type extends keyof JupyterConnectEventMap>(
      type: Type,
      listener: (this: JupyterConnect, event: JupyterConnectEventMap[Type]) => unknown,
      options?: boolean | AddEventListenerOptions,
    ): void;
    addEventListener<Type extends keyof HTMLElementEventMap>(
      type: Exclude<Type, keyof JupyterConnectEventMap>,
      listener: (this: JupyterConnect, event: HTMLElementEventMap[Type]) => unknown,
      options?: boolean | AddEventListenerOptions,
    ): void;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "jupyter-connect": JupyterConnect;
  }
}
