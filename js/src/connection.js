// A connection to a server, and what becomes of it.

import { ConnectError } from "./errors.js";
import { ask, post } from "./requests.js";
import { serverSettings } from "./server-settings.js";
import { tab } from "./storage.js";

/**
 * @typedef {{server: string, token: string, scopes: string[], folder?: string | null,
 *   expires: number, headers?: Record<string, string>}} Grant
 */

/** @typedef {"disconnected" | "expired" | "revoked" | "refused"} EndReason */

const MILLISECONDS_BETWEEN_CHECKS = 30_000;
const MILLISECONDS_TO_ANSWER = 20_000;
const MILLISECONDS_UNTIL_LOST = 60_000;
const MILLISECONDS_TO_EXTEND = 300_000;
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Events: "expiring", five minutes before it ends (sooner if it is short); "ended", when `ended`
 * has the reason; "lost", after a minute without an answer, and "back".
 */
export class Connection extends EventTarget {
  /** Why it ended, or null. @type {EndReason | null} */
  ended = null;
  /** Whether the server has not answered for a minute. */
  lost = false;
  /** Since when the server does not answer. @type {number | null} */
  #silentSince = null;
  #stop = new AbortController();
  /** What every request has. @type {Record<string, string> | undefined} */
  #headers;

  /** @param {Grant} grant */
  constructor({ server, token, scopes, folder = null, expires, headers }) {
    super();
    this.#headers = headers;
    this.server = server;
    this.token = token;
    /** They may be fewer than you asked for. */
    this.scopes = scopes;
    /** The only folder that they reach. Null is all files. */
    this.folder = folder;
    this.expiresAt = new Date(expires);
    /** For `makeSettings` of `@jupyterlab/services`. */
    this.serverSettings = serverSettings(server, token, () => this.#look(), headers);
    this.#watch();
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
    const send = this.serverSettings.fetch ?? fetch;
    const response = await send(url, { ...this.serverSettings.init, ...init, headers });
    if (response.status === 401) this.#look();
    return response;
  }

  /** End the token. */
  async disconnect() {
    this.#end("disconnected");
    await ask(this.server, "escherpad/revoke", post({ token: this.token }), this.#headers);
  }

  /**
   * Ask the server whether the token is good. Rejects with `ConnectError` if there is no answer.
   * @returns {Promise<boolean>}
   */
  async check() {
    if (this.ended) return false;
    const headers = { Authorization: `Bearer ${this.token}` };
    const signal = AbortSignal.timeout(MILLISECONDS_TO_ANSWER);
    try {
      await ask(this.server, "escherpad/grant", { headers, signal }, this.#headers);
      this.#hear();
    } catch (error) {
      if (!(error instanceof ConnectError) || error.code !== "invalid_token") {
        this.#miss();
        throw error;
      }
      this.#end(
        error.reason === "expired" || error.reason === "revoked" ? error.reason : "refused",
      );
    }
    return !this.ended;
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
    if (tab("grant")?.token === this.token) tab("grant", null);
    this.#tell("ended");
  }

  /** @param {string} type */
  #tell(type) {
    this.dispatchEvent(new Event(type));
  }
}
