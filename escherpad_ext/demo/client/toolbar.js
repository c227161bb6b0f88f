// The bar above the open file: its name, whether it is saved, its kernel, and what to know about it.

import { byId as $, el } from "./dom.js";

/** @typedef {import("./open-document.js").OpenDocument} OpenDocument */

const SAVE_STATES = {
  saved: "Saved",
  unsaved: "Unsaved changes",
  saving: "Saving…",
  failed: "Not saved",
};
/** Those that a person would not guess. @type {Record<string, string>} */
const KERNEL_STATES = {
  idle: "ready",
  dead: "died",
  reconnecting: "reconnecting…",
  starting: "starting…",
  connecting: "connecting…",
  restarting: "restarting…",
};
const RUNNING_ONLY = ["run-all", "interrupt"];
const CONNECTED_ONLY = ["save", "restart"];

/** @param {OpenDocument | null} open */
export function showDocument(open) {
  document.body.dataset.open = open?.kind ?? "other";
  $("document-name").textContent = open?.name ?? "";
  showSaveState(open);
  showKernel(open && "kernelStatus" in open ? open : null);
  for (const id of CONNECTED_ONLY) button(id).disabled = !open?.server;
  for (const id of RUNNING_ONLY) button(id).disabled = !(open && "canRun" in open && open.canRun);
}

/** @param {OpenDocument | null} open */
function showSaveState(open) {
  const isFile = open && open.kind !== "other";
  setText($("save-state"), isFile ? SAVE_STATES[open.saveState] : "");
  $("save-state").dataset.state = open?.saveState ?? "";
}

/** @param {(OpenDocument & {kernelStatus?: any}) | null} open */
function showKernel(open) {
  const status = open?.server ? open.kernelStatus : "";
  $("kernel-status").hidden = !status;
  $("kernel-status").dataset.status = status;
  setText($("kernel-status-text"), KERNEL_STATES[status] ?? status);
}

/**
 * What happened to the file or its kernel, and the button that helps.
 * @param {import("./open-document.js").News | null} news
 * @param {(action: () => unknown) => void} run
 */
export function showNews(news, run) {
  const bar = $("news");
  bar.hidden = !news;
  // A screen reader would read it again.
  if (bar.dataset.text === (news?.text ?? "")) return;
  bar.dataset.text = news?.text ?? "";
  const act = () => news?.act && run(news.act);
  const properties = { type: "button", onclick: act, "data-testid": "news-act" };
  const dismiss = { type: "button", onclick: news?.dismiss, "data-testid": "news-dismiss" };
  const hadFocus = bar.contains(document.activeElement);
  bar.replaceChildren(
    el("p", {}, news?.text ?? ""),
    news?.button ? el("button", properties, news.button) : "",
    news?.dismiss ? el("button", dismiss, "Dismiss") : "",
  );
  /** @type {HTMLElement | null} */
  const cell = $("document").querySelector('.cell[tabindex="0"]');
  if (hadFocus) cell?.focus(); // or the keyboard would begin at the top of the page
}

/**
 * Each is called when its button is pressed.
 * @param {Record<string, () => void>} commands
 */
export function onCommands(commands) {
  for (const [id, command] of Object.entries(commands)) $(id).addEventListener("click", command);
}

/** @param {string} id */
function button(id) {
  return /** @type {HTMLButtonElement} */ ($(id));
}

/** A screen reader reads a text that is set again. @param {Element} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
