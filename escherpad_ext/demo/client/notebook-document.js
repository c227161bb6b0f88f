// A notebook that is open, with its kernel.

import { ask } from "./dialogs.js";
import { Kernel } from "./kernel.js";
import { ServerError } from "./jupyter.js";
import { Notebook } from "./notebook.js";
import { OpenDocument } from "./open-document.js";

const NO_KERNEL =
  "The server has no kernel, so this notebook cannot run. " +
  'Install one where the server is: pip install "escherpad-ext[demo]"';
const CRASHED = "The kernel died or was restarted. Its variables are lost.";
const SILENT = "The server does not answer. Reconnecting…";

/**
 * @typedef {import("./jupyter.js").JupyterServer} JupyterServer
 * @typedef {import("./open-document.js").News} News
 */

export class NotebookDocument extends OpenDocument {
  kind = /** @type {const} */ ("notebook");
  /** @type {Kernel | null} */
  kernel = null;
  #withoutKernel = "starting";
  #problem = ""; // why there is no kernel
  #hasCrashed = false;

  /**
   * @param {import("./jupyter.js").Contents} entry with its content
   * @param {import("./notebook.js").Tell} tell
   */
  constructor(entry, tell) {
    const notebook = new Notebook(entry.content, { onChange: () => this.changed(), tell });
    super(entry, notebook.element);
    this.notebook = notebook;
  }

  /** The kernel's, or "starting", or "no kernel". */
  get kernelStatus() {
    return this.kernel?.status ?? this.#withoutKernel;
  }

  get canRun() {
    return Boolean(this.kernel) && this.kernelStatus !== "dead";
  }

  /** @returns {News | null} */
  get news() {
    if (!this.server) return super.news;
    if (this.kernelStatus === "reconnecting")
      return { text: SILENT, button: "Try now", act: () => this.kernel?.retry() };
    if (this.#problem)
      return { text: this.#problem, button: "Start a kernel", act: () => this.startKernel() };
    if (!this.#hasCrashed) return null;
    const dismiss = () => this.#dismissCrash();
    return { text: CRASHED, button: "Run all again", act: () => this.runAll(), dismiss };
  }

  toFile() {
    const content = this.notebook.toJSON();
    return /** @type {const} */ ({ type: "notebook", format: "json", content });
  }

  /** @param {JupyterServer} server */
  async attach(server) {
    await super.attach(server);
    await this.startKernel();
  }

  /** The kernel keeps running. */
  detach() {
    this.kernel?.disconnect();
    this.#problem = "";
    this.#setKernel(null);
    super.detach();
  }

  async shutDown() {
    await this.kernel?.shutDown();
  }

  /** @param {string} path */
  async moved(path) {
    await super.moved(path);
    await this.kernel?.follow(path);
  }

  /** Start the kernel that the notebook names, or connect to it if it runs. */
  async startKernel() {
    this.#withoutKernel = "starting";
    this.#problem = "";
    this.#setKernel(null);
    try {
      await this.#findKernel();
    } catch (error) {
      this.#problem = /** @type {Error} */ (error).message;
      throw error;
    } finally {
      this.#withoutKernel = "no kernel"; // if starting one is not allowed, or fails
      this.tellNews();
    }
  }

  async restartKernel() {
    if (!this.canRun) return this.startKernel();
    const question = "Restart the kernel? Its variables are lost, the notebook stays.";
    if (await ask(question, "Restart")) await this.kernel?.restart();
  }

  runAll() {
    this.#dismissCrash();
    return this.notebook.runAll();
  }

  #dismissCrash() {
    this.#hasCrashed = false;
    this.tellNews();
  }

  async #findKernel() {
    const server = this.attached();
    const wanted = this.notebook.toJSON().metadata?.kernelspec?.name;
    const name = chooseKernel(await server.kernelspecs(), wanted);
    if (name === undefined) throw new ServerError(NO_KERNEL, 404);
    const kernel = await Kernel.open(server, this.path, name);
    if (server !== this.server) return kernel.disconnect();
    this.#listen(kernel);
    this.#setKernel(kernel);
  }

  /** @param {Kernel} kernel */
  #listen(kernel) {
    kernel.addEventListener("status", () => {
      this.tellNews();
      if (kernel.status === "idle") this.dispatchEvent(new Event("ran"));
    });
    kernel.addEventListener("crashed", () => {
      this.#hasCrashed = true;
      this.tellNews();
    });
    kernel.addEventListener("error", (event) => {
      const { detail } = /** @type {CustomEvent<ServerError>} */ (event);
      this.#problem = detail.message;
      this.tellNews();
    });
  }

  /** @param {Kernel | null} kernel */
  #setKernel(kernel) {
    this.kernel = this.notebook.kernel = kernel;
    this.#hasCrashed = false;
    this.tellNews();
  }
}

/**
 * The one that is wanted, or the server's default: `python3` is not everywhere called so.
 * @param {Awaited<ReturnType<JupyterServer["kernelspecs"]>>} installed
 * @param {string} [wanted]
 */
function chooseKernel({ default: fallback, kernelspecs }, wanted) {
  if (wanted !== undefined && wanted in kernelspecs) return wanted;
  return fallback in kernelspecs ? fallback : Object.keys(kernelspecs)[0];
}
