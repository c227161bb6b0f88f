// The list of files, and the path of the open folder.

import { el, icon } from "./dom.js";

const ICONS = { directory: "folder", notebook: "notebook", file: "file" };
const ORDER = ["directory", "notebook", "file"];

/** @typedef {import("./jupyter.js").Contents} Contents */

export class FileList {
  #shown = 0;

  /**
   * @param {import("./jupyter.js").JupyterServer} server
   * @param {HTMLElement} container
   * @param {{onOpen: (entry: Contents) => void, onError: (error: unknown) => void}} handlers
   */
  constructor(server, container, { onOpen, onError }) {
    this.server = server;
    this.container = container;
    this.onOpen = onOpen;
    this.onError = onError;
    this.current = "";
    this.folder = "";
  }

  /**
   * Show what is in a folder; resolves to what is shown.
   * @returns {Promise<Contents[]>}
   */
  async show(folder = this.folder) {
    const turn = ++this.#shown; // the last click wins, whichever answer comes first
    try {
      const { content } = await this.server.get(folder, { type: "directory" });
      if (turn !== this.#shown) return [];
      this.folder = folder;
      this.container.replaceChildren(this.#path(), this.#list(content));
      this.mark(this.current);
      return content;
    } catch (error) {
      this.onError(error);
      return [];
    }
  }

  /**
   * Mark the file that is open.
   * @param {string} path
   */
  mark(path) {
    this.current = path;
    /** @type {NodeListOf<HTMLElement>} */
    const buttons = this.container.querySelectorAll("[data-path]");
    for (const button of buttons) {
      if (button.dataset.path === path) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
  }

  #path() {
    const names = this.folder ? this.folder.split("/") : [];
    const steps = names.map((name, i) => [name, names.slice(0, i + 1).join("/")]);
    const buttons = [["Files", ""], ...steps].map(([name, path]) =>
      el("li", {}, el("button", { type: "button", onclick: () => this.show(path) }, name)),
    );
    return el("ol", { className: "breadcrumb", "aria-label": "Folder" }, ...buttons);
  }

  /** @param {Contents[]} entries */
  #list(entries) {
    if (!entries.length) return el("p", { className: "quiet" }, "Nothing in here.");
    /** @param {Contents} entry */
    const rank = (entry) => ORDER.indexOf(entry.type);
    const sorted = entries.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
    return el("ul", { className: "file-list" }, ...sorted.map((entry) => this.#entry(entry)));
  }

  /** @param {Contents} entry */
  #entry(entry) {
    const { type, path, name } = entry;
    const open = () => (type === "directory" ? this.show(path) : this.onOpen(entry));
    const hooks = { "data-testid": "file", "data-path": path, "data-type": type };
    const properties = { type: "button", onclick: open, title: name, ...hooks };
    return el("li", {}, el("button", properties, icon(ICONS[type]), el("span", {}, name)));
  }
}
