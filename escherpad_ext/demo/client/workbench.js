// The main part of the page: the list of files, the open file, and the buttons above it.

import { ask, el } from "./dom.js";
import { FileList } from "./files.js";
import { fileView, NotebookDocument } from "./open-file.js";

const $ = (id) => document.getElementById(id);
const SAVE_STATES = {
  saved: "Saved",
  unsaved: "Unsaved changes",
  saving: "Saving…",
  failed: "Not saved",
};

export class Workbench {
  /** @type {import("./jupyter.js").JupyterServer | null} */
  #server = null;
  #address = "";
  /** @type {FileList | null} */
  #files = null;
  /** @type {NotebookDocument | null} */
  #open = null;
  // Kept, since they are not in the document while a file is.
  #welcome = $("document").firstElementChild;
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

  /** Work with a server; go on with what is open, if it is from there, or else open `path`. */
  async use(server, path) {
    const isBack = this.#open && this.#address === server.url.href;
    if (!isBack) this.close();
    this.#server = server;
    this.#address = server.url.href;
    const handlers = { onOpen: (entry) => this.#openFile(entry), onError: showError };
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
    this.#files.mark(this.#open.path);
    this.onOpen(this.#open.path);
    await this.#try(() => this.#open.attach(this.#server));
  }

  /** Offer the first notebook that there is. */
  #offer(entries) {
    const notebook = entries.find(({ type }) => type === "notebook");
    this.#offered.hidden = !notebook;
    this.#offered.textContent = `Open ${notebook?.name}`;
    this.#offered.onclick = () => this.#openFile(notebook);
  }

  async #openFile({ path }) {
    if (!(await this.mayLeave())) return;
    showFiles(false);
    await this.#try(async () => {
      const server = this.#server;
      const entry = await server.get(path);
      if (server !== this.#server) return;
      this.close();
      this.onOpen(path);
      this.#files.mark(path);
      document.title = `${entry.name} – escherpad demo`;
      if (entry.type === "notebook") await this.#openNotebook(entry);
      else this.#show(entry.name, fileView(entry));
    });
    this.#showState();
  }

  async #openNotebook(entry) {
    const notebook = new NotebookDocument(entry, notify);
    this.#open = notebook;
    this.#show(entry.name, notebook.element);
    for (const type of ["save-state", "kernel-status"])
      notebook.addEventListener(type, () => this.#showState());
    this.#showState();
    await notebook.attach(this.#server);
  }

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
    for (const id of ["run-all", "interrupt"]) $(id).disabled = !open?.kernel || status === "dead";
    $("restart").disabled = !open?.kernel;
  }

  /** Do something with the open notebook, and show what goes wrong. */
  async #try(action) {
    try {
      await action(this.#open);
    } catch (error) {
      showError(error);
    }
  }

  #listen() {
    const commands = {
      save: (open) => open.save(),
      "run-all": ({ notebook }) => notebook.runAll(),
      interrupt: ({ kernel }) => kernel.interrupt(),
      restart: (open) => open.restartKernel(),
    };
    for (const [id, command] of Object.entries(commands))
      $(id).addEventListener("click", () => this.#server && this.#open && this.#try(command));
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

function parent(path) {
  return path.split("/").slice(0, -1).join("/");
}

/** Where the page is narrow, the list of files is behind a button. */
function showFiles(visible) {
  $("files").classList.toggle("open", visible);
  $("show-files").setAttribute("aria-expanded", String(visible));
}

function showError({ code, message }) {
  const isNotAllowed = code === "insufficient_scope"; // a box was unticked on the server's page
  notify(isNotAllowed ? "You did not allow that. Disconnect, and connect again." : message);
}

/** Show a notice, with a button that undoes the action, if there is one. */
function notify(message, undo) {
  const close = () => notice.remove();
  const undoAndClose = () => (close(), undo());
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
