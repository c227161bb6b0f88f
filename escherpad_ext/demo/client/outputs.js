// A cell's output: what the notebook file keeps of it, and what the page shows.

import { el } from "./dom.js";
import { LongText } from "./long-text.js";
import { errorView, joined, richView } from "./renderers.js";

/**
 * Outputs, as the notebook file keeps them (nbformat 4).
 * @typedef {{output_type: "stream", name: string, text: string | string[]}} StreamOutput
 * @typedef {{output_type: "error", ename: string, evalue: string,
 *   traceback?: string[]}} ErrorOutput
 * @typedef {{data: Record<string, unknown>,
 *   metadata?: Record<string, {width?: number, height?: number}>}} Shown by its MIME type
 * @typedef {Shown & {output_type: "execute_result" | "display_data",
 *   execution_count?: number | null}} DisplayOutput
 * @typedef {StreamOutput | ErrorOutput | DisplayOutput} Output
 *
 * What a kernel sends of a display.
 * @typedef {Shown & {execution_count?: number | null,
 *   transient?: {display_id?: string}}} DisplayContent
 */

export class OutputArea {
  #clearFirst = false;

  /**
   * @param {Output[]} outputs as in the notebook file
   * @param {{displays: Map<string, OutputView[]>, onChange: () => void}} notebook
   */
  constructor(outputs, { displays, onChange }) {
    /** @type {(StreamView | OutputView)[]} */
    this.views = [];
    this.displays = displays;
    this.onChange = onChange;
    this.element = el("div", { className: "outputs", "data-testid": "outputs" });
    for (const output of outputs) this.#add(output, false);
  }

  /** The outputs as the notebook file keeps them. */
  toJSON() {
    return this.views.map((view) => view.output);
  }

  clear() {
    this.views = [];
    this.element.replaceChildren();
    this.onChange();
  }

  /**
   * Take a message of the kernel's iopub channel.
   * @param {import("./kernel.js").Message} message
   */
  handle({ header, content }) {
    switch (header.msg_type) {
      case "stream":
        return this.#stream(content);
      case "execute_result":
      case "display_data":
        return this.#display(header.msg_type, content);
      case "update_display_data":
        return this.#update(content);
      case "error":
        return this.#append({ output_type: "error", ...content });
      case "clear_output":
        // "wait": keep what is there until something new comes, so that nothing flickers.
        return content.wait ? (this.#clearFirst = true) : this.clear();
    }
  }

  /**
   * Show a field for `input()`; the answer becomes part of the output.
   * @param {string} prompt
   * @param {boolean} password
   * @returns {Promise<string>}
   */
  askInput(prompt, password) {
    const input = el("input", {
      type: password ? "password" : "text",
      autocomplete: "off",
      "aria-label": prompt || "Input",
      "data-testid": "stdin",
    });
    const form = el("form", { className: "stdin" }, el("span", {}, prompt), input);
    this.element.append(form);
    input.focus();
    return new Promise((resolve) => {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.stopAsking();
        const echo = password ? "·".repeat(8) : input.value;
        this.#stream({ name: "stdout", text: `${prompt}${echo}\n` });
        resolve(input.value);
      });
    });
  }

  /** Remove a field that is no longer needed. */
  stopAsking() {
    const form = this.element.querySelector(".stdin");
    const hadFocus = form?.contains(document.activeElement);
    form?.remove();
    /** @type {HTMLElement | null} */
    const cell = this.element.closest(".cell");
    if (hadFocus) cell?.focus(); // or the keyboard would begin at the top of the page
  }

  /** @param {{name: string, text: string}} content */
  #stream({ name, text }) {
    const last = this.views.at(-1);
    const isSame = last instanceof StreamView && last.name === name;
    if (!this.#clearFirst && isSame) last.append(text);
    else this.#append({ output_type: "stream", name, text });
    this.onChange();
  }

  /** @param {DisplayOutput["output_type"]} output_type @param {DisplayContent} content */
  #display(output_type, { data, metadata, execution_count, transient }) {
    const count = output_type === "execute_result" ? { execution_count } : {};
    const view = this.#append({ output_type, data, metadata, ...count });
    const id = transient?.display_id;
    if (id && view instanceof OutputView)
      this.displays.set(id, [...(this.displays.get(id) ?? []), view]);
  }

  /** @param {DisplayContent} content */
  #update({ data, metadata, transient }) {
    const views = this.displays.get(transient?.display_id ?? "") ?? [];
    for (const view of views) view.update({ data, metadata });
  }

  /** @param {Output} output */
  #append(output) {
    if (this.#clearFirst) this.clear();
    this.#clearFirst = false;
    this.onChange();
    return this.#add(output, true);
  }

  /** @param {Output} output @param {boolean} isLive @returns {StreamView | OutputView} */
  #add(output, isLive) {
    const view =
      output.output_type === "stream"
        ? new StreamView(output, isLive)
        : new OutputView(output, this);
    this.views.push(view);
    this.element.append(view.element);
    return view;
  }
}

/** One output that is shown as it is: a result, a display, an error. */
export class OutputView {
  /** @param {ErrorOutput | DisplayOutput} output @param {{onChange: () => void}} area */
  constructor(output, area) {
    this.output = output;
    this.area = area;
    this.element = el("div", { className: `output ${output.output_type}` });
    this.#render();
  }

  /**
   * Show other data in the same place.
   * @param {Shown} content
   */
  update({ data, metadata }) {
    Object.assign(this.output, { data, metadata });
    this.#render();
    this.area.onChange();
  }

  #render() {
    const { output } = this;
    const shown = output.output_type === "error" ? errorView(output) : richView(output);
    const before = this.element.firstChild;
    // An <img> keeps its old picture until the new one is decoded, so an animation is smooth.
    if (before instanceof HTMLImageElement && shown instanceof HTMLImageElement)
      before.src = shown.src;
    else this.element.replaceChildren(shown);
  }
}

/** What a program prints, as it comes. */
class StreamView {
  /** @param {StreamOutput} output @param {boolean} isLive */
  constructor({ name, text }, isLive) {
    this.name = name;
    const hooks = { className: `long-box stream ${name}`, "data-testid": name };
    this.text = new LongText(joined(text), hooks, { follow: isLive });
    this.element = el("div", { className: "output" }, this.text.element);
  }

  /** @returns {StreamOutput} */
  get output() {
    return { output_type: "stream", name: this.name, text: this.text.toString() };
  }

  /** @param {string} text */
  append(text) {
    this.text.append(text);
  }
}
