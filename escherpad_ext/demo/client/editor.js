// A code editor of one textarea. Colours come from a layer behind it with the same text, which
// also gives the textarea its height.

import { el } from "./dom.js";

const KEYWORDS =
  "and as assert async await break case class continue def del elif else except finally for from " +
  "global if import in is lambda match nonlocal not or pass raise return try while with yield " +
  "True False None";
const PYTHON = new RegExp(
  [
    /(?<comment>#.*)/,
    /(?<string>(?:\b[rbufRBUF]{1,2}(?=["']))?(?:"""[^]*?(?:"""|(?![^]))|'''[^]*?(?:'''|(?![^]))|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))/,
    /(?<number>\b(?:0[xob][\da-fA-F_]+|\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?j?)\b)/,
    new RegExp(`(?<keyword>\\b(?:${KEYWORDS.replaceAll(" ", "|")})\\b)`),
    /(?<decorator>^\s*@[\w.]+)/,
    /(?<call>\b[A-Za-z_]\w*(?=\())/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "gm",
);

export class Editor {
  /**
   * @param {{text: string, label: string, python: boolean,
   *   onChange: (text: string) => void}} options
   */
  constructor({ text, label, python, onChange }) {
    this.python = python;
    this.layer = el("pre", { className: "editor-layer", "aria-hidden": "true" });
    this.input = el("textarea", {
      className: "editor-input",
      value: text,
      rows: 1,
      spellcheck: false,
      autocapitalize: "off",
      autocomplete: "off",
      "aria-label": label,
      "data-testid": "editor",
      oninput: () => {
        onChange(this.input.value);
        this.#paint();
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#onKey(event),
    });
    this.element = el("div", { className: "editor" }, this.layer, this.input);
    this.#paint();
  }

  #paint() {
    const text = this.input.value;
    this.layer.replaceChildren(...(this.python ? coloured(text) : [text]), "\n");
  }

  // Tab indents; Escape (cell.js) leaves the editor, so that Tab can go on from there.
  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.isComposing) return;
    if (event.key === "Tab" && !event.shiftKey) this.#insert(event, "    ");
    else if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
      const { value, selectionStart } = this.input;
      const line = value.slice(value.lastIndexOf("\n", selectionStart - 1) + 1, selectionStart);
      const [indent] = /^[ \t]*/.exec(line) ?? [""];
      const deeper = this.python && /:\s*$/.test(line) ? "    " : "";
      this.#insert(event, `\n${indent}${deeper}`);
    }
  }

  /** @param {Event} event @param {string} text */
  #insert(event, text) {
    event.preventDefault();
    // Deprecated, and the only way that keeps the browser's undo.
    document.execCommand("insertText", false, text);
  }
}

/** @param {string} text */
function coloured(text) {
  /** @type {(Node|string)[]} */
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(PYTHON)) {
    const groups = Object.entries(match.groups ?? {});
    const [kind] = groups.find(([, found]) => found !== undefined) ?? [];
    nodes.push(text.slice(end, match.index), el("span", { className: `code-${kind}` }, match[0]));
    end = match.index + match[0].length;
  }
  return [...nodes, text.slice(end)];
}
