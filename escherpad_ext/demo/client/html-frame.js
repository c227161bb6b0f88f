// The frame for HTML that a cell made. output.html is what runs in it.

import { el } from "./dom.js";

/**
 * HTML in a notebook is not trusted: it gets a separate document with an opaque origin, where it
 * can reach neither this page nor the token (HTML, "sandbox"; output.html).
 * @param {string} html
 */
export function htmlFrame(html) {
  const frame = el("iframe", { src: "output.html", title: "HTML output", height: 40 });
  frame.setAttribute("sandbox", "allow-scripts");
  frameContents.set(frame, html);
  return frame;
}

/** @type {WeakMap<HTMLIFrameElement, string>} */
const frameContents = new WeakMap();

window.addEventListener("message", ({ source, data }) => {
  const frames = [...document.querySelectorAll("iframe")];
  const frame = frames.find(({ contentWindow }) => contentWindow === source);
  if (!frame) return;
  // "*": an opaque origin has no name. We send only what the frame shows.
  if (data === "ready") frame.contentWindow?.postMessage(frameContents.get(frame), "*");
  else if (Number.isFinite(data)) frame.height = String(Math.min(Math.max(data, 20), 2000));
});
