// A small, safe part of Markdown: headings, paragraphs, lists, quotes, code, tables, formulas,
// emphasis, links.
// It builds nodes, so HTML in the text stays text.

import { el } from "./dom.js";
import { formula } from "./math.js";

const LIST = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;
/**
 * How a block begins, and what takes its lines off the front and makes its element.
 * @type {[RegExp, (lines: string[]) => HTMLElement][]}
 */
const BLOCKS = [
  [/^```/, codeBlock],
  [/^#{1,6}\s/, heading],
  [/^(-{3,}|\*{3,})\s*$/, (lines) => (lines.shift(), el("hr"))],
  [/^>/, quote],
  [/^\s*\$\$/, mathBlock],
  [/^\s*\|.*\|\s*$/, table],
  [LIST, list],
];

/** @param {string} text @returns {Node[]} */
export function markdownNodes(text) {
  const lines = text.split("\n");
  /** @type {Node[]} */
  const nodes = [];
  while (lines.length) {
    if (!lines[0].trim()) lines.shift();
    else nodes.push((BLOCKS.find(([start]) => start.test(lines[0]))?.[1] ?? paragraph)(lines));
  }
  return nodes;
}

/** @param {string[]} lines */
function codeBlock(lines) {
  lines.shift();
  const code = takeWhile(lines, (line) => !line.startsWith("```"));
  lines.shift();
  return el("pre", {}, el("code", {}, code.join("\n")));
}

/** @param {string[]} lines */
function heading(lines) {
  const [, marks, text] = /^(#{1,6})\s+(.*?)\s*#*$/.exec(lines.shift() ?? "") ?? [null, "#", ""];
  const tag = /** @type {"h1"|"h2"|"h3"|"h4"|"h5"|"h6"} */ (`h${marks.length}`);
  return el(tag, {}, ...inline(text));
}

/** @param {string[]} lines */
function mathBlock(lines) {
  const first = lines[0].trim();
  const closesItself = first.length > 2 && first.endsWith("$$");
  const more = lines.slice(1).findIndex((line) => line.trim().endsWith("$$"));
  const count = closesItself || more < 0 ? 1 : more + 2;
  const source = lines.splice(0, count).join("\n").trim();
  return el("div", {}, formula(source.replace(/^\$\$|\$\$$/g, ""), true));
}

/** @param {string[]} lines */
function table(lines) {
  const rows = takeWhile(lines, (line) => /^\s*\|.*\|\s*$/.test(line)).map(cells);
  const isHead = Boolean(rows[1]?.every((text) => /^:?-+:?$/.test(text)));
  const [head, body] = isHead ? [rows[0], rows.slice(2)] : [[], rows];
  /** @param {string[]} row @param {"td" | "th"} tag */
  const line = (row, tag) => el("tr", {}, ...row.map((text) => el(tag, {}, ...inline(text))));
  return el("table", {}, ...(isHead ? [line(head, "th")] : []), ...body.map((r) => line(r, "td")));
}

/** @param {string} line */
function cells(line) {
  const inner = line.trim().slice(1, -1);
  return inner.split(/(?<!\\)\|/).map((text) => text.trim().replaceAll("\\|", "|"));
}

/** @param {string[]} lines */
function quote(lines) {
  const quoted = takeWhile(lines, (line) => line.startsWith(">"));
  const text = quoted.map((line) => line.replace(/^>\s?/, "")).join("\n");
  return el("blockquote", {}, ...markdownNodes(text));
}

/** @param {string[]} lines */
function list(lines) {
  const tag = /^\s*\d/.test(lines[0]) ? "ol" : "ul";
  /** @type {string[]} */
  const items = [];
  for (const line of takeWhile(lines, (line) => LIST.test(line) || /^\s+\S/.test(line))) {
    const item = LIST.exec(line);
    if (item) items.push(item[3]);
    else items.push(`${items.pop()} ${line.trim()}`);
  }
  return el(tag, {}, ...items.map((item) => el("li", {}, ...inline(item))));
}

/** @param {string[]} lines */
function paragraph(lines) {
  const first = lines.shift();
  /** @param {string} line */
  const startsBlock = (line) => BLOCKS.some(([start]) => start.test(line));
  const rest = takeWhile(lines, (line) => line.trim() && !startsBlock(line));
  return el("p", {}, ...inline([first, ...rest].join(" ")));
}

/** @param {string[]} lines @param {(line: string) => unknown} wanted */
function takeWhile(lines, wanted) {
  const end = lines.findIndex((line) => !wanted(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

// Code first: nothing in it is markup.
const INLINE =
  /`([^`]+)`|\*\*(.+?)\*\*|\*([^*\s](?:[^*]*[^*\s])?)\*|(?<!\w)_([^_]+)_(?!\w)|\[([^\]]+)\]\(([^)\s]+)\)|(?<!\\)\$(?!\s)([^$]+?)(?<!\s)\$(?!\d)/g;

/**
 * @param {string} text
 * @returns {(Node|string)[]}
 */
function inline(text) {
  /** @type {(Node|string)[]} */
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong, star, underscore, label, target, math] = match;
    nodes.push(text.slice(end, match.index));
    if (code) nodes.push(el("code", {}, code));
    else if (strong) nodes.push(el("strong", {}, ...inline(strong)));
    else if (math) nodes.push(formula(math, false));
    else if (label) nodes.push(link(label, target));
    else nodes.push(el("em", {}, ...inline(star ?? underscore)));
    end = match.index + whole.length;
  }
  nodes.push(text.slice(end));
  return nodes;
}

/** @param {string} label @param {string} target */
function link(label, target) {
  // `javascript:` would run on this page's own origin.
  if (!/^https?:\/\//i.test(target)) return label;
  return el("a", { href: target, target: "_blank", rel: "noopener noreferrer" }, ...inline(label));
}
