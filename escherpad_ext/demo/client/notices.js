// Short notices at the lower edge of the page.

import { byId as $, el } from "./dom.js";

/** @param {unknown} error */
export function showError(error) {
  const { code, message } = /** @type {{code?: string, message: string}} */ (error);
  const isNotAllowed = code === "insufficient_scope"; // a box was unticked on the server's page
  notify(isNotAllowed ? "You did not allow that. Disconnect, and connect again." : message);
}

/**
 * Show a notice, with a button that undoes the action, if there is one.
 * @param {string} message
 * @param {() => void} [undo]
 */
export function notify(message, undo) {
  const close = () => notice.remove();
  const undoAndClose = () => (close(), undo?.());
  const notice = el(
    "div",
    { className: "notice", "data-testid": "notice" },
    el("p", {}, message),
    undo ? el("button", { type: "button", onclick: undoAndClose }, "Undo") : null,
    el("button", { type: "button", onclick: close, "aria-label": "Dismiss" }, "✕"),
  );
  $("notices").replaceChildren(notice);
  if (undo) setTimeout(close, 8000);
}
