// A client of a Jupyter server on another origin, without a library: with kernel.js, which runs
// code, it is all that one needs. Neither knows about this page, so take them as they are.
//
// All that is special about another origin is marked (1) to (4).

const TOKEN_PROTOCOL = "v1.token.websocket.jupyter.org";

/**
 * A file, notebook or folder as the contents API describes it.
 * @typedef {{name: string, path: string, type: "directory"|"notebook"|"file", content: any,
 *   format: "json"|"text"|"base64"|null, mimetype: string|null, size: number|null,
 *   last_modified: string}} Contents
 */

/** The server did not do it. `status` is HTTP's, or 0 where no answer can be read. */
export class ServerError extends Error {
  /** @param {string} message @param {number} status @param {string} [code] */
  constructor(message, status, code = "") {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export class JupyterServer {
  #token;

  /** @param {string} url its base URL  @param {string} token */
  constructor(url, token) {
    this.url = new URL(url.endsWith("/") ? url : `${url}/`);
    this.#token = token;
  }

  /**
   * Ask the server; the parsed answer, or null where it is empty. Throws `ServerError`.
   * @param {string} path below the base URL
   * @param {{method?: string, query?: Record<string, string>, body?: unknown}} [options]
   */
  async request(path, { method = "GET", query = {}, body } = {}) {
    const url = new URL(path, this.url);
    url.search = new URLSearchParams(query).toString();
    // (1) The token is the only thing that says who we are.
    const headers = { Authorization: `token ${this.#token}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let response;
    try {
      response = await fetch(url, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: "omit", // (2) Cookies do not count across origins, so send none.
        cache: "default", // (3) With "no-store" Chromium repeats every preflight.
      });
    } catch {
      // What the browser knows (no connection? origin refused?) it tells its console, not us.
      throw new ServerError(
        `No answer from ${this.url.origin}. Either it is not running, or it does not allow ` +
          `this site, which its owner changes with: jupyter escherpad allow ${location.origin}`,
        0,
      );
    }
    const text = await response.text();
    if (response.ok) return text ? JSON.parse(text) : null;
    throw refusal(response, text);
  }

  /** @returns {Promise<Contents>} a folder's `content` is the list of what is in it */
  get(path, query = {}) {
    return this.request(`api/contents/${encodePath(path)}`, { query });
  }

  /** Write a file; the answer has the new `last_modified` and no content. */
  save(path, { type, format, content }) {
    const body = { type, format, content };
    return this.request(`api/contents/${encodePath(path)}`, { method: "PUT", body });
  }

  /** The kernels one can start: `{default, kernelspecs: {name: {spec: {display_name, …}}}}`. */
  kernelspecs() {
    return this.request("api/kernelspecs");
  }

  /** Open a WebSocket of the server, such as `api/kernels/<id>/channels`. */
  openSocket(path, query = {}) {
    const url = new URL(path, this.url);
    url.search = new URLSearchParams(query).toString();
    url.protocol = url.protocol.replace("http", "ws");
    // (4) A WebSocket has no headers of its own: the token goes as a subprotocol, offered next
    // to the plain name that the server answers with. Parentheses are the one thing that
    // encodeURIComponent leaves and a protocol's name may not have (RFC 9110, 5.6.2).
    const token = encodeURIComponent(this.#token).replaceAll("(", "%28").replaceAll(")", "%29");
    return new WebSocket(url, [TOKEN_PROTOCOL, `${TOKEN_PROTOCOL}.${token}`]);
  }
}

function encodePath(path) {
  return path.split("/").map(encodeURIComponent).join("/");
}

function refusal(response, text) {
  try {
    const { message, error } = JSON.parse(text);
    if (message) return new ServerError(message, response.status, error);
  } catch {
    // Not JSON, so not for us: a proxy's page, perhaps.
  }
  return new ServerError(`The server answered ${response.status}.`, response.status);
}
