// Which apps are connected: asked once, and then kept up to date by the server's events.
import { URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";
import { ISignal, Signal } from "@lumino/signaling";

/** A kernel, as the server tells of it. The notebook is null where the server knows of none. */
interface IKernel {
  readonly id: string;
  readonly name: string;
  readonly path: string | null;
}

/** Who an app is, and what it has running. It may be disconnected. All texts may be anybody's. */
export interface IWho {
  readonly id: string;
  readonly kind: "site" | "program" | "script";
  readonly origin: string | null;
  readonly name: string;
  /** Not told by early versions of the server extension. */
  readonly kernels?: readonly IKernel[];
  /** The ids of the kernels to which it has a socket, whoever started them. */
  readonly uses?: readonly string[];
}

/** One connected app. */
export interface IApp extends IWho {
  readonly access: readonly string[];
  readonly full_control: boolean;
  readonly folder: string | null;
  /** In seconds since 1970. */
  readonly expires: number;
}

/** A kernel that an app started, which may be disconnected meanwhile. */
export interface IAppKernel extends IKernel {
  readonly app: IWho;
  readonly connected: boolean;
}

/** What an app has to do with a kernel: it started it, or else uses it. */
export interface IKernelUse {
  readonly app: IWho;
  readonly connected: boolean;
  readonly started: boolean;
}

/** A request of an app that the server refused. */
export interface IRefusal {
  readonly app: IApp;
  readonly reason: string;
}

const SCHEMA = "https://schema.escherpad.com/escherpad_ext/grant/v1";
const ACTIVITY = "https://schema.escherpad.com/escherpad_ext/activity/v1";
const KERNEL_SOCKET = /\/api\/kernels\/[^/]+\/channels$/;
const OPENED_OR_CLOSED: readonly unknown[] = ["OPEN", "CLOSE"];
const AGAIN_SECONDS = 5;
const FOLLOW_MS = 1000;
/** The longest that a timer of a browser can wait. */
const LONGEST_WAIT = 2 ** 31 - 1;

/** The apps that are connected to a server. */
export class ConnectedApps {
  private readonly _changed = new Signal<this, void>(this);
  private readonly _arrived = new Signal<this, IApp>(this);
  private readonly _refused = new Signal<this, IRefusal>(this);
  private readonly _kernelStarted = new Signal<this, void>(this);
  private readonly _url: string;
  private _apps: readonly IApp[] = [];
  /** All that the server told of, also those that are disconnected. */
  private _known: readonly IWho[] = [];
  private _running: ReadonlySet<string> = new Set();
  private readonly _endedKernels = new Set<string>();
  private _expiry = 0;
  private _following = false;
  private _asked = 0;
  private _answered = 0;
  /** Those that were disconnected: an answer that was on its way may still name them. */
  private readonly _gone = new Set<string>();

  constructor(private readonly _settings: ServerConnection.ISettings) {
    this._url = URLExt.join(_settings.baseUrl, "escherpad", "apps");
  }

  /** Emitted when an app or a kernel of one came or went. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted with each app that the owner has just allowed. */
  get arrived(): ISignal<this, IApp> {
    return this._arrived;
  }

  /** Emitted when a connected app tried what it may not. */
  get refused(): ISignal<this, IRefusal> {
    return this._refused;
  }

  /** Emitted when an app has started a kernel. */
  get kernelStarted(): ISignal<this, void> {
    return this._kernelStarted;
  }

  /** The apps, the newest first. */
  get apps(): readonly IApp[] {
    return this._apps;
  }

  /** The kernels that apps started and that still run. */
  get kernels(): readonly IAppKernel[] {
    const connected = new Set(this._apps.map(({ id }) => id));
    return this._known
      .flatMap((app) =>
        (app.kernels ?? []).map((each) => ({ ...each, app, connected: connected.has(app.id) })),
      )
      .filter(({ id }) => !this._endedKernels.has(id));
  }

  /** Which app a kernel belongs to: who started it, else who uses it. Those that are connected come first. */
  appOf(kernelId: string): IKernelUse | undefined {
    const start = this.kernels.find(({ id }) => id === kernelId);
    const user = this._apps.find(({ uses = [] }) => uses.includes(kernelId));
    if (user && !start?.connected) return { app: user, connected: true, started: false };
    return start && { app: start.app, connected: start.connected, started: true };
  }

  /** Take from JupyterLab which kernels run. Those that it no longer has are ended. */
  noteRunning(ids: readonly string[]): void {
    const running = new Set(ids);
    const gone = Array.from(this._running).filter((id) => !running.has(id));
    this._running = running;
    ids.forEach((id) => this._endedKernels.delete(id));
    gone.forEach((id) => this._endedKernels.add(id));
    this._changed.emit();
  }

  /** The address of the page that lists them. */
  get pageUrl(): string {
    return URLExt.join(this._settings.baseUrl, "escherpad") + "/";
  }

  /** Ask the server. Resolves with whether it has the extension and answers this user. */
  async refresh(): Promise<boolean> {
    const asked = ++this._asked;
    const response = await ServerConnection.makeRequest(this._url, {}, this._settings);
    if (response.status === 503) {
      // The server has the extension, and cannot read the grants just now.
      window.setTimeout(() => void this.refresh().catch(() => false), AGAIN_SECONDS * 1000);
      return true;
    }
    if (response.status !== 200) return false;
    const { apps, ended = [] } = (await response.json()) as { apps: IApp[]; ended?: IWho[] };
    // Not an older answer after a newer one.
    if (asked > this._answered) {
      this._answered = asked;
      this._known = [...apps, ...ended];
      this._set(apps);
    }
    return true;
  }

  /** Disconnect an app, or all of `ids`. Rejects if the server did not do it. */
  async disconnect(...ids: readonly string[]): Promise<void> {
    const end = async (id: string): Promise<void> => {
      const url = URLExt.join(this._url, encodeURIComponent(id));
      const response = await ServerConnection.makeRequest(
        url,
        { method: "DELETE" },
        this._settings,
      );
      if (response.status !== 204) throw new ServerConnection.ResponseError(response);
    };
    await Promise.all(ids.map(end));
    this._remove(ids);
  }

  /** Take an event of the server. Others than ours are left alone. */
  async take(event: Record<string, unknown>): Promise<void> {
    const { schema_id, change, grant, origin, reason } = event;
    if (schema_id === ACTIVITY) this._follow(event);
    if (schema_id !== SCHEMA) return;
    if (change === "created") await this._arrive(grant);
    else if (change === "revoked") this._remove([String(grant)]);
    else if (change === "refused") this._refuse(origin, String(reason));
    else if (change === "kernel_started") {
      await this.refresh();
      this._kernelStarted.emit();
    }
  }

  /** Ask who uses which kernel, when an app opened or closed a socket; at most once a second. */
  private _follow({ method, path }: Record<string, unknown>): void {
    if (!OPENED_OR_CLOSED.includes(method) || !KERNEL_SOCKET.test(String(path))) return;
    if (this._following) return;
    this._following = true;
    window.setTimeout(() => {
      this._following = false;
      void this.refresh().catch(() => false);
    }, FOLLOW_MS);
  }

  private async _arrive(id: unknown): Promise<void> {
    if (!this._find(id)) await this.refresh();
    const app = this._find(id);
    if (app) this._arrived.emit(app);
  }

  private _refuse(origin: unknown, reason: string): void {
    const app = this._apps.find((each) => each.origin !== null && each.origin === origin);
    if (app) this._refused.emit({ app, reason });
  }

  private _find(id: unknown): IApp | undefined {
    return this._apps.find((each) => each.id === id);
  }

  private _remove(ids: readonly string[]): void {
    ids.forEach((id) => this._gone.add(id));
    this._set(this._apps);
  }

  private _set(apps: readonly IApp[]): void {
    const now = Date.now() / 1000;
    this._apps = apps.filter(({ id, expires }) => expires > now && !this._gone.has(id));
    this._changed.emit();
    window.clearTimeout(this._expiry);
    if (this._apps.length === 0) return;
    const first = Math.min(...this._apps.map(({ expires }) => expires));
    const wait = Math.min((first - now) * 1000 + 100, LONGEST_WAIT);
    this._expiry = window.setTimeout(() => this._set(this._apps), wait);
  }
}
