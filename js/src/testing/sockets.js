// WebSockets to a fake server.

const TOKEN = "v1.token.websocket.jupyter.org";

/**
 * @typedef {{url: URL, token: string, send: (text: string) => void}} Opened
 * @typedef {(opened: Opened) => ((text: string) => void) | null} Accept returns what hears the
 *   client, or null for a refusal
 */

/**
 * A class that is a WebSocket for all other addresses.
 * @param {string} server @param {Accept} accept @param {typeof WebSocket} Real
 */
export function fakeSockets(server, accept, Real) {
  const base = `${server.replace("http", "ws")}/`;
  /** @type {Set<FakeSocket>} */
  const open = new Set();

  class FakeSocket extends EventTarget {
    static CONNECTING = 0;
    static OPEN = 1;
    static CLOSING = 2;
    static CLOSED = 3;
    readyState = 0;
    binaryType = "blob";
    bufferedAmount = 0;
    extensions = "";
    #protocol = "";
    /** @type {((text: string) => void) | null} */
    #hear = null;

    /** @param {string | URL} url @param {string | string[]} [protocols] */
    constructor(url, protocols = []) {
      super();
      this.url = String(url);
      if (!this.url.startsWith(base)) return /** @type {any} */ (new Real(url, protocols));
      for (const type of ["open", "message", "close", "error"]) handler(this, type);
      setTimeout(() => this.#open([protocols].flat()));
    }

    get protocol() {
      return this.#protocol;
    }

    /** @param {string[]} offered */
    #open(offered) {
      if (this.readyState) return;
      const token = offered.find((name) => name.startsWith(`${TOKEN}.`))?.slice(TOKEN.length + 1);
      const send = (/** @type {string} */ data) =>
        this.#tell(new MessageEvent("message", { data }));
      const url = new URL(this.url);
      this.#hear = accept({ url, token: decodeURIComponent(token ?? ""), send });
      if (!this.#hear) return this.end(1006);
      this.readyState = 1;
      open.add(this);
      if (offered.includes(TOKEN)) this.#protocol = TOKEN;
      this.#tell(new Event("open"));
    }

    /** @param {Event} event */
    #tell(event) {
      if (event.type === "message" && this.readyState !== 1) return;
      this.dispatchEvent(event);
    }

    /** @param {string | ArrayBufferLike | Blob | ArrayBufferView} data */
    send(data) {
      if (this.readyState === 0) throw new DOMException("Still connecting", "InvalidStateError");
      if (this.readyState === 1) this.#hear?.(String(data));
    }

    /** @param {number} [code] */
    close(code = 1005) {
      if (this.readyState < 2) setTimeout(() => this.end(code));
      this.readyState = Math.max(2, this.readyState);
    }

    /** @param {number} code @param {string} [reason] */
    end(code, reason = "") {
      if (this.readyState === 3) return;
      this.readyState = 3;
      open.delete(this);
      if (code === 1006) this.#tell(new Event("error"));
      const init = { code, reason, wasClean: code !== 1006 };
      this.#tell(Object.assign(new Event("close"), init));
    }
  }

  /** @param {number} code @param {string} [reason] */
  const endAll = (code, reason) => [...open].forEach((socket) => socket.end(code, reason));
  return { FakeSocket: /** @type {any} */ (FakeSocket), endAll };
}

/** A property such as `onopen`. @param {EventTarget} target @param {string} type */
function handler(target, type) {
  /** @type {((event: Event) => void) | null} */
  let act = null;
  target.addEventListener(type, (event) => act?.call(target, event));
  Object.defineProperty(target, `on${type}`, {
    get: () => act,
    set: (value) => (act = typeof value === "function" ? value : null),
  });
}
