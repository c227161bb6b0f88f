// The requests of a page that cannot read the answers, and what it learns from them.

import { readAddress } from "./address.js";
import { ConnectError } from "./errors.js";
import { FINDINGS } from "./findings.js";

const MILLISECONDS = 9000;
const MILLISECONDS_TO_REACH = 6000; // time for a person to answer the browser's question
const MAX_LENGTH = 65536;
const PROTOCOL = "v1.token.websocket.jupyter.org";

/**
 * @typedef {{status: number, text: string, body: Record<string, any>} | null} Answer null if no page
 *   may read it
 * @typedef {{code: string, severity: "error" | "warning", what: string, why: string, fix: string}} Finding
 */

/** A server to ask for some seconds, without cookies and without changing anything. */
export class Server {
  signal = AbortSignal.timeout(MILLISECONDS);
  /** Ends sooner, so that there is time to find out why. */
  soon = AbortSignal.timeout(MILLISECONDS_TO_REACH);
  /** Whether an answer was too late. */
  late = false;
  /** The directives of the page's own policy that blocked a request. @type {Set<string>} */
  blocked = new Set();

  /**
   * @param {string} text its address @param {string} [needs] the bundles that the page needs
   * @param {Record<string, string>} [headers] what every request of the page has
   */
  constructor(text, needs, headers = {}) {
    if (!globalThis.document) throw new ConnectError("no_page");
    const read = readAddress(text);
    if (!read) throw new ConnectError("invalid_server");
    const url = new URL(read.others[0] ?? read.server); // as it was typed
    this.headers = headers;
    this.url = url;
    this.base = new URL(read.server); // without what names a page
    this.address = url.origin + url.pathname.replace(/\/+$/, "");
    /** @type {import("./findings.js").About} */
    this.about = { server: this.address, url, page: origin, needs };
    /** @param {SecurityPolicyViolationEvent} event */
    const note = ({ disposition, blockedURI, effectiveDirective }) => {
      if (disposition === "enforce" && blockedURI.includes(url.host))
        this.blocked.add(effectiveDirective);
    };
    document.addEventListener("securitypolicyviolation", note, { signal: this.signal });
  }

  /**
   * @param {string} code @param {string} why @param {string} [address] the right one
   * @returns {Finding}
   */
  finding(code, why, address) {
    const [what, fix] = FINDINGS[code];
    return { code, severity: "error", what, why, fix: fix({ ...this.about, address }) };
  }

  /** The finding that the page's own policy blocks requests, if it does. @returns {Promise<Finding | undefined>} */
  async policyFinding() {
    await new Promise((resolve) => setTimeout(resolve, 100)); // Firefox reports it late
    if (this.blocked.has("connect-src"))
      return this.finding(
        "blocked_by_page",
        "The browser reports that this policy blocked a request.",
      );
  }

  /** @param {string} code @param {string} why @returns {Finding} */
  warn(code, why) {
    return { ...this.finding(code, why), severity: "warning" };
  }

  /**
   * What the server answers.
   * @param {string} path @returns {Promise<Answer>}
   * @param {{token?: string, address?: string, signal?: AbortSignal, more?: Record<string, string>,
   *   method?: string}} [options]
   */
  async read(
    path,
    { token, address = this.address, signal = this.signal, more = {}, method } = {},
  ) {
    try {
      const headers = new Headers({ ...more, ...this.headers });
      if (token) headers.set("Authorization", `Bearer ${token}`);
      const response = await ask(`${address}/${path}`, {
        method,
        headers,
        signal,
        redirect: "error",
      });
      const text = await beginning(response);
      return { status: response.status, text, body: objectIn(text) };
    } catch {
      this.late ||= signal.aborted;
      return null;
    }
  }

  /** Whether it answers at all. */
  async answers(address = this.address, signal = this.signal) {
    return ask(`${address}/`, { mode: "no-cors", signal }).then(
      () => true,
      () => {
        this.late ||= signal.aborted;
        return false;
      },
    );
  }

  /** Whether one of these addresses has an image. @param {string} path @param {string[]} addresses */
  async hasImage(path, addresses) {
    const shown = addresses.map((address) =>
      inTime(this.signal, (resolve, reject) => {
        const image = Object.assign(new Image(), { onload: resolve, onerror: reject });
        image.src = `${address}/${path}`;
      }),
    );
    return Promise.any(shown).then(
      () => true,
      () => false,
    );
  }

  /**
   * Open a WebSocket, and close it. Resolves with 0, or with what went wrong: the close code, or
   * the name of the error.
   * @param {string} [token] @param {AbortSignal} [signal] @returns {Promise<number | string>}
   */
  socket(token, signal = this.signal) {
    const url = `${this.address.replace("http", "ws")}/api/events/subscribe`;
    const offer = token ? [PROTOCOL, `${PROTOCOL}.${encodeURIComponent(token)}`] : [];
    const opened = inTime(signal, (resolve) => {
      const socket = new WebSocket(url, offer);
      socket.onclose = ({ code }) => resolve(code);
      socket.onopen = () => {
        resolve(0);
        socket.close();
      };
    });
    return opened.catch(({ name }) => name);
  }
}

/**
 * @param {AbortSignal} signal
 * @param {(resolve: (value: any) => void, reject: (reason: any) => void) => void} begin
 */
function inTime(signal, begin) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => reject(signal.reason));
    begin(resolve, reject);
  });
}

/** @param {string} url @param {RequestInit} init */
const ask = (url, init) => fetch(url, { credentials: "omit", cache: "no-store", ...init });

/** The beginning of a text, as much as is needed. @param {Response} response */
async function beginning({ body }) {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (reader && text.length < MAX_LENGTH) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += value;
  }
  reader?.cancel();
  return text;
}

/** What the server says, cut to a length that can be shown. @param {unknown} words */
export const said = (words) => String(words).slice(0, 200);

/** @param {string} text */
function objectIn(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
