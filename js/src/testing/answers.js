// Answers as a server gives them.

/** @param {unknown} body @param {number} [status] */
export const json = (body, status = 200) =>
  new Response(status === 204 ? null : JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/json" },
  });

/** A refusal of the extension. @param {number} status @param {string} error @param {string} reason @param {object} [more] */
export const refusal = (status, error, reason, more) =>
  json({ error, reason, message: `The fake server refused: ${reason}.`, ...more }, status);

/** An error of the OAuth endpoints. @param {string} error @param {string} [error_description] */
export const oauthError = (error, error_description) => json({ error, error_description }, 400);

export const missing = (what = "Nothing") =>
  json({ message: `${what} is not there`, reason: null }, 404);

/** What browsers say where a page cannot reach a server, or cannot read its answer. */
export const unreadable = () => new TypeError("Failed to fetch");
