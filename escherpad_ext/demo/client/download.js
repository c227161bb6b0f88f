// Copies of files, on the person's own computer.

import { el } from "./dom.js";

/**
 * Save a file where the browser puts downloads.
 * @param {string} name
 * @param {Pick<import("./jupyter.js").Contents, "format" | "content">} file
 */
export function download(name, file) {
  const href = URL.createObjectURL(new Blob([bytes(file)]));
  el("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000); // the browser may ask where to put it
}

/** @param {Pick<import("./jupyter.js").Contents, "format" | "content">} file */
function bytes({ format, content }) {
  if (format === "json") return `${JSON.stringify(content, null, 1)}\n`;
  if (format === "base64") return Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
  return content;
}
