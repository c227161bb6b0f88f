// A cell's output: what the notebook file keeps of it, and what the page shows.

import { el, oncePerFrame } from "./dom.js";
import { htmlFrame } from "./html-frame.js";
import { markdownNodes } from "./markdown.js";
import { ansiNodes, appendText } from "./text.js";

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

// Shown of a stream at once; the file has all of it.
const SHOWN_CHARACTERS = 100_000;

// The richest type that an output has wins.
/** @type {Record<string, (text: string) => HTMLElement>} */
const RENDERERS = {
  "image/svg+xml": (text) => image(`data:image/svg+xml,${encodeURIComponent(text)}`),
  "image/png": (data) => image(`data:image/png;base64,${data}`),
  "image/jpeg": (data) => image(`data:image/jpeg;base64,${data}`),
  "image/gif": (data) => image(`data:image/gif;base64,${data}`),
  "image/webp": (data) => image(`data:image/webp;base64,${data}`),
  "text/html": (text) => htmlFrame(text),
  "text/markdown": (text) => el("div", { className: "prose" }, ...markdownNodes(text)),
  "text/plain": (text) => el("pre", {}, ...ansiNodes(text)),
};

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
    for (const output of outputs) this.#add(output);
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
        form.remove();
        const echo = password ? "·".repeat(8) : input.value;
        this.#stream({ name: "stdout", text: `${prompt}${echo}\n` });
        resolve(input.value);
      });
    });
  }

  /** Remove a field that is no longer needed. */
  stopAsking() {
    this.element.querySelector(".stdin")?.remove();
  }

  /** @param {{name: string, text: string}} content */
  #stream({ name, text }) {
    const last = this.views.at(-1);
    const isSame = last instanceof StreamView && last.output.name === name;
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
    return this.#add(output);
  }

  /** @param {Output} output @returns {StreamView | OutputView} */
  #add(output) {
    const view =
      output.output_type === "stream" ? new StreamView(output) : new OutputView(output, this);
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
    const shown = this.output.output_type === "error" ? errorText(this.output) : rich(this.output);
    const before = this.element.firstChild;
    // An <img> keeps its old picture until the new one is decoded, so an animation is smooth.
    if (before instanceof HTMLImageElement && shown instanceof HTMLImageElement)
      before.src = shown.src;
    else this.element.replaceChildren(shown);
  }
}

/** What a program prints, as it comes. */
class StreamView {
  /** @param {StreamOutput} output */
  constructor({ name, text }) {
    /** @type {{output_type: "stream", name: string, text: string}} */
    this.output = { output_type: "stream", name, text: appendText("", joined(text)) };
    this.element = el("pre", { className: `output stream ${name}`, "data-testid": name });
    this.render = oncePerFrame(() => this.#render());
    this.#render();
  }

  /** @param {string} text */
  append(text) {
    this.output.text = appendText(this.output.text, text);
    this.render();
  }

  #render() {
    const { text } = this.output;
    const hidden = text.length - SHOWN_CHARACTERS;
    const note = hidden > 0 ? `… ${hidden} earlier characters are in the file.\n` : "";
    this.element.replaceChildren(note, ...ansiNodes(text.slice(-SHOWN_CHARACTERS)));
  }
}

/** @param {DisplayOutput} output */
function rich({ data, metadata }) {
  const type = Object.keys(RENDERERS).find((name) => name in data);
  if (!type) return el("pre", {}, `(no way to show ${Object.keys(data).join(", ")})`);
  const shown = RENDERERS[type](joined(data[type]));
  const { width, height } = metadata?.[type] ?? {};
  if (shown.tagName === "IMG" && width) Object.assign(shown, { width, ...(height && { height }) });
  return shown;
}

/** @param {ErrorOutput} output */
function errorText({ ename, evalue, traceback }) {
  const text = traceback?.length ? traceback.join("\n") : `${ename}: ${evalue}`;
  return el("pre", { "data-testid": "error" }, ...ansiNodes(text));
}

// An <img> runs no script, not even an SVG's own.
/** @param {string} src */
function image(src) {
  return el("img", { src, alt: "Picture made by this cell", "data-testid": "plot" });
}

/**
 * The file may keep text as a list of lines.
 * @param {unknown} text
 */
export function joined(text) {
  return Array.isArray(text) ? text.join("") : String(text ?? "");
}
