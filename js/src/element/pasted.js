// Addresses as people paste them. A token in one never gets into the page.

import { readAddress } from "../address.js";

/** The text without a token, whatever it is. @param {string} text */
export function withoutToken(text) {
  const hadToken = /[?&#]token=/i.test(text);
  if (!hadToken) return { text, hadToken };
  return { text: readAddress(text)?.server ?? text.replace(/[?#].*/s, ""), hadToken };
}

/**
 * Take a token away before it is in the field, or "undo" would bring it back.
 * @param {HTMLInputElement} field @param {() => void} dropped
 */
export function dropTokens(field, dropped) {
  /** @param {Event} event @param {DataTransfer | null} data */
  const look = (event, data) => {
    const { text, hadToken } = withoutToken(data?.getData("text") ?? "");
    if (!hadToken) return;
    event.preventDefault();
    field.value = text;
    dropped();
  };
  field.addEventListener("paste", (event) => look(event, event.clipboardData));
  field.addEventListener("drop", (event) => look(event, event.dataTransfer));
}
