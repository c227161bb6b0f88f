// A connection to a server, and what becomes of it.

import { ConnectError } from "./errors.js";
import { idOf } from "./grants.js";
import { ask, post } from "./requests.js";
import { serverSettings } from "./server-settings.js";

/**
 * @typedef {{server: string, token: string, scopes: string[], folder?: string | null,
 *   expires: number, headers?: Record<string, string>}} Grant
 *
 * What a connection asks of the page: for another token (`connect`), for what another tab has got
 * meanwhile, and to tell that it was disconnected.
 * @typedef {{
 *   ask?: typeof import("./connect.js").connect,
 *   newer?: (server: string) => Promise<Grant | undefined>,
 *   disconnected?: (token: string) => void,
 * }} Site
 */

/** @typedef {"disconnected" | "expired" | "revoked" | "refused"} EndReason */

const MILLISECONDS_BETWEEN_CHECKS = 30_000;
const MILLISECONDS_TO_ANSWER = 20_000;
const MILLISECONDS_UNTIL_LOST = 60_000;
const MILLISECONDS_TO_EXTEND = 300_000;
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Events: "expiring", five minutes before it ends (sooner if it is short); "extended", when it has
 * a new token; "refused", when the token does not reach far enough: `detail` has `reason` and
 * `message`; "ended", when `ended` has the reason; "lost", after a minute without an answer, and
 * "back".
 */
export class Connection extends EventTarget {
  /** Why it ended, or null. @type {EndReason | null} */
  ended = null;
  /** Whether the server has not answered for a minute. */
  lost = false;
  /** Since when the server does not answer. @type {number | null} */
  #silentSince = null;
  #stop = new AbortController();
  /** @type {Grant} */
  #grant;
  /** @type {Site} */
  #site;

  /** @param {Grant} grant @param {Site} [site] */
  constructor(grant, site = {}) {
    super();
    this.#grant = grant;
    this.#site = site;
    this.server = grant.server;
    /** For `makeSettings` of `@jupyterlab/services`. */
    this.serverSettings = serverSettings(this, grant.headers, {
      ended: () => this.#look(),
      answered: (response) => this.#hearRefusal(response),
    });
    this.#watch();
  }

  /** The grant token. Another one after `extend`. */
  get token() {
    return this.#grant.token;
  }

  /** What the person allowed: maybe less than you asked for. */
  get scopes() {
    return this.#grant.scopes;
  }

  /** The only folder that the scopes reach. Null is all files. */
  get folder() {
    return this.#grant.folder ?? null;
  }

  get expiresAt() {
    return new Date(this.#grant.expires);
  }

  /**
   * Ask the person for more time, with the same scopes, on a short page. Call it in a click. The connection goes on
   * with a new token, in all tabs of the site. Rejects as `connect`.
   * @param {{redirectUri?: string, mode?: "popup" | "page", signal?: AbortSignal}} [options]
   */
  async extend(options) {
    const scope = this.scopes.join(" ");
    const folder = this.folder ?? undefined;
    await this.#site.ask?.({
      ...options,
      server: this.server,
      scope,
      folder,
      headers: this.#grant.headers,
      extends: idOf(this.token),
    });
  }

  /** Go on with a new token. @param {Grant} grant */
  renew(grant) {
    if (grant.token === this.token) return this;
    this.#grant = grant;
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#watch();
    this.#tell("extended");
    return this;
  }

  /** Like the global one, with the token as a subprotocol. */
  get WebSocket() {
    return this.serverSettings.WebSocket;
  }

  /**
   * Like the global one, with the token.
   * @param {string} path below the server's address, such as "api/contents"
   * @param {RequestInit} [init]
   */
  async fetch(path, init) {
    const url = new URL(path, this.serverSettings.baseUrl);
    if (!url.href.startsWith(this.serverSettings.baseUrl))
      throw new TypeError(`${url.href} is not below ${this.server}`); // the token is for it alone
    const headers = new Headers(init?.headers);
    headers.set("Authorization", `Bearer ${this.token}`);
    return this.serverSettings.fetch(url, { ...this.serverSettings.init, ...init, headers });
  }

  /** End the token. */
  async disconnect() {
    this.#end("disconnected");
    await ask(this.server, "escherpad/revoke", post({ token: this.token }), this.#grant.headers);
    this.#site.disconnected?.(this.token);
  }

  /**
   * Ask the server whether the token is good. Rejects with `ConnectError` if there is no answer.
   * @returns {Promise<boolean>}
   */
  async check() {
    if (this.ended) return false;
    const { token } = this;
    const headers = { Authorization: `Bearer ${token}` };
    const signal = AbortSignal.timeout(MILLISECONDS_TO_ANSWER);
    try {
      await ask(this.server, "escherpad/grant", { headers, signal }, this.#grant.headers);
      this.#hear();
    } catch (error) {
      if (!(error instanceof ConnectError) || error.code !== "invalid_token") {
        this.#miss();
        throw error;
      }
      return this.#replaced(token, error.reason);
    }
    return !this.ended;
  }

  /**
   * The token is no longer good: there is another, in this tab or in one that tells it later, or
   * the connection has ended.
   * @param {string} token @param {string} reason @returns {Promise<boolean>}
   */
  async #replaced(token, reason) {
    const newer = this.token === token && (await this.#site.newer?.(this.server));
    if (newer && this.token === token) this.renew(newer);
    if (this.token !== token) return this.check();
    this.#end(reason === "expired" || reason === "revoked" ? reason : "refused");
    return false;
  }

  async #look() {
    await this.check().catch(() => {}); // "lost" tells
  }

  #watch() {
    const page = globalThis.document; // not in a worker
    const lookIfVisible = () => page?.hidden || this.#look();
    const { signal } = this.#stop;
    const every = setInterval(lookIfVisible, MILLISECONDS_BETWEEN_CHECKS);
    signal.addEventListener("abort", () => clearInterval(every));
    page?.addEventListener("visibilitychange", lookIfVisible, { signal });
    const left = this.expiresAt.getTime() - Date.now();
    this.#after(left - Math.min(MILLISECONDS_TO_EXTEND, left / 10), () => this.#tell("expiring"));
    this.#after(left, () => this.#end("expired"));
  }

  /** @param {number} milliseconds @param {() => void} act */
  #after(milliseconds, act) {
    if (milliseconds > LONGEST_TIMER) return; // after 24 days: a check finds the end
    const timer = setTimeout(act, milliseconds);
    this.#stop.signal.addEventListener("abort", () => clearTimeout(timer));
  }

  /** @param {Response} response */
  async #hearRefusal(response) {
    if (response.status === 401) this.#look();
    if (response.status !== 403) return;
    const { error, ...detail } = await response
      .clone()
      .json()
      .catch(() => ({}));
    if (error) this.dispatchEvent(new CustomEvent("refused", { detail }));
  }

  #hear() {
    this.#silentSince = null;
    if (!this.lost) return;
    this.lost = false;
    this.#tell("back");
  }

  #miss() {
    const now = Date.now();
    this.#silentSince ??= now;
    if (this.lost || now - this.#silentSince < MILLISECONDS_UNTIL_LOST) return;
    this.lost = true;
    this.#tell("lost");
  }

  /** @param {EndReason} reason */
  #end(reason) {
    if (this.ended) return;
    this.ended = reason;
    this.#stop.abort();
    this.#tell("ended");
  }

  /** @param {string} type */
  #tell(type) {
    this.dispatchEvent(new Event(type));
  }
}
