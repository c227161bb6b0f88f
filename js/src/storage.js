// What this tab keeps: not other tabs, and not after it is closed.

export const NAME = "escherpad-ext:";

/** @param {string} key @param {object | null} [value] */
export function tab(key, value) {
  try {
    if (value !== undefined) sessionStorage.setItem(NAME + key, JSON.stringify(value));
    return JSON.parse(sessionStorage.getItem(NAME + key) ?? "null");
  } catch {
    return value; // storage is off
  }
}
