// In which language the element speaks, and what it says there.

import { en } from "./en.js";

/**
 * By what they are for; those of errors and findings by their codes, such as "not_found".
 * @typedef {Record<import("./en.js").Key, string> & {[code: string]: string}} Texts
 */

/** Loaded when an element speaks it. @type {Map<string, () => Promise<Texts>>} */
const LANGUAGES = new Map([
  ["de", async () => (await import("./de.js")).de],
  ["es", async () => (await import("./es.js")).es],
  ["fr", async () => (await import("./fr.js")).fr],
  ["zh", async () => (await import("./zh.js")).zh],
]);
/** @type {Map<string, Texts>} */
const LOADED = new Map([["en", en]]);
const MAX_LENGTH = 500; // of what a server says

/** The nearest `lang`, also around a shadow tree, or the browser's. @param {Element} element */
export function languageOf(element) {
  /** @type {Element | null | undefined} */
  let near = element;
  while (near && !near.getAttribute("lang")) {
    const root = near.getRootNode();
    near = near.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
  }
  return near?.getAttribute("lang") || navigator.language;
}

/** What an element says in a language, and its own words. English, while another is loaded. */
export class Speech {
  /** @param {string} language @param {Partial<Texts>} own @param {() => void} loaded */
  constructor(language, own, loaded) {
    const [name] = language.toLowerCase().split("-");
    this.lang = LOADED.has(name) ? name : "en";
    this.#locale = this.lang === name ? language : "en";
    this.#texts = new Map(Object.entries(LOADED.get(this.lang) ?? en));
    for (const [key, text] of Object.entries(own))
      if (typeof text === "string") this.#texts.set(key, text);
    const load = LOADED.has(name) ? undefined : LANGUAGES.get(name);
    load?.().then(
      (texts) => (LOADED.set(name, texts), loaded()),
      () => {}, // English it is
    );
  }
  #locale;
  /** @type {Map<string, string>} */
  #texts;

  /** The text, if there is one. @param {string} key @param {Record<string, string>} [values] */
  find(key, values = {}) {
    return this.#texts.get(key)?.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  }

  /** @param {import("./en.js").Key} key @param {Record<string, string>} [values] */
  say = (key, values) => this.find(key, values) ?? key;

  /** A moment, in the words of the language. @param {Date} date */
  time(date) {
    const style = /** @type {const} */ ({ dateStyle: "medium", timeStyle: "short" });
    try {
      return date.toLocaleString(this.#locale, style);
    } catch {
      return date.toLocaleString(undefined, style); // no language has this name
    }
  }

  /**
   * What an error says: in this language, and what `diagnose` found, which is in English.
   * @param {import("../connect.js").ConnectError} error
   */
  explain({ code, message, finding }) {
    const found = finding?.severity === "error" ? finding : null;
    const cause = found && (this.find(found.code) ?? `${found.what} ${found.why}`);
    const own = this.find(code) ?? (cause ? "" : message);
    return cut(this.lang === "en" ? (cause ?? own) : `${own} ${cause ?? ""}`.trim());
  }
}

/** @param {string} text */
export const cut = (text) => (text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)} …` : text);
