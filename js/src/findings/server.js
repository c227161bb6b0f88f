// What answers is a Jupyter server, and its extension, its settings or the token is wrong.

import { check, connect, inConfig, lines, newToken, proxy, publicUrl, RESTART } from "./fixes.js";

/** @type {Record<string, [string, (about: import("./fixes.js").About) => string]>} */
export const SERVER = {
  extension_missing: [
    "The Jupyter server runs without escherpad-ext.",
    () =>
      lines(
        "# in the Python environment of the server",
        "pip install escherpad-ext",
        "jupyter server extension enable escherpad_ext",
        `# ${RESTART}`,
      ),
  ],
  settings_invalid: [
    "A setting of the server is wrong. All other origins are refused until it is fixed.",
    (about) => lines("# on the server's machine; this says what to write", check(about)),
  ],
  host_refused: [
    "The server refuses the Host header of the requests.",
    ({ address, server }) =>
      inConfig(
        `c.ServerApp.local_hostnames = ["localhost", "${address}"]`,
        `c.EscherpadExt.public_url = "${server}"`,
      ),
  ],
  public_url_missing: [
    "The server is behind a proxy and does not know its own address.",
    publicUrl,
  ],
  public_url_wrong: ["The server's public_url is not this address.", publicUrl],
  insecure_origin: [
    "The page was loaded over http from another machine, and such origins are not allowed.",
    ({ page }) =>
      inConfig(
        `c.EscherpadExt.allowed_origins = ["${page}"]`,
        "c.EscherpadExt.dangerously_allow_insecure_origins = True",
      ),
  ],
  origin_not_listed: [
    "The server does not allow this origin.",
    (about) =>
      about.mayAsk
        ? lines(
            connect(about),
            "// if it is refused even so: on the server's machine, this says why",
            check(about),
          )
        : lines(
            "# on the server's machine",
            `jupyter escherpad allow ${about.page}`,
            `# ${RESTART}`,
          ),
  ],
  connect_off: [
    "Sites cannot ask for access: connecting is switched off.",
    () => inConfig('c.EscherpadExt.connect = "ask"'),
  ],
  preflight_intercepted: [
    "A proxy answers preflight requests instead of the server.",
    proxy("pass on OPTIONS requests, as all others, and add no CORS headers"),
  ],
  errors_replaced: [
    "A proxy replaces the server's error responses with its own pages.",
    proxy("pass on the server's error responses, and no pages of its own instead"),
  ],
  cors_twice: [
    "CORS headers are added twice, by the server and by a proxy.",
    proxy(
      "pass on Origin, and neither add nor remove headers that begin with Access-Control-; the server adds them",
    ),
  ],
  authentication_off: [
    "Authentication is switched off on the server, so no token can be valid.",
    () =>
      inConfig(
        "# remove every empty token, also from the command line",
        "import secrets",
        "c.IdentityProvider.token = secrets.token_urlsafe(32)",
      ),
  ],
  authorization_stripped: [
    "A proxy removes the Authorization header from requests.",
    proxy("pass on the header Authorization"),
  ],
  sockets_blocked: [
    "HTTP requests reach the server, but WebSockets do not.",
    proxy("pass on WebSocket handshakes: by HTTP/1.1, with the headers Upgrade and Connection"),
  ],
  no_token: ["No token was sent.", newToken],
  unknown_token: ["The server does not accept the token.", newToken],
  expired: ["The token has expired.", newToken],
  revoked: ["The owner has revoked the token.", newToken],
  not_yet_valid: ["The token is not valid yet, because a clock is wrong.", newToken],
  wrong_origin: ["The token is valid only for another origin.", newToken],
  wrong_server: ["The token is valid only for another server of the same owner.", newToken],
  registry_unavailable: [
    "The server cannot check grant tokens.",
    () =>
      lines("# on the server's machine; this says what is wrong", "jupyter escherpad token list"),
  ],
  scope_missing: ["The token does not have all scopes that the site needs.", newToken],
};
