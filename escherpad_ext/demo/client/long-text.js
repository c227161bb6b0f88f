// Text in a box that scrolls, however long it is and however fast it comes.

import { el, oncePerFrame } from "./dom.js";
import { ansiNodes, appendText, plainStyle } from "./text.js";

// So many characters are in the page at once, unless somebody wants to see all of it.
const SHOWN = 30_000;
const LONGEST_LINE = 10_000;
const BLOCK = 5_000;

/** What a program prints. */
export class LongText {
  /** @type {string[]} */
  #lines = []; // complete ones, many in an item
  #last = ""; // the line that is not complete: a "\r" may go back to its start
  #fresh = ""; // complete, and not yet in the page
  #style = plainStyle();
  #isWhole = false;
  #isAtEnd = false;
  #shown = 0; // characters of complete lines
  #total = 0;
  #later;

  /**
   * @param {string} text at first
   * @param {Record<string, string>} properties of the box, as for `el`
   * @param {{follow?: boolean}} options whether the box shows the end, while more comes
   */
  constructor(text, properties = {}, { follow = false } = {}) {
    this.#isAtEnd = follow;
    this.lastLine = el("span");
    this.content = el("div", {}, this.lastLine);
    const role = { role: "group", "aria-label": "Output" };
    this.box = el("div", { className: "long-box", ...role, ...properties }, this.content);
    this.button = el("button", { type: "button", onclick: () => this.#toggle() });
    this.button.dataset.testid = "show-all";
    this.button.hidden = true;
    this.element = el("div", { className: "long-text" }, this.box, this.button);
    // More text may come before the event of a scroll: that alone does not say that somebody left.
    for (const type of ["wheel", "keydown", "pointerdown", "touchmove"])
      this.box.addEventListener(type, () => (this.#isAtEnd = false), { passive: true });
    this.box.addEventListener("scroll", () => (this.#isAtEnd ||= isAtEnd(this.box)));
    new ResizeObserver(() => this.#fit()).observe(this.content);
    this.#later = oncePerFrame(() => this.#render());
    this.#take(text);
    this.#render();
  }

  /** All of it. */
  toString() {
    this.#lines = [this.#lines.join("")];
    return this.#lines[0] + this.#last;
  }

  /** Add text; the box goes with it, unless the person has scrolled. @param {string} text */
  append(text) {
    this.#take(text);
    this.#later();
  }

  /** @param {string} text */
  #take(text) {
    const line = appendText(this.#last, text);
    const end = line.length > LONGEST_LINE ? line.length : line.lastIndexOf("\n") + 1;
    this.#last = line.slice(end);
    if (!end) return;
    this.#lines.push(line.slice(0, end));
    this.#fresh += line.slice(0, end);
    this.#total += end;
  }

  #render() {
    const fresh = this.#isWhole ? this.#fresh : this.#fresh.slice(-SHOWN);
    this.#fresh = "";
    for (const block of blocks(fresh)) {
      this.lastLine.before(el("div", { className: "block" }, ...ansiNodes(block, this.#style)));
      this.#shown += block.length;
    }
    this.lastLine.replaceChildren(...ansiNodes(this.#last, { ...this.#style }));
    if (!this.#isWhole) this.#trim();
  }

  /** Leave the end of it in the page. */
  #trim() {
    const { content, lastLine } = this;
    while (this.#shown > SHOWN && content.firstChild && content.firstChild !== lastLine) {
      this.#shown -= content.firstChild.textContent?.length ?? 0;
      content.firstChild.remove();
    }
  }

  /** Is there more than the box has room for? */
  #fit() {
    const { box, content, button } = this;
    const isLong = this.#isWhole || this.#isCut || content.offsetHeight > box.clientHeight + 1;
    button.hidden = !isLong;
    button.textContent = !isLong ? "" : this.#isWhole ? "Show less" : "Show all";
    if (isLong) box.tabIndex = 0; // a keyboard can scroll it
    if (this.#isAtEnd) box.scrollTop = box.scrollHeight;
  }

  get #isCut() {
    return this.#total > this.#shown;
  }

  #toggle() {
    this.#isWhole = !this.#isWhole;
    this.element.classList.toggle("whole", this.#isWhole);
    this.#style = plainStyle();
    this.#shown = 0;
    this.content.replaceChildren(this.lastLine);
    this.#lines = [this.#lines.join("")];
    this.#fresh = this.#lines[0];
    this.#render();
    this.#fit();
  }
}

/** @param {Element} box */
function isAtEnd({ scrollTop, clientHeight, scrollHeight }) {
  return scrollTop + clientHeight >= scrollHeight - 8;
}

/**
 * Pieces that end with a line. The browser lays out those that are in view.
 * @param {string} text
 */
function* blocks(text) {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf("\n", start + BLOCK) + 1 || text.length;
    yield text.slice(start, end);
    start = end;
  }
}
