// What the attributes of an element ask for.

/** What tells the elements of a page apart. @param {HTMLElement} element */
export const nameOf = (element) => element.id || (element.getAttribute("server") ?? "");

/**
 * @param {HTMLElement} element
 * @returns {{scope?: string, folder?: string, mode: "page" | "popup"}}
 */
export function askedBy(element) {
  const read = (/** @type {string} */ name) => element.getAttribute(name) ?? undefined;
  const mode = read("mode") === "page" ? "page" : "popup";
  return { scope: read("scope"), folder: read("folder"), mode };
}
