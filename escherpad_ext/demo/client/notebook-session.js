// The session on the server that ties a kernel to its notebook.

/** @typedef {import("./jupyter.js").JupyterServer} JupyterServer */

export class NotebookSession {
  #server;
  #id;

  /**
   * Start a session, and its kernel if it does not run yet.
   * @param {JupyterServer} server
   * @param {string} path the notebook's
   * @param {string} kernelName one of `server.kernelspecs()`
   */
  static async start(server, path, kernelName) {
    const body = { ...placeOf(path), type: "notebook", kernel: { name: kernelName } };
    const { id, kernel } = await server.request("api/sessions", { method: "POST", body });
    if (kernel.execution_state === "dead")
      await server.request(`api/kernels/${kernel.id}/restart`, { method: "POST" });
    return { session: new NotebookSession(server, id), kernel };
  }

  /** @param {JupyterServer} server @param {string} id */
  constructor(server, id) {
    this.#server = server;
    this.#id = id;
  }

  /** The notebook has moved. @param {string} path */
  async move(path) {
    const body = placeOf(path);
    await this.#server.request(`api/sessions/${this.#id}`, { method: "PATCH", body });
  }

  /** End it, together with its kernel. */
  async end() {
    await this.#server.request(`api/sessions/${this.#id}`, { method: "DELETE" });
  }
}

/** @param {string} path */
const placeOf = (path) => ({ path, name: path.split("/").pop() });
