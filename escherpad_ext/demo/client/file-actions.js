// What people do with files: create, rename, upload, delete.

import { ask, askText } from "./dialogs.js";
import { el } from "./dom.js";

const MEGABYTES = 50;

/**
 * @typedef {import("./jupyter.js").Contents} Contents
 * @typedef {Pick<Contents, "type" | "format" | "content">} NewFile
 */

/** @returns {NewFile} */
function emptyNotebook() {
  const id = crypto.randomUUID().slice(0, 8);
  const cell = { id, cell_type: "code", metadata: {}, source: "", outputs: [] };
  const cells = [{ ...cell, execution_count: null }];
  const content = { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
  return { type: "notebook", format: "json", content };
}

/** @type {Record<string, {what: string, name: string, ending: string, file: () => NewFile}>} */
export const KINDS = {
  notebook: { what: "notebook", name: "Untitled", ending: ".ipynb", file: emptyNotebook },
  text: {
    what: "text file",
    name: "untitled",
    ending: ".txt",
    file: () => ({ type: "file", format: "text", content: "" }),
  },
  folder: {
    what: "folder",
    name: "New folder",
    ending: "",
    file: () => ({ type: "directory", format: null, content: null }),
  },
};

export class FileActions {
  /**
   * @param {import("./jupyter.js").JupyterServer} server
   * @param {import("./files.js").FileList} list
   */
  constructor(server, list) {
    this.server = server;
    this.list = list;
  }

  /**
   * Create a file in the folder that is shown; what was created, or null.
   * @param {keyof typeof KINDS} kind
   */
  async create(kind) {
    const { what, name, ending, file } = KINDS[kind];
    const names = this.list.names;
    let free = name + ending;
    for (let i = 1; names.includes(free); i++) free = `${name} ${i}${ending}`;
    const chosen = await askName(`Name of the new ${what}`, free, "Create", names);
    if (!chosen) return null;
    const full = kind === "notebook" && !chosen.endsWith(ending) ? chosen + ending : chosen;
    const created = await this.server.save(inFolder(this.list.folder, full), file());
    await this.list.show();
    return created;
  }

  /**
   * Its new path, or null.
   * @param {Contents} entry
   */
  async rename({ name, path }) {
    const others = this.list.names.filter((other) => other !== name);
    const chosen = await askName(`New name of ${name}`, name, "Rename", others);
    if (!chosen || chosen === name) return null;
    const to = inFolder(this.list.folder, chosen);
    await this.server.rename(path, to);
    await this.list.show();
    return to;
  }

  /**
   * Whether it is deleted.
   * @param {Contents} entry
   */
  async remove({ name, path, type }) {
    const more = type === "directory" ? " and all that is in it" : "";
    if (!(await ask(`Delete ${name}${more} on the server?`, "Delete"))) return false;
    await this.server.remove(path);
    await this.list.show();
    return true;
  }

  /**
   * Write files of this computer into the folder that is shown.
   * @param {Iterable<File>} files
   */
  async upload(files) {
    const { folder, names } = this.list;
    for (const file of files) {
      if (file.size > MEGABYTES * 1e6)
        throw new Error(`${file.name} is larger than ${MEGABYTES} MB, the limit of this demo.`);
      const exists = names.includes(file.name);
      if (exists && !(await ask(`${file.name} is on the server already.`, "Replace it"))) continue;
      const content = await base64(file);
      await this.server.save(inFolder(folder, file.name), {
        type: "file",
        format: "base64",
        content,
      });
    }
    await this.list.show();
  }
}

/**
 * Let the person choose files.
 * @param {(files: File[]) => void} onChosen
 */
export function chooseFiles(onChosen) {
  const input = el("input", { type: "file", multiple: true, "data-testid": "upload-input" });
  input.addEventListener("change", () => {
    onChosen([...(input.files ?? [])]);
    input.remove();
  });
  input.addEventListener("cancel", () => input.remove());
  input.hidden = true;
  document.body.append(input);
  input.click();
}

/**
 * Let the person drop files on an element.
 * @param {HTMLElement} target
 * @param {(files: Iterable<File>) => void} onFiles
 */
export function acceptDrops(target, onFiles) {
  target.addEventListener("dragover", (event) => event.preventDefault());
  target.addEventListener("drop", (event) => {
    event.preventDefault();
    onFiles([...(event.dataTransfer?.files ?? [])]);
  });
}

/**
 * @param {string} question @param {string} name @param {string} agree
 * @param {string[]} taken
 */
function askName(question, name, agree, taken) {
  return askText(question, name, agree, (text) => {
    if (/[/\\]/.test(text)) return "A name has no slash.";
    return taken.includes(text) ? "There is a file of this name already." : "";
  });
}

/** @param {string} folder @param {string} name */
function inFolder(folder, name) {
  return folder ? `${folder}/${name}` : name;
}

/** @param {File} file @returns {Promise<string>} */
function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,?/, ""));
    reader.onerror = () => reject(new Error(`${file.name} cannot be read.`));
    reader.readAsDataURL(file);
  });
}
