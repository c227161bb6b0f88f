// The window in which a server asks the person.

import { TOKEN_DROPPED } from "./address.js";

/** Null if the browser blocks it. @param {import("./address.js").Address} address */
export function openPopup({ server, hadToken }) {
  const popup = opened();
  if (!popup) return null;
  popup.opener = null; // the server must not reach this page
  popup.document.title = "Jupyter";
  popup.document.documentElement.lang = "en";
  popup.document.body.textContent = `Looking for ${server} … ${hadToken ? TOKEN_DROPPED : ""}`;
  return popup;
}

function opened() {
  // On the left, browsers ask about the local network.
  const left = screenX + outerWidth / 2 - 270;
  const features = `popup,width=540,height=760,left=${left},top=${screenY}`;
  try {
    return window.open("", "_blank", features);
  } catch {
    return null; // Firefox, in a sandboxed frame
  }
}
