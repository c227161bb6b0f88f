// The keys of a cell that is selected, and not written in.

import { showHelp } from "./help.js";

/**
 * @typedef {import("./notebook.js").Notebook} Notebook
 * @typedef {import("./cell.js").Cell} Cell
 */

/** @type {Record<string, (notebook: Notebook, cell: Cell) => unknown>} */
const COMMANDS = {
  enter: (_notebook, cell) => cell.edit(),
  arrowup: (notebook, cell) => notebook.step(cell, -1),
  k: (notebook, cell) => notebook.step(cell, -1),
  arrowdown: (notebook, cell) => notebook.step(cell, 1),
  j: (notebook, cell) => notebook.step(cell, 1),
  a: (notebook, cell) => notebook.insertBeside(cell, 0).select(),
  b: (notebook, cell) => notebook.insertBeside(cell, 1).select(),
  "d d": (notebook, cell) => notebook.remove(cell),
  z: (notebook) => notebook.restore(),
  m: (notebook, cell) => notebook.convert(cell, "markdown"),
  y: (notebook, cell) => notebook.convert(cell, "code"),
  "i i": (notebook) => notebook.kernel?.interrupt(),
  h: showHelp,
};
const TWICE = ["d", "i"];
const MILLISECONDS_BETWEEN = 1000;

/** @type {{key: string, cell: Cell | null, time: number}} */
let last = { key: "", cell: null, time: 0 };

/**
 * Do what a key means for a selected cell; whether it means anything.
 * @param {KeyboardEvent} event
 * @param {Notebook} notebook
 * @param {Cell} cell
 */
export function command({ key, timeStamp, repeat }, notebook, cell) {
  const name = key.toLowerCase();
  const isSecond =
    last.key === name && last.cell === cell && timeStamp - last.time < MILLISECONDS_BETWEEN;
  const act = COMMANDS[TWICE.includes(name) && isSecond && !repeat ? `${name} ${name}` : name];
  last =
    isSecond || repeat ? { key: "", cell: null, time: 0 } : { key: name, cell, time: timeStamp };
  act?.(notebook, cell);
  return Boolean(act);
}
