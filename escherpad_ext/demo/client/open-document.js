// A file that is open: where it is, and whether it is saved.

import { ask } from "./dialogs.js";
import { ServerError } from "./jupyter.js";

/**
 * @typedef {import("./jupyter.js").JupyterServer} JupyterServer
 * @typedef {import("./jupyter.js").Contents} Contents
 *
 * What people should know about the file, and what they can do.
 * @typedef {{text: string, button?: string, act?: () => unknown,
 *   dismiss?: () => void}} News
 */

/** A "save-state" event reports that `saveState` has changed, a "news" event that `news` has. */
export class OpenDocument extends EventTarget {
  /** @type {"saved" | "unsaved" | "saving" | "failed"} */
  saveState = "saved";
  /** @type {JupyterServer | null} */
  server = null;
  /** @type {"notebook" | "text" | "other"} */
  kind = "other";

  /** @param {Contents} entry @param {Element} element what shows it */
  constructor({ path, name, last_modified }, element) {
    super();
    this.path = path;
    this.name = name;
    this.lastModified = last_modified;
    this.element = element;
  }

  get unsaved() {
    return this.saveState !== "saved";
  }

  get isSaving() {
    return this.saveState === "saving";
  }

  /** @returns {News | null} */
  get news() {
    if (this.server) return null;
    const work = this.unsaved ? "Your changes are kept here: connect again to save them." : "";
    return { text: `This page is not connected. ${work}`.trim() };
  }

  /**
   * What the file consists of. Each kind has its own.
   * @returns {Pick<Contents, "type" | "format" | "content">}
   */
  toFile() {
    throw new Error("This file cannot be changed.");
  }

  /**
   * Use a server, which has the file.
   * @param {JupyterServer} server
   */
  async attach(server) {
    this.server = server;
    this.tellNews();
  }

  /** Leave the server, and keep the content. */
  detach() {
    this.server = null;
    this.tellNews();
  }

  /** The file is deleted: end what runs for it. */
  async shutDown() {}

  /** The file has another place now. @param {string} path */
  async moved(path) {
    this.path = path;
    this.name = path.split("/").pop() ?? path;
    this.tellNews();
  }

  /** Write the file; throws `ServerError`. */
  async save() {
    if (this.isSaving || !(await this.#mayOverwrite())) return;
    this.#setSaveState("saving");
    try {
      const saved = await this.attached().save(this.path, this.toFile());
      this.lastModified = saved.last_modified;
      // What was typed or printed meanwhile is not in the file.
      if (this.isSaving) this.#setSaveState("saved");
    } catch (error) {
      this.#setSaveState("failed");
      throw error;
    }
  }

  changed() {
    this.#setSaveState("unsaved");
  }

  tellNews() {
    this.dispatchEvent(new Event("news"));
  }

  /** The server; throws `ServerError` where the page has left it. */
  attached() {
    if (!this.server) throw new ServerError("This page is not connected to a server.", 0);
    return this.server;
  }

  async #mayOverwrite() {
    const found = await this.attached().get(this.path, { content: "0" }).catch(orMissing);
    if (found?.last_modified === this.lastModified) return true;
    const what = found ? "was changed on the server since you opened it" : "is not on the server";
    return ask(`${this.name} ${what}.`, found ? "Overwrite it" : "Create it");
  }

  /** @param {OpenDocument["saveState"]} state */
  #setSaveState(state) {
    if (state === this.saveState) return;
    this.saveState = state;
    this.dispatchEvent(new Event("save-state"));
    if (!this.server) this.tellNews();
  }
}

/** @param {ServerError} error @returns {null} */
function orMissing(error) {
  if (error.status === 404) return null;
  throw error;
}
