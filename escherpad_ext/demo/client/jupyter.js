// A client of a Jupyter server on another origin, without a library. You need only this file,
// connect.js, which gets the token, and kernel.js with its imports, which runs code. They do not
// depend on this page, so you can copy them.
//
// Everything that another origin makes different is marked (1) to (3).

/**
 * A file, notebook or folder as the contents API describes it.
 * @typedef {{name: string, path: string, type: "directory"|"notebook"|"file", content: any,
 *   format: "json"|"text"|"base64"|null, mimetype: string|null, size: number|null,
 *   last_modified: string}} Contents
 */

/** A request failed. `status` is HTTP's, or 0 if no answer can be read. */
export class ServerError extends Error {
  /** @param {string} message @param {number} status @param {string} [code] */
  constructor(message, status, code = "") {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** A "refused" event reports an answer that may mean that the token has ended. */
export class JupyterServer extends EventTarget {
  #settings;

  /** @param {import("./connect.js").Connection["serverSettings"]} settings */
  constructor(settings) {
    super();
    this.url = new URL(settings.baseUrl);
    this.#settings = settings;
  }

  /**
   * Ask the server; the parsed answer, or null where it is empty. Throws `ServerError`.
   * @param {string} path below the base URL
   * @param {{method?: string, query?: Record<string, string>, body?: unknown,
   *   signal?: AbortSignal}} [options]
   */
  async request(path, { method = "GET", query = {}, body, signal } = {}) {
    const url = new URL(path, this.url);
    url.search = new URLSearchParams(query).toString();
    // (1) Only the token authenticates us.
    /** @type {Record<string, string>} */
    const headers = { Authorization: `Bearer ${this.#settings.token}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const json = body === undefined ? undefined : JSON.stringify(body);
    const init = { method, headers, body: json, signal };
    // (2) `init` has no cookies, since they do not count across origins, and lets the browser
    // cache, since with "no-store" Chromium repeats every preflight.
    const response = await fetch(url, { ...this.#settings.init, ...init }).catch(() => null);
    const text = (await response?.text().catch(() => "")) ?? "";
    if (response?.ok) return text ? JSON.parse(text) : null;
    const error = response ? refusal(response, text) : this.#noAnswer();
    if ([0, 401, 403].includes(error.status)) this.dispatchEvent(new Event("refused"));
    throw error;
  }

  /**
   * @param {string} path
   * @param {Record<string, string>} [query]
   * @returns {Promise<Contents>} a folder's `content` is the list of what is in it
   */
  get(path, query = {}) {
    return this.request(`api/contents/${encodePath(path)}`, { query });
  }

  /**
   * Write a file; the answer has the new `last_modified` and no content.
   * @param {string} path
   * @param {Pick<Contents, "type" | "format" | "content">} file
   * @returns {Promise<Contents>}
   */
  save(path, { type, format, content }) {
    const body = { type, format, content };
    return this.request(`api/contents/${encodePath(path)}`, { method: "PUT", body });
  }

  /** @param {string} path @param {string} to @returns {Promise<Contents>} */
  rename(path, to) {
    const body = { path: to };
    return this.request(`api/contents/${encodePath(path)}`, { method: "PATCH", body });
  }

  /** @param {string} path */
  remove(path) {
    return this.request(`api/contents/${encodePath(path)}`, { method: "DELETE" });
  }

  /**
   * The installed kernels.
   * @returns {Promise<{default: string,
   *   kernelspecs: Record<string, {spec: {display_name: string}}>}>}
   */
  kernelspecs() {
    return this.request("api/kernelspecs");
  }

  /**
   * Open a WebSocket of the server, such as `api/kernels/<id>/channels`.
   * @param {string} path
   * @param {Record<string, string>} [query]
   */
  openSocket(path, query = {}) {
    const url = new URL(path, this.url);
    url.search = new URLSearchParams(query).toString();
    url.protocol = url.protocol.replace("http", "ws");
    // (3) A WebSocket has no headers of its own: connect.js's offers the token as a subprotocol.
    return new this.#settings.WebSocket(url);
  }

  // The browser writes the cause (no connection? origin refused?) to its console only.
  #noAnswer() {
    const { origin } = this.url;
    return new ServerError(`No answer from ${origin}: it is down or refuses this page.`, 0);
  }
}

/** @param {string} path */
function encodePath(path) {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** @param {Response} response @param {string} text its body */
function refusal(response, text) {
  try {
    const { message, error } = JSON.parse(text);
    if (message) return new ServerError(message, response.status, error);
  } catch {
    // Not JSON: perhaps a proxy's page.
  }
  return new ServerError(`The server answered ${response.status}.`, response.status);
}
