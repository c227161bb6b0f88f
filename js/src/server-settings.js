// What the client library of JupyterLab needs to use a server with a grant token.

const GRANT_ENDED = 4401;

/**
 * What `makeSettings` of `@jupyterlab/services` takes.
 * @typedef {{baseUrl: string, wsUrl: string, token: string, appendToken: boolean, init: RequestInit,
 *   WebSocket: typeof WebSocket, fetch?: typeof fetch}} ServerSettings
 */

/**
 * @param {string} server @param {string} token
 * @param {() => void} onEnd called when the server closes a WebSocket because the grant ended
 * @param {Record<string, string>} [headers] they go with every request
 * @returns {ServerSettings}
 */
export function serverSettings(server, token, onEnd, headers) {
  return {
    ...(headers && { fetch: fetchWith(headers) }),
    baseUrl: `${server}/`,
    wsUrl: `${server.replace("http", "ws")}/`,
    token,
    appendToken: false, // URLs are logged
    // With "no-store", Chromium repeats every preflight.
    init: { cache: "default", credentials: "omit" },
    WebSocket: tokenSocket(token, onEnd),
  };
}

/** @param {Record<string, string>} headers @returns {typeof fetch} */
function fetchWith(headers) {
  return (input, init) => {
    const request = new Request(input, init);
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
    return fetch(request);
  };
}

/**
 * A WebSocket has no headers: the token goes as a subprotocol.
 * @param {string} token @param {() => void} onEnd
 * @returns {typeof WebSocket}
 */
function tokenSocket(token, onEnd) {
  const name = "v1.token.websocket.jupyter.org";
  const offer = [name, `${name}.${encodeURIComponent(token)}`];
  return class extends WebSocket {
    /** @param {string | URL} url @param {string | string[]} [protocols] */
    constructor(url, protocols = []) {
      super(url, [protocols, offer].flat());
      this.addEventListener("close", ({ code }) => code === GRANT_ENDED && onEnd());
    }
    get protocol() {
      return super.protocol.replace(name, ""); // not a kernel protocol
    }
  };
}
