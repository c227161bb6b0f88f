// LaTeX formulas as MathML, which browsers show and screen readers read.

import { el } from "./dom.js";

/** Formulas are not trusted: of them, Temml makes no links, classes or styles. */
export const UNTRUSTED = { trust: false, throwOnError: true, strict: false };

const MATHML = "http://www.w3.org/1998/Math/MathML";
const FORMULA =
  /\$\$([^]+?)\$\$|\\\[([^]+?)\\\]|(?<!\\)\$(?!\s)([^$]+?)(?<!\s)\$(?!\d)|\\\(([^]+?)\\\)|(\\begin\{(\w+\*?)\}[^]+?\\end\{\6\})/g;
const ELEMENTS = new Set(
  (
    "math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot " +
    "mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none"
  ).split(" "),
);
const ATTRIBUTES = new Set(
  (
    "accent accentunder columnalign columnlines columnspacing columnspan depth display " +
    "displaystyle fence form height largeop linethickness lspace maxsize minsize movablelimits " +
    "notation rowlines rowspacing rowspan rspace scriptlevel separator stretchy symmetric " +
    "voffset width"
  ).split(" "),
);
const STYLES =
  /^(?:padding|border|margin)(?:Left|Right|Top|Bottom)?$|^(?:color|mathDepth|textAlign|verticalAlign|width)$/;
const CLASSES = /^(?:tml-[\w-]+|upstrike|downstrike|sout|mathscr|mathcal)$/;

/**
 * What Temml makes of a formula: elements without a DOM. Text has `text` only, a fragment has no
 * `type`.
 * @typedef {{text?: string, type?: string, attributes?: Record<string, string>,
 *   classes?: string[], style?: Record<string, string>, children?: Tree[]}} Tree
 * @typedef {{__renderToMathMLTree: (source: string, options: object) => Tree}} Temml
 */

/** @type {Promise<Temml> | null} */
let loading = null;

/**
 * A formula. Its source is shown until it is read, and if it cannot be read.
 * @param {string} source
 * @param {boolean} isBlock
 */
export function formula(source, isBlock) {
  const element = el("span", { className: isBlock ? "math block" : "math" }, source);
  show(element, source, isBlock).catch((error) => (element.title = String(error.message)));
  return element;
}

/**
 * Text with formulas in it, as kernels send it.
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function latexNodes(text) {
  /** @type {(Node | string)[]} */
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(FORMULA)) {
    const [whole, dollars, brackets, dollar, parentheses, environment] = match;
    const isBlock = dollar === undefined && parentheses === undefined;
    const source = dollars ?? brackets ?? dollar ?? parentheses ?? environment;
    nodes.push(text.slice(end, match.index), formula(source, isBlock));
    end = match.index + whole.length;
  }
  return [...nodes, text.slice(end)];
}

/** @param {HTMLElement} element @param {string} source @param {boolean} isBlock */
async function show(element, source, isBlock) {
  const temml = await (loading ??= load());
  const options = { displayMode: isBlock, ...UNTRUSTED };
  element.replaceChildren(build(temml.__renderToMathMLTree(source, options)));
}

/** @returns {Promise<Temml>} */
function load() {
  return new Promise((resolve, reject) => {
    const script = el("script", { src: "temml.min.js" });
    script.addEventListener("load", () => resolve(Reflect.get(globalThis, "temml")));
    script.addEventListener("error", () => reject(new Error("The library does not load.")));
    document.head.append(script);
  });
}

/**
 * Whatever the library makes of a formula, the page takes only what formulas consist of.
 * @param {Tree} tree
 * @returns {Node}
 */
function build({ text, type = "mrow", attributes = {}, classes = [], style = {}, children = [] }) {
  if (text !== undefined) return document.createTextNode(text);
  const name = ELEMENTS.has(type) ? type : "mrow";
  const element = /** @type {MathMLElement} */ (document.createElementNS(MATHML, name));
  for (const [key, value] of Object.entries(attributes))
    if (ATTRIBUTES.has(key)) element.setAttribute(key, value);
  for (const [key, value] of Object.entries(style))
    if (STYLES.test(key)) Object.assign(element.style, { [key]: value });
  const known = classes.filter((each) => CLASSES.test(each));
  if (known.length) element.setAttribute("class", known.join(" "));
  element.append(...children.map(build));
  return element;
}
