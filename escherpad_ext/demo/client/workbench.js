// The main part of the page: the list of files, the open file, and the buttons above it.

import { ask, byId as $, el } from "./dom.js";
import { FileList } from "./files.js";
import { fileView, NotebookDocument } from "./open-file.js";

/**
 * @typedef {import("./jupyter.js").JupyterServer} JupyterServer
 * @typedef {import("./jupyter.js").Contents} Contents
 */

/** @type {Record<string, string>} */
const SAVE_STATES = {
  saved: "Saved",
  unsaved: "Unsaved changes",
  saving: "Saving…",
  failed: "Not saved",
};

export class Workbench {
  /** @type {JupyterServer | null} */
  #server = null;
  #address = "";
  /** @type {FileList | null} */
  #files = null;
  /** @type {NotebookDocument | null} */
  #open = null;
  // Kept, since they are not in the document while a file is.
  #welcome = /** @type {Element} */ ($("document").firstElementChild);
  #offered = $("open-first");

  /** @param {(path: string) => void} onOpen what is open now; "" is nothing */
  constructor(onOpen) {
    this.onOpen = onOpen;
    this.#listen();
  }

  /** The name of what is open and not saved, or "". */
  get unsavedName() {
    return this.#open?.unsaved ? this.#open.name : "";
  }

  /** Ask whether to discard unsaved changes. */
  async mayLeave() {
    const name = this.unsavedName;
    return !name || ask(`${name} has unsaved changes.`, "Discard them");
  }

  /**
   * Work with a server; go on with what is open, if it is from there, or else open `path`.
   * @param {JupyterServer} server
   * @param {string} path
   */
  async use(server, path) {
    const isBack = this.#open && this.#address === server.url.href;
    if (!isBack) this.close();
    this.#server = server;
    this.#address = server.url.href;
    const handlers = {
      onOpen: (/** @type {Contents} */ entry) => this.#openFile(entry),
      onError: showError,
    };
    this.#files = new FileList(server, $("file-list"), handlers);
    this.#offer(await this.#files.show(parent(path)));
    if (isBack) await this.#goOn();
    else if (path) await this.#openFile({ path });
  }

  /** Leave the server, and keep what is open. */
  pause() {
    this.#server = null;
    this.#open?.detach();
    $("notices").replaceChildren();
  }

  /** Close what is open, saved or not. */
  close() {
    this.#open?.detach();
    this.#open = null;
    this.#show("", this.#welcome);
    document.title = "escherpad demo";
    showFiles(false);
    this.#showState();
  }

  async #goOn() {
    const [open, server] = [this.#open, this.#server];
    if (!open || !server) return;
    this.#files?.mark(open.path);
    this.onOpen(open.path);
    await this.#try(() => open.attach(server));
  }

  /**
   * Offer the first notebook that there is.
   * @param {Contents[]} entries
   */
  #offer(entries) {
    const notebook = entries.find(({ type }) => type === "notebook");
    this.#offered.hidden = !notebook;
    this.#offered.textContent = `Open ${notebook?.name}`;
    this.#offered.onclick = () => notebook && this.#openFile(notebook);
  }

  /** @param {{path: string}} entry */
  async #openFile({ path }) {
    if (!(await this.mayLeave())) return;
    showFiles(false);
    await this.#try(async () => {
      const server = this.#server;
      if (!server) return;
      const entry = await server.get(path);
      if (server !== this.#server) return;
      this.close();
      this.onOpen(path);
      this.#files?.mark(path);
      document.title = `${entry.name} – escherpad demo`;
      if (entry.type === "notebook") await this.#openNotebook(server, entry);
      else this.#show(entry.name, fileView(entry));
    });
    this.#showState();
  }

  /** @param {JupyterServer} server @param {Contents} entry */
  async #openNotebook(server, entry) {
    const notebook = new NotebookDocument(entry, notify);
    this.#open = notebook;
    this.#show(entry.name, notebook.element);
    for (const type of ["save-state", "kernel-status"])
      notebook.addEventListener(type, () => this.#showState());
    this.#showState();
    await notebook.attach(server);
  }

  /** @param {string} name @param {Element} content */
  #show(name, content) {
    $("document-name").textContent = name;
    $("document").replaceChildren(content);
  }

  #showState() {
    const open = this.#open;
    document.body.dataset.open = open ? "notebook" : "other";
    $("save-state").textContent = open ? SAVE_STATES[open.saveState] : "";
    $("save-state").dataset.state = open?.saveState ?? "";
    const status = open?.kernelStatus ?? "";
    $("kernel-status").dataset.status = status;
    $("kernel-status-text").textContent = status;
    for (const id of ["run-all", "interrupt"])
      button(id).disabled = !open?.kernel || status === "dead";
    button("restart").disabled = !open?.kernel;
  }

  /**
   * Do something with the open notebook, and show what goes wrong.
   * @param {() => unknown} action
   */
  async #try(action) {
    try {
      await action();
    } catch (error) {
      showError(error);
    }
  }

  #listen() {
    /** @type {Record<string, (open: NotebookDocument) => unknown>} */
    const commands = {
      save: (open) => open.save(),
      "run-all": ({ notebook }) => notebook.runAll(),
      interrupt: ({ kernel }) => kernel?.interrupt(),
      restart: (open) => open.restartKernel(),
    };
    for (const [id, command] of Object.entries(commands))
      $(id).addEventListener("click", () => {
        const open = this.#open;
        if (this.#server && open) this.#try(() => command(open));
      });
    $("show-files").addEventListener("click", () =>
      showFiles(!$("files").classList.contains("open")),
    );
    window.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
      event.preventDefault();
      $("save").click();
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.unsavedName) event.preventDefault();
    });
  }
}

/** @param {string} id */
function button(id) {
  return /** @type {HTMLButtonElement} */ ($(id));
}

/** @param {string} path */
function parent(path) {
  return path.split("/").slice(0, -1).join("/");
}

/**
 * Where the page is narrow, the list of files is behind a button.
 * @param {boolean} visible
 */
function showFiles(visible) {
  $("files").classList.toggle("open", visible);
  $("show-files").setAttribute("aria-expanded", String(visible));
}

/** @param {unknown} error */
function showError(error) {
  const { code, message } = /** @type {{message: string, code?: string}} */ (error);
  const isNotAllowed = code === "insufficient_scope"; // a box was unticked on the server's page
  notify(isNotAllowed ? "You did not allow that. Disconnect, and connect again." : message);
}

/**
 * Show a notice, with a button that undoes the action, if there is one.
 * @param {string} message
 * @param {() => void} [undo]
 */
function notify(message, undo) {
  const close = () => notice.remove();
  const undoAndClose = () => (close(), undo?.());
  const notice = el(
    "div",
    { className: "notice", "data-testid": "notice" },
    el("p", {}, message),
    undo ? el("button", { type: "button", onclick: undoAndClose }, "Undo") : null,
    el("button", { type: "button", onclick: close, "aria-label": "Dismiss" }, "✕"),
  );
  $("notices").replaceChildren(notice);
  if (undo) setTimeout(close, 8000);
}
