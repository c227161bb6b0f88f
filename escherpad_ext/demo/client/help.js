// What the keys do, in a dialog.

import { el } from "./dom.js";

/** @type {[string, [string, string][]][]} */
const KEYS = [
  [
    "Anywhere in a cell",
    [
      ["Shift + Enter", "Run it, and go to the next"],
      ["Ctrl + Enter", "Run it, and stay"],
      ["Alt + Enter", "Run it, and add one below"],
      ["Ctrl + S", "Save the file"],
    ],
  ],
  [
    "While you write",
    [
      ["Tab", "Indent"],
      ["Escape", "Stop writing: the cell is selected"],
    ],
  ],
  [
    "While a cell is selected",
    [
      ["Enter", "Write in it"],
      ["↑ ↓", "Select another"],
      ["A, B", "Add a cell above, below"],
      ["D D", "Delete it"],
      ["Z", "Bring back what was deleted"],
      ["M, Y", "Make it text, make it code"],
      ["I I", "Interrupt the kernel"],
      ["H", "Show this help"],
    ],
  ],
];

export function showHelp() {
  const close = () => dialog.close();
  const tables = KEYS.flatMap(([title, rows]) => [el("h3", {}, title), table(rows)]);
  const dialog = el(
    "dialog",
    { className: "ask help", "aria-labelledby": "help-title", "data-testid": "help" },
    el("h2", { id: "help-title" }, "Keys"),
    ...tables,
    el(
      "div",
      { className: "ask-buttons" },
      el(
        "button",
        { type: "button", className: "primary", autofocus: true, onclick: close },
        "Close",
      ),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {[string, string][]} rows */
function table(rows) {
  const pairs = rows.flatMap(([keys, what]) => [
    el("dt", {}, el("kbd", {}, keys)),
    el("dd", {}, what),
  ]);
  return el("dl", {}, ...pairs);
}
