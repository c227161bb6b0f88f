// Why there is no connection: a code for the page, a sentence for people, and the fix.

/** @typedef {import("./probe.js").Finding} Finding */

/** For each code of this library, what it says. */
const SENTENCES = {
  access_denied: "Access was denied on the server's page.",
  app_origin:
    "This page is of an app or a browser extension, so it needs a token. Its owner makes one with: jupyter escherpad token create",
  blocked_frame:
    "The browser blocked the popup, and the server's page does not open in a frame. Open this page in a tab of its own.",
  closed: "Connecting was canceled.",
  insecure_page: "This page is not on https or localhost. Browsers connect only such secure pages.",
  invalid_server: "This is not the address of a server. Enter one such as http://localhost:8888",
  no_page:
    "A worker cannot open the server's page. Connect in a page, and give its token to the worker.",
  not_found: "There is no escherpad-ext at this address.",
  null_origin:
    "This page has no origin: it is a file, or in a sandboxed frame. No server can allow it.",
  unexpected: "The server's answer cannot be used.",
  unreachable: "The server does not answer, or this page cannot reach it.",
  wrong_issuer: "The server calls itself by another address.",
};

/** Codes of the server (RFC 6749, 4.1.2.1 and 5.2; RFC 6750, 3.1; RFC 7009, 2.2.1). */
const OF_SERVERS = /** @type {const} */ ([
  "invalid_client",
  "invalid_grant",
  "invalid_request",
  "invalid_scope",
  "invalid_token",
  "server_error",
  "temporarily_unavailable",
  "unauthorized_client",
  "unsupported_grant_type",
  "unsupported_response_type",
  "unsupported_token_type",
]);

/** @typedef {keyof typeof SENTENCES | typeof OF_SERVERS[number]} ConnectErrorCode */

/** Why there is no connection. `message` is for people, `code` for the page. */
export class ConnectError extends Error {
  name = "ConnectError";
  /**
   * The first finding of `diagnose`, with the fix, if the code has many causes.
   * @type {Finding | null}
   */
  finding = null;
  /** Why the server refused a token, such as "revoked". @type {string} */
  reason = "";

  /** @param {ConnectErrorCode} code @param {string} [message] @param {ErrorOptions} [options] */
  constructor(code, message = sentence(code), options) {
    super(message, options);
    this.code = code;
  }
}

/** @param {ConnectErrorCode} code */
function sentence(code) {
  return code in SENTENCES
    ? SENTENCES[/** @type {keyof typeof SENTENCES} */ (code)]
    : `The server refused: ${code}.`;
}

/** An error that the server answered. @param {string} code @param {string} [description] @param {string} [reason] */
export function refusal(code, description, reason = "") {
  const known = code === "access_denied" ? code : OF_SERVERS.find((name) => name === code);
  return Object.assign(new ConnectError(known ?? "unexpected", description), { reason });
}
