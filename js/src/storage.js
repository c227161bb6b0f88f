// What this tab keeps: not after it is closed. And what the browser profile keeps, with no token in it.

export const NAME = "escherpad-ext:";

/** @param {string} key @param {object | null} [value] */
export const tab = (key, value) => kept(() => sessionStorage, key, value);

/** @param {string} key @param {object | null} [value] */
export const profile = (key, value) => kept(() => localStorage, key, value);

/** @param {() => Storage} storage @param {string} key @param {object | null} [value] */
function kept(storage, key, value) {
  try {
    if (value !== undefined) storage().setItem(NAME + key, JSON.stringify(value));
    return JSON.parse(storage().getItem(NAME + key) ?? "null");
  } catch {
    return value; // storage is off
  }
}
