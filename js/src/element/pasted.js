// Addresses as people paste them. A token in one never gets into the page.

import { QUERY, readAddress } from "../address.js";

/**
 * The text without what no address of a server needs: names and passwords, and what follows the
 * path, whether it looks like a token or not.
 * @param {string} text
 */
export function withoutSecrets(text) {
  const hadToken = readAddress(text)?.hadToken ?? /[?&#]token=/i.test(text);
  if (!QUERY.test(text) && !text.includes("@")) return { text, hadToken };
  const rest = text.replace(QUERY, "").replace(/^(\w+:\/\/)?[^/]*@/, "$1");
  return { text: readAddress(text)?.server ?? rest, hadToken };
}

/**
 * Take a token away before it is in the field, or "undo" would bring it back.
 * @param {HTMLInputElement} field @param {() => void} dropped
 */
export function dropTokens(field, dropped) {
  /** @param {Event} event @param {DataTransfer | null} data */
  const look = (event, data) => {
    const pasted = data?.getData("text") ?? "";
    const { text, hadToken } = withoutSecrets(pasted);
    if (text === pasted) return;
    event.preventDefault();
    field.value = text;
    if (hadToken) dropped();
  };
  field.addEventListener("paste", (event) => look(event, event.clipboardData));
  field.addEventListener("drop", (event) => look(event, event.dataTransfer));
}
