// What the attributes of an element ask for.

/**
 * @param {HTMLElement} element
 * @returns {{scope?: string, folder?: string, mode: "page" | "popup"}}
 */
export function askedBy(element) {
  const read = (/** @type {string} */ name) => element.getAttribute(name) ?? undefined;
  const mode = read("mode") === "page" ? "page" : "popup";
  return { scope: read("scope"), folder: read("folder"), mode };
}
