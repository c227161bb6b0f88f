// A file that is open and no notebook: text, a picture, or neither.

import { el } from "./dom.js";
import { Editor } from "./editor.js";
import { OpenDocument } from "./open-document.js";

/** @typedef {import("./jupyter.js").Contents} Contents */

export class TextDocument extends OpenDocument {
  kind = /** @type {const} */ ("text");

  /** @param {Contents} entry with its content */
  constructor(entry) {
    const editor = new Editor({
      text: entry.content,
      label: entry.name,
      python: entry.name.endsWith(".py"),
      onChange: () => this.changed(),
    });
    const hooks = { className: "text-file", "data-testid": "text-file" };
    super(entry, el("div", { tabIndex: -1, onkeydown: leave, ...hooks }, editor.element));
    this.input = editor.input;
  }

  toFile() {
    const content = this.input.value;
    return /** @type {const} */ ({ type: "file", format: "text", content });
  }
}

/** Escape leaves the editor, so that Tab can go on from there. @param {KeyboardEvent} event */
function leave({ key, currentTarget }) {
  if (key === "Escape") /** @type {HTMLElement} */ (currentTarget).focus();
}

/**
 * Show a picture, or that the file is neither text nor a picture.
 * @param {Contents} entry
 */
export function shownFile({ name, content, mimetype, size }) {
  if (!mimetype?.startsWith("image/"))
    return el(
      "p",
      { className: "quiet" },
      `${name} is neither text nor a picture (${size} bytes).`,
    );
  const src = `data:${mimetype};base64,${content}`;
  return el("img", { className: "image-file", src, alt: name });
}
