// JSON as a tree that people open level by level. All of it is text, never markup.

import { el } from "./dom.js";

const SHOWN_AT_ONCE = 100;
/** A keyboard can scroll it. */
const BOX = { role: "group", "aria-label": "JSON", tabIndex: 0, "data-testid": "json" };

/**
 * @param {unknown} value
 * @returns {HTMLElement}
 */
export function jsonView(value) {
  const root = el("div", { className: "json", ...BOX }, node("", value));
  const top = root.firstElementChild;
  if (top instanceof HTMLDetailsElement) open(top);
  return root;
}

/** @param {string} key @param {unknown} value @returns {HTMLElement} */
function node(key, value) {
  const label = key === "" ? [] : [el("span", { className: "json-key" }, key), ": "];
  if (!isObject(value)) return el("div", { className: "json-leaf" }, ...label, leaf(value));
  const entries = Object.entries(value);
  const [start, end] = Array.isArray(value) ? "[]" : "{}";
  if (!entries.length) return el("div", { className: "json-leaf" }, ...label, start + end);
  const count = `${start} ${entries.length} ${end}`;
  const details = el("details", {}, el("summary", {}, ...label, count));
  contents.set(details, entries);
  details.addEventListener("toggle", () => fill(details));
  return details;
}

/** What is in an element that nobody has opened. @type {WeakMap<Element, [string, unknown][]>} */
const contents = new WeakMap();

/** @param {HTMLDetailsElement} details */
function open(details) {
  details.open = true;
  fill(details);
}

/** @param {HTMLDetailsElement} details */
function fill(details) {
  const entries = contents.get(details);
  if (!entries || !details.open) return;
  contents.delete(details);
  more(details, entries);
}

/** @param {HTMLElement} element @param {[string, unknown][]} entries */
function more(element, entries) {
  element.append(...entries.slice(0, SHOWN_AT_ONCE).map(([key, value]) => node(key, value)));
  const rest = entries.slice(SHOWN_AT_ONCE);
  if (!rest.length) return;
  const show = () => {
    button.remove();
    more(element, rest);
    /** @type {HTMLElement | null} */ (element.closest(".json"))?.focus();
  };
  const button = el("button", { type: "button", onclick: show }, `${rest.length} more`);
  element.append(button);
}

/** @param {unknown} value */
function leaf(value) {
  return el("span", { className: `json-${typeof value}` }, JSON.stringify(value) ?? "");
}

/** @param {unknown} value @returns {value is object} */
function isObject(value) {
  return typeof value === "object" && value !== null;
}
