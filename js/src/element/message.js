// What the element says last, in words that follow its language.

/**
 * @typedef {import("./texts.js").Speech} Speech
 * @typedef {import("./en.js").Key} Key
 * @typedef {{says: (speech: Speech) => string, isError?: boolean, fix?: string}} Said
 */

/** @type {Said} */
export const NOTHING = { says: () => "" };

/** @param {...Key} keys @returns {Said} */
export const words = (...keys) => ({ says: ({ say }) => keys.map((key) => say(key)).join(" ") });

/** @param {...Key} keys @returns {Said} */
export const problem = (...keys) => ({ ...words(...keys), isError: true });

/** An error, and what to do about it. @param {import("../connect.js").ConnectError} error @returns {Said} */
export function failure(error) {
  const fix = error.finding?.severity === "error" ? error.finding.fix : "";
  return { says: (speech) => speech.explain(error), isError: true, fix };
}

/**
 * What became of a connection.
 * @param {string} type @param {import("../connect.js").Connection} connection @returns {Said}
 */
export function change(type, { ended, expiresAt }) {
  const key = (type === "ended" && ended) || type;
  return {
    says: (speech) => speech.find(key, { time: speech.time(expiresAt) }) ?? "",
    isError: type === "lost" || (type === "ended" && ended !== "disconnected"),
  };
}

/** @param {import("./view.js").View} view @param {Said} said @param {Speech} speech */
export function showMessage({ message, fix, commands }, said, speech) {
  const text = said.says(speech);
  message.classList.toggle("error", Boolean(said.isError));
  if (message.textContent !== text) message.textContent = text; // or it is read again
  fix.hidden = !said.fix;
  commands.textContent = said.fix ?? "";
}

/**
 * Whether it could be copied. If the browser does not let the page, it is selected.
 * @param {import("./view.js").View} view
 */
export async function copyFix({ commands }) {
  try {
    await navigator.clipboard.writeText(commands.textContent ?? "");
    return true;
  } catch {
    getSelection()?.selectAllChildren(commands);
    return false;
  }
}
