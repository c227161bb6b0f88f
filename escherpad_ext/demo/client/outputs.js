// A cell's output: what the notebook file keeps of it, and what the page shows.

import { el, oncePerFrame } from "./dom.js";
import { markdownNodes } from "./markdown.js";
import { ansiNodes, appendText } from "./text.js";

// Shown of a stream at once; the file has all of it.
const SHOWN_CHARACTERS = 100_000;

// The richest type that an output has wins.
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
   * @param {object[]} outputs as in the notebook file
   * @param {{displays: Map<string, object[]>, onChange: () => void}} notebook
   */
  constructor(outputs, { displays, onChange }) {
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

  /** Take a message of the kernel's iopub channel. */
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

  /** Show a field for `input()`; the answer becomes part of the output. */
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

  #stream({ name, text }) {
    const last = this.views.at(-1);
    if (!this.#clearFirst && last?.output.name === name) last.append(text);
    else this.#append({ output_type: "stream", name, text });
    this.onChange();
  }

  #display(output_type, { data, metadata, execution_count, transient }) {
    const count = output_type === "execute_result" ? { execution_count } : {};
    const view = this.#append({ output_type, data, metadata, ...count });
    const id = transient?.display_id;
    if (id) this.displays.set(id, [...(this.displays.get(id) ?? []), view]);
  }

  #update({ data, metadata, transient }) {
    const views = this.displays.get(transient?.display_id) ?? [];
    for (const view of views) view.update({ data, metadata });
  }

  #append(output) {
    if (this.#clearFirst) this.clear();
    this.#clearFirst = false;
    this.onChange();
    return this.#add(output);
  }

  #add(output) {
    const view = output.output_type === "stream" ? new StreamView(output) : new OutputView(output);
    view.area = this;
    this.views.push(view);
    this.element.append(view.element);
    return view;
  }
}

/** One output that is shown as it is: a result, a display, an error. */
class OutputView {
  constructor(output) {
    this.output = output;
    this.element = el("div", { className: `output ${output.output_type}` });
    this.#render();
  }

  /** Show other data in the same place. */
  update({ data, metadata }) {
    Object.assign(this.output, { data, metadata });
    this.#render();
    this.area.onChange();
  }

  #render() {
    const shown = this.output.output_type === "error" ? errorText(this.output) : rich(this.output);
    const before = this.element.firstChild;
    // An <img> keeps its old picture until the new one is decoded, so an animation is smooth.
    if (before?.tagName === "IMG" && shown.tagName === "IMG") before.src = shown.src;
    else this.element.replaceChildren(shown);
  }
}

/** What a program prints, as it comes. */
class StreamView {
  constructor({ name, text }) {
    this.output = { output_type: "stream", name, text: appendText("", joined(text)) };
    this.element = el("pre", { className: `output stream ${name}`, "data-testid": name });
    this.render = oncePerFrame(() => this.#render());
    this.#render();
  }

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

function rich({ data, metadata }) {
  const type = Object.keys(RENDERERS).find((name) => name in data);
  if (!type) return el("pre", {}, `(no way to show ${Object.keys(data).join(", ")})`);
  const shown = RENDERERS[type](joined(data[type]));
  const { width, height } = metadata?.[type] ?? {};
  if (shown.tagName === "IMG" && width) Object.assign(shown, { width, ...(height && { height }) });
  return shown;
}

function errorText({ ename, evalue, traceback }) {
  const text = traceback?.length ? traceback.join("\n") : `${ename}: ${evalue}`;
  return el("pre", { "data-testid": "error" }, ...ansiNodes(text));
}

// An <img> runs no script, not even an SVG's own.
function image(src) {
  return el("img", { src, alt: "Picture made by this cell", "data-testid": "plot" });
}

/**
 * HTML in a notebook is not trusted: it gets a separate document with an opaque origin, where it
 * can reach neither this page nor the token (HTML, "sandbox"; output.html).
 */
function htmlFrame(html) {
  const frame = el("iframe", { src: "output.html", title: "HTML output", height: 40 });
  frame.setAttribute("sandbox", "allow-scripts");
  frameContents.set(frame, html);
  return frame;
}

const frameContents = new WeakMap();

window.addEventListener("message", ({ source, data }) => {
  const frames = [...document.querySelectorAll("iframe")];
  const frame = frames.find(({ contentWindow }) => contentWindow === source);
  if (!frame) return;
  // "*": an opaque origin has no name. We send only what the frame shows.
  if (data === "ready") source.postMessage(frameContents.get(frame), "*");
  else if (Number.isFinite(data)) frame.height = Math.min(Math.max(data, 20), 2000);
});

/** The file may keep text as a list of lines. */
export function joined(text) {
  return Array.isArray(text) ? text.join("") : String(text ?? "");
}
