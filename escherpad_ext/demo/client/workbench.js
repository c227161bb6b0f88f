// The main part of the page: the list of files, the open file, and the buttons above it.

import { ask } from "./dialogs.js";
import { byId as $ } from "./dom.js";
import { download } from "./download.js";
import { acceptDrops, chooseFiles, FileActions } from "./file-actions.js";
import { FileList } from "./files.js";
import { showHelp } from "./help.js";
import { showError } from "./notices.js";
import { openDocument } from "./open-file.js";
import { isWithin, parent } from "./paths.js";
import { onCommands, showDocument, showNews } from "./toolbar.js";

/**
 * @typedef {import("./jupyter.js").JupyterServer} JupyterServer
 * @typedef {import("./jupyter.js").Contents} Contents
 */

export class Workbench {
  /** @type {JupyterServer | null} */
  #server = null;
  #address = "";
  /** @type {FileList | null} */
  #files = null;
  /** @type {FileActions | null} */
  #actions = null;
  /** @type {import("./open-document.js").OpenDocument | null} */
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
    this.#showPlace();
    this.#files = this.#listFiles(server);
    this.#actions = new FileActions(server, this.#files);
    this.#offer(await this.#files.show(parent(path)));
    if (isBack) await this.#goOn(server);
    else if (path) await this.#openFile({ path });
  }

  /** Leave the server, and keep what is open. */
  pause() {
    this.#server = null;
    this.#open?.detach();
    $("notices").replaceChildren();
    this.#showPlace();
  }

  /** Close what is open, saved or not. */
  close() {
    this.#open?.detach();
    this.#open = null;
    $("document").replaceChildren(this.#welcome);
    document.title = "escherpad demo";
    showFiles(false);
    this.#showState();
    this.#showPlace();
  }

  /** @param {JupyterServer} server */
  #listFiles(server) {
    /** @param {(entry: Contents) => unknown} act */
    const handle = (act) => (/** @type {Contents} */ entry) => void this.#try(() => act(entry));
    return new FileList(server, $("file-list"), {
      onOpen: handle((entry) => this.#openFile(entry)),
      onRename: handle(async (entry) => this.#moved(entry, await this.#actions?.rename(entry))),
      onDelete: handle(async (entry) => (await this.#actions?.remove(entry)) && this.#gone(entry)),
      onError: showError,
    });
  }

  /** @param {JupyterServer} server */
  async #goOn(server) {
    const open = this.#open;
    if (!open) return;
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
      const entry = await server?.get(path);
      if (!entry || !server || server !== this.#server) return;
      this.close();
      await this.#show(openDocument(entry), server);
    });
  }

  /** @param {import("./open-document.js").OpenDocument} open @param {JupyterServer} server */
  async #show(open, server) {
    this.#open = open;
    this.#showName();
    $("document").replaceChildren(open.element);
    for (const type of ["save-state", "news"])
      open.addEventListener(type, () => open === this.#open && this.#showState());
    open.addEventListener("ran", () => this.#files?.refresh());
    this.#showState();
    await open.attach(server);
  }

  /** @param {Contents} entry @param {string | null} [to] */
  async #moved({ path }, to) {
    const open = this.#open;
    if (!to || !open || !isWithin(open.path, path)) return;
    await open.moved(to + open.path.slice(path.length));
    this.#showName();
  }

  /** @param {Contents} entry */
  async #gone({ path }) {
    const open = this.#open;
    if (!open || !isWithin(open.path, path)) return;
    await open.shutDown();
    this.close();
    this.onOpen("");
  }

  #showName() {
    const { path = "", name = "" } = this.#open ?? {};
    this.onOpen(path);
    this.#files?.mark(path);
    document.title = `${name} – escherpad demo`;
    this.#showState();
  }

  #showState() {
    showDocument(this.#open);
    showNews(this.#open?.news ?? null, (act) => this.#try(act));
  }

  /** Without a server there is only what is open. */
  #showPlace() {
    $("workbench").hidden = !this.#server && !this.#open;
    document.body.toggleAttribute("data-paused", !this.#server && Boolean(this.#open));
  }

  /**
   * Do something, and show what goes wrong.
   * @param {() => unknown} action
   */
  async #try(action) {
    try {
      await action();
    } catch (error) {
      showError(error);
    }
  }

  /** @param {(open: any) => unknown} act */
  #withOpen(act) {
    return () => {
      if (this.#open) this.#try(() => act(this.#open));
    };
  }

  /** @param {string} kind */
  async #create(kind) {
    const created = await this.#actions?.create(kind);
    if (created?.type === "directory") await this.#files?.show(created.path);
    else if (created) await this.#openFile(created);
    if (created?.path === this.#open?.path) $("document").querySelector("textarea")?.focus();
  }

  /** @param {Iterable<File>} files */
  #upload(files) {
    return this.#try(() => this.#actions?.upload(files));
  }

  #listen() {
    onCommands({
      save: this.#withOpen((open) => open.save()),
      download: this.#withOpen((open) => download(open.name, open.toFile())),
      "run-all": this.#withOpen((open) => open.runAll()),
      interrupt: this.#withOpen(({ kernel }) => kernel?.interrupt()),
      restart: this.#withOpen((open) => open.restartKernel()),
      "show-help": showHelp,
      "new-notebook": () => this.#try(() => this.#create("notebook")),
      "new-text": () => this.#try(() => this.#create("text")),
      "new-folder": () => this.#try(() => this.#create("folder")),
      upload: () => chooseFiles((files) => this.#upload(files)),
      "show-files": () => showFiles(!$("files").classList.contains("open")),
    });
    acceptDrops($("files"), (files) => this.#upload(files));
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

/**
 * Where the page is narrow, the list of files is behind a button.
 * @param {boolean} visible
 */
function showFiles(visible) {
  $("files").classList.toggle("open", visible);
  $("show-files").setAttribute("aria-expanded", String(visible));
}
