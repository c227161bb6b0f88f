// Keeps the list of connected apps up to date, in place: the focus, a selection and what was typed stay.
import { inWords } from "./page.js";

const ASK_MILLISECONDS = 2000;
/** How often "2 minutes ago" is counted again. */
const COUNT_MILLISECONDS = 60_000;
const NOTHING_NEW = 204;

const live = /** @type {HTMLElement} */ (document.getElementById("live"));
let ended = false;
live.closest("form")?.addEventListener("submit", () => (ended = true));
addEventListener("pagehide", () => (ended = true));
setInterval(() => showTimes(live), COUNT_MILLISECONDS);
later();

function later() {
  setTimeout(() => void refresh().finally(later), ASK_MILLISECONDS);
}

/** Ask the server, while somebody looks. What it does not answer is asked again later. */
async function refresh() {
  if (ended || document.hidden) return;
  const { source, seen } = live.dataset;
  const answer = await fetch(`${source}?seen=${seen}`, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok || answer.status === NOTHING_NEW) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("live");
  if (!fresh || ended) return;
  const hadFocus = live.contains(document.activeElement);
  update(live, fresh);
  if (hadFocus && !live.contains(document.activeElement)) goToHeading();
}

/** What had the focus is gone: go on from the top, and not from outside of the page. */
function goToHeading() {
  const heading = document.querySelector("h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
}

/**
 * Make an element like a new one, with as few changes as possible.
 * @param {Element} old @param {Element} fresh
 */
function update(old, fresh) {
  const isSameTime = old.getAttribute("datetime") === fresh.getAttribute("datetime");
  for (const { name } of [...old.attributes])
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old instanceof HTMLTimeElement) {
    if (!isSameTime) showTime(old);
    return;
  }
  updateChildren(old, [...fresh.childNodes]);
}

/** @param {Element} old @param {ChildNode[]} fresh */
function updateChildren(old, fresh) {
  /** @type {ChildNode | null} */
  let next = old.firstChild;
  const names = fresh.map(nameOf);
  for (const [index, node] of fresh.entries()) {
    const match = find(next, names[index], names.slice(index + 1));
    // Those in between are gone.
    while (match && next && next !== match) next = remove(next);
    if (match) {
      if (match instanceof Element) update(match, /** @type {Element} */ (node));
      else if (match.nodeValue !== node.nodeValue) match.nodeValue = node.nodeValue;
      next = match.nextSibling;
    } else {
      const added = document.importNode(node, true);
      old.insertBefore(added, next);
      if (added instanceof Element) showTimes(added);
    }
  }
  while (next) next = remove(next);
}

/**
 * Return the node of a name, here or later among its siblings. Elements that come later are not passed by.
 * @param {ChildNode | null} node @param {string} name @param {string[]} later
 */
function find(node, name, later) {
  while (node && nameOf(node) !== name) {
    if (node instanceof Element && later.includes(nameOf(node))) return null;
    node = node.nextSibling;
  }
  return node;
}

/** @param {ChildNode} node */
function nameOf(node) {
  if (!(node instanceof Element)) return node.nodeName;
  const [key, name, value] = ["data-key", "name", "value"].map((each) => node.getAttribute(each));
  const label = node.getAttribute("aria-labelledby");
  return [node.nodeName, key, name, value, label].join(" ");
}

/** @param {ChildNode} node */
function remove(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

/** @param {Element} element */
function showTimes(element) {
  const times = /** @type {NodeListOf<HTMLTimeElement>} */ (element.querySelectorAll("time"));
  for (const time of times) showTime(time);
}

/** @param {HTMLTimeElement} time */
function showTime(time) {
  const words = inWords(new Date(time.dateTime));
  // What somebody selected stays selected.
  if (time.textContent !== words) time.textContent = words;
}
