// A notebook on the page: its cells, and the file that is made of them.

import { CodeCell, TextCell } from "./cell.js";
import { el, icon } from "./dom.js";

/**
 * Parts of the notebook format, nbformat 4.
 * @typedef {{cell_type: string, source: string | string[], metadata: object, id?: string,
 *   outputs?: import("./outputs.js").Output[], execution_count?: number | null}} CellModel
 * @typedef {{cells: CellModel[], nbformat_minor: number,
 *   metadata?: {kernelspec?: {name?: string, language?: string}}}} NotebookFile
 *
 * @typedef {import("./cell.js").Cell} Cell
 * @typedef {(message: string, undo?: () => void) => void} Tell shows a notice
 */

export class Notebook {
  /** @type {import("./kernel.js").Kernel | null} set it when there is one */
  kernel = null;
  /**
   * Outputs that were shown with a display_id, so that any cell can update them.
   * @type {Map<string, import("./outputs.js").OutputView[]>}
   */
  displays = new Map();
  #file;
  /** @type {{cell: Cell, index: number}[]} */
  #removed = [];

  /**
   * @param {NotebookFile} file
   * @param {{onChange: () => void, tell: Tell}} handlers `onChange`: there is something to save
   */
  constructor(file, { onChange, tell }) {
    this.#file = file;
    this.onChange = onChange;
    this.tell = tell;
    this.python = (file.metadata?.kernelspec?.language ?? "python") === "python";
    this.element = el("div", { className: "cells", "data-testid": "cells" });
    /** @type {Cell[]} */
    this.cells = file.cells.map((cell) => this.#createCell(cell));
    this.element.append(...this.cells.map((cell) => cell.element), this.#addRow());
    this.#number();
    if (this.cells[0]) this.setCurrent(this.cells[0]);
  }

  /**
   * The content to write into the file. Fields that this client does not know stay.
   * @returns {NotebookFile}
   */
  toJSON() {
    return { ...this.#file, cells: this.cells.map((cell) => cell.toJSON()) };
  }

  /** All at once: the kernel takes one after the other, and drops the rest after an error. */
  runAll() {
    return Promise.all(this.cells.map((cell) => cell.run()));
  }

  /**
   * Run a cell and go on to the next one, which is made if there is none.
   * @param {Cell} cell
   */
  runAndAdvance(cell) {
    cell.run();
    const next = this.cells[this.cells.indexOf(cell) + 1];
    if (next) next.select();
    else this.insertBeside(cell, 1).edit();
  }

  /** @param {Cell} cell @param {1 | -1} direction */
  step(cell, direction) {
    this.cells[this.cells.indexOf(cell) + direction]?.select();
  }

  /** The cell that Tab leads to. @param {Cell} cell */
  setCurrent(cell) {
    for (const each of this.cells) each.element.tabIndex = each === cell ? 0 : -1;
  }

  /** @param {Cell} cell @param {0 | 1} offset above or below it */
  insertBeside(cell, offset) {
    return this.insert(this.cells.indexOf(cell) + offset, "code");
  }

  /** @param {number} index @param {"code" | "markdown"} type */
  insert(index, type) {
    return this.#place(index, this.#createCell(this.#emptyCell(type)));
  }

  /** @param {Cell} cell */
  remove(cell) {
    const index = this.#take(cell);
    (this.cells[index] ?? this.cells[index - 1])?.select();
    this.#removed.push({ cell, index });
    this.tell("Cell deleted.", () => this.restore());
  }

  /** Bring back what was deleted last. */
  restore() {
    const last = this.#removed.pop();
    if (last) this.#place(last.index, last.cell).select();
  }

  /** Make it text, or code. @param {Cell} cell @param {"code" | "markdown"} type */
  convert(cell, type) {
    if (cell.model.cell_type === type) return;
    const { id, metadata, source } = cell.model;
    const model = { ...this.#emptyCell(type), metadata, source, ...(id && { id }) };
    this.#place(this.#take(cell), this.#createCell(model)).select();
  }

  /** @param {"code" | "markdown"} type @returns {CellModel} */
  #emptyCell(type) {
    const ids = this.#file.nbformat_minor >= 5 ? { id: crypto.randomUUID().slice(0, 8) } : {};
    const code = type === "code" ? { outputs: [], execution_count: null } : {};
    return { cell_type: type, ...ids, metadata: {}, source: "", ...code };
  }

  /** Where it was. @param {Cell} cell */
  #take(cell) {
    const index = this.cells.indexOf(cell);
    this.cells.splice(index, 1);
    cell.element.remove();
    this.#changed();
    return index;
  }

  /** @param {number} index @param {Cell} cell */
  #place(index, cell) {
    const at = Math.min(index, this.cells.length);
    this.cells.splice(at, 0, cell);
    this.element.children[at].before(cell.element);
    this.#changed();
    return cell;
  }

  /** @param {CellModel} model @returns {Cell} */
  #createCell(model) {
    return model.cell_type === "code" ? new CodeCell(model, this) : new TextCell(model, this);
  }

  #changed() {
    this.#number();
    this.onChange();
  }

  #number() {
    this.cells.forEach(({ element }, index) => {
      element.dataset.index = String(index);
      const kind = element.classList.contains("code") ? "code" : "text";
      element.setAttribute("aria-label", `Cell ${index + 1} of ${this.cells.length}, ${kind}`);
    });
  }

  #addRow() {
    /** @param {"code" | "markdown"} type */
    const add = (type) => () => this.insert(this.cells.length, type).edit();
    return el(
      "div",
      { className: "add-row" },
      el(
        "button",
        { type: "button", onclick: add("code"), "data-testid": "add-code" },
        icon("add"),
        "Code",
      ),
      el("button", { type: "button", onclick: add("markdown") }, icon("add"), "Text"),
    );
  }
}
