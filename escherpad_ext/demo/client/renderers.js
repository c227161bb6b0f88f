// How the page shows each kind of output. None of them is trusted.

import { el } from "./dom.js";
import { htmlFrame } from "./html-frame.js";
import { jsonView } from "./json-view.js";
import { LongText } from "./long-text.js";
import { markdownNodes } from "./markdown.js";
import { latexNodes } from "./math.js";

/**
 * @typedef {import("./outputs.js").DisplayOutput} DisplayOutput
 * @typedef {import("./outputs.js").ErrorOutput} ErrorOutput
 */

// The richest type that an output has wins.
/** @type {Record<string, (data: unknown) => HTMLElement>} */
const RENDERERS = {
  "image/svg+xml": (data) => image(`data:image/svg+xml,${encodeURIComponent(joined(data))}`),
  "text/latex": (data) => el("div", { className: "latex" }, ...latexNodes(joined(data))),
  "image/png": (data) => image(`data:image/png;base64,${joined(data)}`),
  "image/jpeg": (data) => image(`data:image/jpeg;base64,${joined(data)}`),
  "image/gif": (data) => image(`data:image/gif;base64,${joined(data)}`),
  "image/webp": (data) => image(`data:image/webp;base64,${joined(data)}`),
  "text/html": (data) => htmlFrame(joined(data)),
  "text/markdown": (data) => el("div", { className: "prose" }, ...markdownNodes(joined(data))),
  "application/json": (data) => jsonView(data),
  "text/plain": (data) => new LongText(joined(data)).element,
};

/** @param {DisplayOutput} output */
export function richView({ data, metadata }) {
  const type = Object.keys(RENDERERS).find((name) => name in data);
  if (!type) return el("p", {}, `(no way to show ${Object.keys(data).join(", ")})`);
  const shown = RENDERERS[type](data[type]);
  const { width, height } = metadata?.[type] ?? {};
  if (shown.tagName === "IMG" && width) Object.assign(shown, { width, ...(height && { height }) });
  return shown;
}

/** @param {ErrorOutput} output */
export function errorView({ ename, evalue, traceback }) {
  const text = traceback?.length ? traceback.join("\n") : `${ename}: ${evalue}`;
  return new LongText(text, { "data-testid": "error" }).element;
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
