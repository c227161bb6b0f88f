// The files of a fake server.

import { json, missing } from "./answers.js";

/**
 * @typedef {"file" | "notebook" | "directory"} FileType
 * @typedef {{type: FileType, content: any, modified: string}} FakeFile
 * @typedef {{name: string, path: string, type: FileType, format: string | null, content: any,
 *   [more: string]: unknown}} Model
 */

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
    if (method === "PUT") return this.#save(path, body);
    if (method === "POST") return this.#save(this.#newPath(path, body), body ?? {});
    const file = this.#files.get(path);
    if (!file) return missing(path);
    if (method === "PATCH") return this.#rename(path, String(body.path));
    if (method === "DELETE") return this.#delete(path);
    return json(this.#model(path, file, query.get("content") !== "0"));
  }

  /** @param {string} path @param {{type?: FileType, content?: unknown}} body */
  #save(path, { type = "file", content = "" }) {
    const isNew = !this.#files.has(path);
    this.write(path, type, type === "directory" ? null : content);
    return json(this.#model(path, this.#files.get(path), false), isNew ? 201 : 200);
  }

  /** @param {string} folder @param {{type?: FileType, ext?: string} | null} body */
  #newPath(folder, body) {
    const ending = body?.ext ?? (body?.type === "notebook" ? ".ipynb" : "");
    const path = (/** @type {number | ""} */ number) =>
      [folder, `untitled${number}${ending}`].filter(Boolean).join("/");
    let number = 0;
    while (this.#files.has(path(number || ""))) number++;
    return path(number || "");
  }

  /** @param {string} from @param {string} to */
  #rename(from, to) {
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
      mimetype: withContent && type === "file" ? "text/plain" : null,
      size: null,
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

/** @param {string} path @param {string} folder */
const isWithin = (path, folder) => path === folder || path.startsWith(`${folder}/`);
