// The cells of a notebook: code that runs, and text.

import { el, iconButton } from "./dom.js";
import { Editor } from "./editor.js";
import { markdownNodes } from "./markdown.js";
import { joined, OutputArea } from "./outputs.js";

const EMPTY_TEXT = "*Empty text. Double-click to write.*";

/** What both kinds of cell have: a gutter, a body, and buttons to add and delete. */
class Cell {
  constructor(model, notebook) {
    this.model = { ...model, source: joined(model.source) };
    this.notebook = notebook;
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
  }

  toJSON() {
    return this.model;
  }

  setSource(source) {
    this.model.source = source;
    this.notebook.onChange();
  }

  #actions() {
    const { notebook } = this;
    const addBelow = () => notebook.insert(notebook.cells.indexOf(this) + 1, "code").edit();
    return el(
      "div",
      { className: "cell-actions" },
      iconButton("add", "Add a code cell below", addBelow, { "data-testid": "add-below" }),
      iconButton("delete", "Delete this cell", () => notebook.remove(this), {
        "data-testid": "delete-cell",
      }),
    );
  }

  #onKey(event) {
    if (event.key !== "Enter") return;
    const inPlace = event.ctrlKey || event.metaKey;
    if (event.shiftKey) this.notebook.runAndAdvance(this);
    else if (inPlace) this.run();
    else if (event.target === this.element) this.edit();
    else return;
    event.preventDefault();
  }
}

export class CodeCell extends Cell {
  constructor(model, notebook) {
    super(model, notebook);
    this.editor = new Editor({
      text: this.model.source,
      label: "Code",
      python: notebook.python,
      onChange: (text) => this.setSource(text),
    });
    this.outputs = new OutputArea(model.outputs ?? [], notebook);
    this.prompt = el("span", { className: "prompt", "data-testid": "prompt" });
    this.time = el("span", { className: "time" });
    this.gutter.append(
      iconButton("run", "Run this cell (Shift+Enter)", () => this.run(), {
        className: "run",
        "data-testid": "run-cell",
      }),
      this.prompt,
    );
    this.body.append(this.editor.element, this.outputs.element, this.time);
    this.#setState("done");
  }

  toJSON() {
    return { ...this.model, outputs: this.outputs.toJSON() };
  }

  focus() {
    this.edit();
  }

  edit() {
    this.editor.input.focus();
  }

  async run() {
    const { kernel } = this.notebook;
    if (!this.model.source.trim()) return;
    if (!kernel || kernel.status === "dead") return this.notebook.tell("No kernel is running.");
    this.outputs.clear();
    this.model.execution_count = null;
    this.#setState("waiting");
    let started = null;
    const start = () => {
      started ??= performance.now();
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

  /** "waiting", "running", "done", "error" or "aborted" */
  #setState(state) {
    this.element.dataset.state = state;
    const count = this.model.execution_count;
    this.prompt.textContent = { waiting: "…", running: "●" }[state] ?? count ?? "";
    this.time.textContent = "";
  }

  #showTime(milliseconds) {
    if (milliseconds > 100) this.time.textContent = `${(milliseconds / 1000).toFixed(1)} s`;
  }
}

/** Markdown, and raw cells, which are shown as they are. */
export class TextCell extends Cell {
  constructor(model, notebook) {
    super(model, notebook);
    this.shown = el("div", { className: "prose", ondblclick: () => this.edit() });
    this.editor = new Editor({
      text: this.model.source,
      label: "Text",
      python: false,
      onChange: (text) => this.setSource(text),
    });
    this.editor.input.addEventListener("blur", () => this.run());
    this.gutter.append(
      iconButton("edit", "Edit this text", () => this.edit(), { className: "run" }),
    );
    this.body.append(this.shown, this.editor.element);
    this.run();
  }

  focus() {
    this.element.focus();
  }

  edit() {
    this.element.dataset.state = "editing";
    this.editor.input.focus();
  }

  /** Show the text as it reads. */
  run() {
    const { source, cell_type } = this.model;
    this.element.dataset.state = "done";
    if (cell_type === "raw") this.shown.replaceChildren(el("pre", {}, source));
    else this.shown.replaceChildren(...markdownNodes(source || EMPTY_TEXT));
  }
}
