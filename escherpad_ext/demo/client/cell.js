// The cells of a notebook: code that runs, and text.

import { command } from "./command-mode.js";
import { el, iconButton } from "./dom.js";
import { Editor } from "./editor.js";
import { markdownNodes } from "./markdown.js";
import { OutputArea } from "./outputs.js";
import { joined } from "./renderers.js";

const EMPTY_TEXT = "*Empty text. Double-click to write.*";

/**
 * @typedef {import("./notebook.js").Notebook} Notebook
 * @typedef {import("./notebook.js").CellModel} CellModel
 */

// What the gutter of a cell that is not done shows instead of its count.
/** @type {Record<string, string>} */
const PROMPTS = { waiting: "…", running: "●", aborted: "–", stopped: "–", lost: "?" };
const RUNS_ALREADY = "This cell runs already. Interrupt it, or wait until it ends.";
/** @type {Record<string, string>} */
const NOTES = {
  aborted: "Not run, because other code failed before it.",
  stopped: "Not finished: the kernel was stopped.",
  lost: "This page lost the connection while it ran. Some of the output may be missing.",
};

/** What both kinds of cell have: a gutter, a body, an editor, and buttons to add and delete. */
export class Cell {
  /**
   * @param {CellModel} model as the notebook file has it
   * @param {Notebook} notebook
   * @param {{label: string, python: boolean}} options of the editor
   */
  constructor(model, notebook, options) {
    this.model = { ...model, source: joined(model.source) };
    this.notebook = notebook;
    this.editor = new Editor({
      text: this.model.source,
      onChange: (text) => this.setSource(text),
      ...options,
    });
    this.gutter = el("div", { className: "gutter" });
    this.body = el("div", { className: "cell-body" });
    this.element = el(
      "section",
      { className: `cell ${model.cell_type}`, tabIndex: -1, "data-testid": "cell" },
      this.gutter,
      this.body,
      this.#actions(),
    );
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    this.element.addEventListener("focusin", () => notebook.setCurrent(this));
  }

  /** @returns {CellModel} as the notebook file has it */
  toJSON() {
    return this.model;
  }

  /** Its keys are then those of `command-mode.js`. */
  select() {
    this.element.focus();
    this.element.scrollIntoView({ block: "nearest" });
  }

  edit() {
    this.editor.input.focus();
  }

  /**
   * Each kind of cell has its own: run the code, or show the text as it reads.
   * @returns {void | Promise<void>}
   */
  run() {}

  /** @param {string} source */
  setSource(source) {
    this.model.source = source;
    this.notebook.onChange();
  }

  #actions() {
    const { notebook } = this;
    const addBelow = () => notebook.insertBeside(this, 1).edit();
    return el(
      "div",
      { className: "cell-actions" },
      iconButton("add", "Add a code cell below", addBelow, { "data-testid": "add-below" }),
      iconButton("delete", "Delete this cell", () => notebook.remove(this), {
        "data-testid": "delete-cell",
      }),
    );
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { key, ctrlKey, metaKey, shiftKey, altKey, target } = event;
    const inPlace = ctrlKey || metaKey;
    const isSelected = target === this.element;
    if (event.isComposing) return;
    if (key === "Enter" && (inPlace || shiftKey || altKey)) this.#run(event);
    else if (key === "Escape" && !isSelected)
      this.select(); // from its output, too
    else if (inPlace || altKey || !isSelected || !command(event, this.notebook, this)) return;
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  #run({ shiftKey, altKey }) {
    if (shiftKey) return this.notebook.runAndAdvance(this);
    this.run();
    if (altKey) this.notebook.insertBeside(this, 1).edit();
    else this.select();
  }
}

export class CodeCell extends Cell {
  /** @param {CellModel} model @param {Notebook} notebook */
  constructor(model, notebook) {
    super(model, notebook, { label: "Code", python: notebook.python });
    this.outputs = new OutputArea(model.outputs ?? [], notebook);
    this.prompt = el("span", { className: "prompt", "data-testid": "prompt" });
    this.time = el("span", { className: "time" });
    this.note = el("p", { className: "cell-note", "data-testid": "cell-note" });
    this.gutter.append(
      iconButton("run", "Run this cell (Shift+Enter)", () => this.run(), {
        className: "run",
        "data-testid": "run-cell",
      }),
      this.prompt,
    );
    this.body.append(this.editor.element, this.outputs.element, this.note, this.time);
    this.#setState("done");
  }

  toJSON() {
    return { ...this.model, outputs: this.outputs.toJSON() };
  }

  async run() {
    const { kernel } = this.notebook;
    if (!this.model.source.trim()) return;
    if (!kernel || kernel.status === "dead") return this.notebook.tell("No kernel is running.");
    if (this.isRunning) return this.notebook.tell(RUNS_ALREADY);
    this.outputs.clear();
    this.model.execution_count = null;
    this.#setState("waiting");
    let started = 0;
    const start = () => {
      started ||= performance.now();
      this.#setState("running");
    };
    const { status, execution_count } = await kernel.execute(this.model.source, {
      onOutput: (message) => {
        if (message.header.msg_type === "execute_input") start();
        else this.outputs.handle(message);
      },
      onInput: (prompt, password) => this.outputs.askInput(prompt, password),
    });
    this.outputs.stopAsking();
    this.model.execution_count = execution_count ?? null;
    this.#setState(status === "ok" ? "done" : status);
    this.#showTime(started && performance.now() - started);
    this.notebook.onChange();
  }

  get isRunning() {
    return ["waiting", "running"].includes(this.element.dataset.state ?? "");
  }

  /** @param {string} state "waiting", "running", "done", or how it ended other than well */
  #setState(state) {
    this.element.dataset.state = state;
    this.note.textContent = NOTES[state] ?? "";
    this.prompt.textContent = PROMPTS[state] ?? String(this.model.execution_count ?? "");
    this.time.textContent = "";
  }

  /** @param {number} milliseconds */
  #showTime(milliseconds) {
    if (milliseconds > 100) this.time.textContent = `${(milliseconds / 1000).toFixed(1)} s`;
  }
}

/** Markdown, and raw cells, which are shown as they are. */
export class TextCell extends Cell {
  /** @param {CellModel} model @param {Notebook} notebook */
  constructor(model, notebook) {
    super(model, notebook, { label: "Text", python: false });
    this.shown = el("div", { className: "prose", ondblclick: () => this.edit() });
    this.editor.input.addEventListener("blur", () => this.run());
    this.gutter.append(
      iconButton("edit", "Edit this text", () => this.edit(), { className: "run" }),
    );
    this.body.append(this.shown, this.editor.element);
    this.run();
  }

  edit() {
    this.element.dataset.state = "editing";
    super.edit();
  }

  /** Show the text as it reads. */
  run() {
    const { source, cell_type } = this.model;
    this.element.dataset.state = "done";
    if (cell_type === "raw") this.shown.replaceChildren(el("pre", {}, source));
    else this.shown.replaceChildren(...markdownNodes(source || EMPTY_TEXT));
  }
}
