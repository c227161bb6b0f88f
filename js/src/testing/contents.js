// The files of a fake server.

import { json, missing } from "./answers.js";

/**
 * @typedef {"file" | "notebook" | "directory"} FileType
 * @typedef {{type: FileType, content: any, modified: string}} FakeFile
 * @typedef {{name: string, path: string, type: FileType, format: string | null, content: any,
 *   [more: string]: unknown}} Model
 */

/** What a new file is called, and what stands before its number. @type {Record<FileType, [string, string]>} */
const UNTITLED = {
  file: ["untitled", ""],
  notebook: ["Untitled", ""],
  directory: ["Untitled Folder", " "],
};
const EMPTY = { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 };
const FORMATS = { file: "text", notebook: "json", directory: "json" };

export class FakeContents {
  /** By path; "" is the folder of the server. @type {Map<string, FakeFile>} */
  #files = new Map();

  /** @param {Record<string, unknown>} files texts, and notebooks as objects, by path */
  constructor(files) {
    this.#put("", "directory", null);
    for (const [path, content] of Object.entries(files))
      this.write(path, typeof content === "string" ? "file" : "notebook", content);
  }

  /** What a file contains; undefined if there is none. @param {string} path */
  read(path) {
    return this.#files.get(path)?.content;
  }

  /** Write a file, and make its folders. @param {string} path @param {FileType} type @param {unknown} content */
  write(path, type, content) {
    const steps = path.split("/").slice(0, -1);
    steps.forEach((_, end) => {
      const folder = steps.slice(0, end + 1).join("/");
      if (!this.#files.has(folder)) this.#put(folder, "directory", null);
    });
    this.#put(path, type, content);
  }

  /** @param {string} path @param {FileType} type @param {unknown} content */
  #put(path, type, content) {
    this.#files.set(path, { type, content, modified: new Date().toISOString() });
  }

  /** @param {string} method @param {string} path @param {URLSearchParams} query @param {any} body */
  answer(method, path, query, body) {
    if (path.split("/").includes("checkpoints")) return this.#checkpoints(method, path);
    if (method === "PUT") return this.#save(path, body);
    if (method === "POST") return this.#create(path, body ?? {});
    const file = this.#files.get(path);
    if (!file) return missing(path);
    if (method === "PATCH") return this.#rename(path, String(body.path));
    if (method === "DELETE") return this.#delete(path);
    return this.#read(path, file, query);
  }

  /** @param {string} path @param {FakeFile} file @param {URLSearchParams} query */
  #read(path, file, query) {
    const type = query.get("type") ?? file.type;
    if ((type === "directory") !== (file.type === "directory"))
      return json({ message: `${path} is not a ${type}`, reason: "bad type" }, 400);
    /** @type {FakeFile} */
    const asText = { ...file, type: "file", content: JSON.stringify(file.content) };
    const read = type === "file" && file.type === "notebook" ? asText : file;
    return json(this.#model(path, read, query.get("content") !== "0"));
  }

  /** There is one of each, which nothing brings back. @param {string} method @param {string} path */
  #checkpoints(method, path) {
    const file = this.#files.get(path.replace(/\/checkpoints.*/, ""));
    if (!file) return missing(path);
    const checkpoint = { id: "checkpoint", last_modified: file.modified };
    const isOne = !path.endsWith("/checkpoints");
    if (method === "GET") return json([]);
    return isOne ? json(null, 204) : json(checkpoint, 201);
  }

  /** @param {string} path @param {{type?: FileType, content?: unknown}} body */
  #save(path, { type = "file", content = "" }) {
    const folder = path.split("/").slice(0, -1).join("/");
    if (this.#files.get(folder)?.type !== "directory")
      return json({ message: `There is no folder ${folder}`, reason: null }, 500); // as Jupyter says
    const isNew = !this.#files.has(path);
    this.write(path, type, type === "directory" ? null : content);
    return json(this.#model(path, this.#files.get(path), false), isNew ? 201 : 200);
  }

  /** @param {string} folder @param {{type?: FileType, ext?: string, copy_from?: string}} body */
  #create(folder, { type, ext, copy_from: from }) {
    if (from === undefined) {
      const made = type ?? (ext === ".ipynb" ? "notebook" : "file");
      const content = made === "notebook" ? EMPTY : "";
      const [name, mark] = UNTITLED[made];
      const ending = ext ?? (made === "notebook" ? ".ipynb" : "");
      return this.#save(this.#free(folder, name, mark, ending), { type: made, content });
    }
    const copied = this.#files.get(from);
    if (!copied) return missing(from);
    const [, name, ending] = /** @type {RegExpMatchArray} */ (
      /^(.*?)((?:\.[^.]*)?)$/.exec(from.split("/").at(-1) ?? "")
    );
    return this.#save(this.#free(folder, name, "-Copy", ending), copied);
  }

  /** A path that is not taken. @param {string} folder @param {string} name @param {string} mark @param {string} ending */
  #free(folder, name, mark, ending) {
    const path = (/** @type {string} */ number) =>
      [folder, `${name}${number}${ending}`].filter(Boolean).join("/");
    let number = "";
    for (let next = 1; this.#files.has(path(number)); next++) number = `${mark}${next}`;
    return path(number);
  }

  /** @param {string} from @param {string} to */
  #rename(from, to) {
    if (to !== from && this.#files.has(to))
      return json({ message: `File already exists: ${to}`, reason: null }, 409);
    for (const [path, file] of [...this.#files])
      if (isWithin(path, from)) {
        this.#files.delete(path);
        this.#files.set(to + path.slice(from.length), file);
      }
    return json(this.#model(to, this.#files.get(to), false));
  }

  /** @param {string} folder */
  #delete(folder) {
    for (const path of [...this.#files.keys()])
      if (isWithin(path, folder)) this.#files.delete(path);
    return json(null, 204);
  }

  /** @param {string} path @param {FakeFile | undefined} file @param {boolean} withContent @returns {Model} */
  #model(path, file, withContent) {
    const { type, content, modified } = file ?? { type: "file", content: "", modified: "" };
    return {
      name: path.split("/").at(-1) ?? "",
      path,
      type,
      format: withContent ? FORMATS[type] : null,
      content: withContent ? (type === "directory" ? this.#children(path) : content) : null,
      mimetype: type === "file" && path.includes(".") ? "text/plain" : null,
      size: type === "directory" ? null : sizeOf(content),
      hash: null,
      hash_algorithm: null,
      writable: true,
      created: modified,
      last_modified: modified,
    };
  }

  /** @param {string} folder */
  #children(folder) {
    const start = folder && `${folder}/`;
    return [...this.#files]
      .filter(([path]) => path && path.startsWith(start) && !path.slice(start.length).includes("/"))
      .filter(([path]) => path !== folder)
      .map(([path, file]) => this.#model(path, file, false));
  }
}

/** @param {unknown} content */
const sizeOf = (content) =>
  new TextEncoder().encode(typeof content === "string" ? content : JSON.stringify(content)).length;

/** @param {string} path @param {string} folder */
const isWithin = (path, folder) => path === folder || path.startsWith(`${folder}/`);
