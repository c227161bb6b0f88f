// The list of files, and the path of the open folder.

import { el, icon, iconButton } from "./dom.js";

const ICONS = { directory: "folder", notebook: "notebook", file: "file" };
const ORDER = ["directory", "notebook", "file"];

/**
 * @typedef {import("./jupyter.js").Contents} Contents
 * @typedef {(entry: Contents) => void} Act
 * @typedef {{onOpen: Act, onRename: Act, onDelete: Act, onError: (error: unknown) => void}} Handlers
 */

export class FileList {
  #turn = 0;
  #shown = "";
  /** @type {Contents[]} */
  #entries = [];

  /**
   * @param {import("./jupyter.js").JupyterServer} server
   * @param {HTMLElement} container
   * @param {Handlers} handlers
   */
  constructor(server, container, handlers) {
    this.server = server;
    this.container = container;
    this.handlers = handlers;
    this.current = "";
    this.folder = "";
  }

  /** Of all that is in the folder. */
  get names() {
    return this.#entries.map(({ name }) => name);
  }

  /**
   * Show what is in a folder; resolves to what is shown.
   * @returns {Promise<Contents[]>}
   */
  async show(folder = this.folder) {
    const turn = ++this.#turn; // the last click wins, whichever answer comes first
    try {
      const { content } = await this.server.get(folder, { type: "directory" });
      if (turn !== this.#turn) return [];
      this.#set(folder, content);
      return content;
    } catch (error) {
      this.handlers.onError(error);
      return [];
    }
  }

  /** Show what has changed, if anything has. Nobody waits for it: a failure is not shown. */
  async refresh() {
    const { folder } = this;
    const turn = this.#turn;
    const found = await this.server.get(folder, { type: "directory" }).catch(() => null);
    if (found && turn === this.#turn) this.#set(folder, found.content);
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

  /** @param {string} folder @param {Contents[]} entries */
  #set(folder, entries) {
    this.#entries = entries;
    const now = JSON.stringify([folder, entries.map(({ name, type }) => [name, type])]);
    if (now === this.#shown) return; // what has the focus keeps it
    const hadFocus = this.container.contains(document.activeElement);
    this.#shown = now;
    this.folder = folder;
    this.container.replaceChildren(this.#path(), this.#list(entries));
    this.mark(this.current);
    if (hadFocus) this.container.querySelector("button")?.focus();
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
    const sorted = entries.toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
    return el("ul", { className: "file-list" }, ...sorted.map((entry) => this.#entry(entry)));
  }

  /** @param {Contents} entry */
  #entry(entry) {
    const { type, path, name } = entry;
    const { onOpen, onRename, onDelete } = this.handlers;
    const open = () => (type === "directory" ? this.show(path) : onOpen(entry));
    const hooks = { "data-testid": "file", "data-path": path, "data-type": type };
    const properties = { type: "button", className: "name", onclick: open, title: name, ...hooks };
    return el(
      "li",
      {},
      el("button", properties, icon(ICONS[type]), el("span", {}, name)),
      iconButton("edit", `Rename ${name}`, () => onRename(entry), { "data-testid": "rename" }),
      iconButton("delete", `Delete ${name}`, () => onDelete(entry), { "data-testid": "delete" }),
    );
  }
}
