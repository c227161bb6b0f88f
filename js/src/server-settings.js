// What the client library of JupyterLab needs to use a server with a grant token.

const GRANT_ENDED = 4401;
/** A query of a read that says only what Jupyter Server assumes anyway. */
const ASSUMED = /^\?(?:content=1|hash=0)(?:&(?:content=1|hash=0))*$/;

/**
 * What `makeSettings` of `@jupyterlab/services` takes.
 * @typedef {{baseUrl: string, wsUrl: string, token: string, appendToken: boolean, init: RequestInit,
 *   WebSocket: typeof WebSocket, fetch: typeof fetch}} ServerSettings
 * @typedef {{ended: () => void, answered: (response: Response) => void}} Listener `ended`: the
 *   server closes a WebSocket because the grant ended
 */

/**
 * @param {{server: string, token: string}} connection its token may be replaced by a new one
 * @param {Record<string, string> | undefined} headers they go with every request
 * @param {Listener} listener
 * @returns {ServerSettings}
 */
export function serverSettings(connection, headers, listener) {
  const { server } = connection;
  return {
    baseUrl: `${server}/`,
    wsUrl: `${server.replace("http", "ws")}/`,
    get token() {
      return connection.token;
    },
    appendToken: false, // URLs are logged
    // With "no-store", browsers repeat every preflight.
    init: { cache: "default", credentials: "omit" },
    fetch: tokenFetch(connection, headers, listener),
    WebSocket: tokenSocket(connection, listener),
  };
}

/** Whether it is of this server: the token is for it alone. @param {string} server @param {string} url */
const isBelow = (server, url) => URL.canParse(url) && new URL(url).href.startsWith(`${server}/`);

/**
 * The token is that of now: the library of JupyterLab keeps the one that it was given at first.
 * @param {{server: string, token: string}} connection
 * @param {Record<string, string> | undefined} headers @param {Listener} listener
 * @returns {typeof fetch}
 */
function tokenFetch(connection, headers, listener) {
  return async (input, init) => {
    const original = new Request(input, init);
    if (!isBelow(connection.server, original.url)) return fetch(original);
    const request = atOneAddress(connection.server, original);
    for (const [name, value] of Object.entries(headers ?? {})) request.headers.set(name, value);
    if (request.headers.has("Authorization"))
      request.headers.set("Authorization", `Bearer ${connection.token}`);
    const response = await fetch(request);
    listener.answered(response);
    return response;
  };
}

/**
 * Browsers cache preflights by address, with its query (https://fetch.spec.whatwg.org/#concept-cache-match-method).
 * Without the query, a file is read at the address where it is saved, and one preflight is enough.
 * @param {string} server @param {Request} request
 */
function atOneAddress(server, request) {
  const url = new URL(request.url);
  const isRead = request.method === "GET" && url.href.startsWith(`${server}/api/contents/`);
  if (!isRead || !ASSUMED.test(url.search)) return request;
  url.search = "";
  return new Request(url, request);
}

/**
 * A WebSocket has no headers: the token goes as a subprotocol.
 * @param {{server: string, token: string}} connection @param {Listener} listener
 * @returns {typeof WebSocket}
 */
function tokenSocket(connection, listener) {
  const name = "v1.token.websocket.jupyter.org";
  return class extends WebSocket {
    /** @param {string | URL} url @param {string | string[]} [protocols] */
    constructor(url, protocols = []) {
      const isOurs = isBelow(connection.server, String(url).replace(/^ws/i, "http"));
      const offer = isOurs ? [name, `${name}.${encodeURIComponent(connection.token)}`] : [];
      super(url, [protocols, offer].flat());
      this.addEventListener("close", ({ code }) => code === GRANT_ENDED && listener.ended());
    }
    get protocol() {
      return super.protocol.replace(name, ""); // not a kernel protocol
    }
  };
}
