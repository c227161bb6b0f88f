// The file that is open: what it shows, its kernel, and whether it is saved.

import { ask, el } from "./dom.js";
import { Kernel } from "./kernel.js";
import { ServerError } from "./jupyter.js";
import { Notebook } from "./notebook.js";

const NO_KERNEL =
  "The server has no kernel, so this notebook cannot run. " +
  'Install one where the server is: pip install "escherpad-ext[demo]"';

/**
 * @typedef {import("./jupyter.js").JupyterServer} JupyterServer
 * @typedef {import("./jupyter.js").Contents} Contents
 */

/** A notebook that is open, with its kernel. */
export class NotebookDocument extends EventTarget {
  /** "saved", "unsaved", "saving" or "failed"; a "save-state" event tells of a change */
  saveState = "saved";
  /** @type {Kernel | null} */
  kernel = null;
  /** @type {JupyterServer | null} */
  server = null;
  #withoutKernel = "starting";

  /**
   * @param {Contents} entry with its content
   * @param {import("./notebook.js").Tell} tell
   */
  constructor(entry, tell) {
    super();
    this.tell = tell;
    this.path = entry.path;
    this.name = entry.name;
    this.lastModified = entry.last_modified;
    this.notebook = new Notebook(entry.content, { onChange: () => this.#changed(), tell });
    this.element = this.notebook.element;
  }

  get unsaved() {
    return this.saveState !== "saved";
  }

  /** The kernel's, or "starting", or "no kernel". */
  get kernelStatus() {
    return this.kernel?.status ?? this.#withoutKernel;
  }

  /**
   * Use a server, which has the file and the kernel.
   * @param {JupyterServer} server
   */
  async attach(server) {
    this.server = server;
    try {
      this.#withoutKernel = "starting";
      await this.startKernel();
    } finally {
      this.#withoutKernel = "no kernel"; // if starting one is not allowed, or fails
      this.dispatchEvent(new Event("kernel-status"));
    }
  }

  /** Leave the server. The kernel keeps running, and the page keeps its content. */
  detach() {
    this.server = null;
    this.kernel?.disconnect();
    this.#setKernel(null);
  }

  /** Start the kernel that the notebook names, or connect to it if it runs. */
  async startKernel() {
    const server = this.#attached();
    const wanted = this.notebook.toJSON().metadata?.kernelspec?.name;
    const name = chooseKernel(await server.kernelspecs(), wanted);
    if (name === undefined) throw new ServerError(NO_KERNEL, 404);
    const kernel = await Kernel.open(server, this.path, name);
    if (server !== this.server) return kernel.disconnect();
    kernel.addEventListener("status", () => this.dispatchEvent(new Event("kernel-status")));
    kernel.addEventListener("error", (event) => {
      const { detail } = /** @type {CustomEvent<ServerError>} */ (event);
      this.tell(detail.message);
    });
    this.#setKernel(kernel);
  }

  async restartKernel() {
    if (this.kernel?.status === "dead") return this.startKernel();
    const question = "Restart the kernel? Its variables are lost, the notebook stays.";
    if (await ask(question, "Restart")) await this.kernel?.restart();
  }

  /** Write the file; throws `ServerError`. */
  async save() {
    if (this.saveState === "saving") return;
    if (!(await this.#mayOverwrite())) return;
    this.#setSaveState("saving");
    try {
      const content = this.notebook.toJSON();
      const saved = await this.#attached().save(this.path, {
        type: "notebook",
        format: "json",
        content,
      });
      this.lastModified = saved.last_modified;
      // What was typed or printed meanwhile is not in the file.
      this.#setSaveState(this.saveState === "saving" ? "saved" : "unsaved");
    } catch (error) {
      this.#setSaveState("failed");
      throw error;
    }
  }

  async #mayOverwrite() {
    const { last_modified } = await this.#attached().get(this.path, { content: "0" });
    if (last_modified === this.lastModified) return true;
    return ask(`${this.name} was changed on the server since you opened it.`, "Overwrite it");
  }

  /** The server; throws `ServerError` where the page has left it. */
  #attached() {
    if (!this.server) throw new ServerError("This page is not connected to a server.", 0);
    return this.server;
  }

  /** @param {Kernel | null} kernel */
  #setKernel(kernel) {
    this.kernel = this.notebook.kernel = kernel;
    this.dispatchEvent(new Event("kernel-status"));
  }

  #changed() {
    this.#setSaveState("unsaved");
  }

  /** @param {string} state */
  #setSaveState(state) {
    if (state === this.saveState) return;
    this.saveState = state;
    this.dispatchEvent(new Event("save-state"));
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

/**
 * Show a file that is not a notebook: text, a picture, or that it is neither.
 * @param {Contents} entry
 */
export function fileView({ name, format, content, mimetype, size }) {
  if (format === "text")
    return el("pre", { className: "text-file", tabIndex: 0, "data-testid": "text-file" }, content);
  if (mimetype?.startsWith("image/")) {
    return el("img", {
      className: "image-file",
      src: `data:${mimetype};base64,${content}`,
      alt: name,
    });
  }
  return el("p", { className: "quiet" }, `${name} is neither text nor a picture (${size} bytes).`);
}
