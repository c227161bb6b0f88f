// What `diagnose` can find, with the codes and texts of `jupyter escherpad check`, and the fixes.

/**
 * The `server` that was asked (and its `url`), the `page` that asked, the `address` to use instead;
 * `mayAsk` if sites can connect, and the bundles that this one `needs`.
 * @typedef {{server: string, url: URL, page: string, address?: string, mayAsk?: boolean,
 *   needs?: string}} About
 */

/** @param {string[]} all */
const lines = (...all) => all.join("\n");

const RESTART = "then restart the server";

/** @param {string[]} code */
const inConfig = (...code) => lines(`# in jupyter_server_config.py, ${RESTART}`, ...code);

/** @param {About} about */
const check = ({ page, server }) => `jupyter escherpad check ${page} --server ${server}`;

/**
 * What a proxy has to do. Which one it is, only the command can see.
 * @param {string} words
 */
const proxy =
  (words) =>
  /** @param {About} about */
  (about) =>
    lines(`# let the proxy ${words}; this says how to write it`, check(about));

/** @param {About} about */
const enterOther = ({ address }) => lines("# enter this address on the page", String(address));

/** @param {About} about */
const publicUrl = ({ server }) => inConfig(`c.EscherpadExt.public_url = "${server}"`);

/** @param {About} about */
const connect = ({ server, needs = "run" }) =>
  lines("// in a click", `await connect({ server: "${server}", scope: "${needs}" })`);

/** @param {About} about */
const newToken = (about) => {
  const { page, mayAsk, needs = "run" } = about;
  if (mayAsk) return connect(about);
  return lines(
    "# on the server's machine",
    `jupyter escherpad token create --origin ${page} --scope ${needs.replaceAll(" ", " --scope ")}`,
    "# then enter the printed token on the page",
  );
};

/**
 * The request headers with which a client says to a tunnel that no person has to be warned.
 * @type {[string, RegExp][]}
 */
const SKIP_WARNING = [
  ["ngrok-skip-browser-warning", /\.ngrok(-free)?\.(io|app|dev)$/],
  ["bypass-tunnel-reminder", /\.loca\.lt$/],
  ["X-Tunnel-Skip-AntiPhishing-Page", /\.(devtunnels\.ms|github\.dev)$/],
];

/**
 * The headers that switch off the warning of a tunnel; all of them for an unknown one.
 * @param {string} hostname @returns {Record<string, string>}
 */
export function skipHeaders(hostname) {
  const known = SKIP_WARNING.filter(([, hosts]) => hosts.test(hostname));
  return Object.fromEntries((known[0] ? known : SKIP_WARNING).map(([name]) => [name, "1"]));
}

/** @type {Record<string, [string, (about: About) => string]>} */
export const FINDINGS = {
  null_origin: [
    'The origin "null" can never be allowed.',
    () =>
      lines(
        "# run this in the folder of the page; its origin is then http://localhost:8000",
        "python -m http.server --bind 127.0.0.1 8000",
      ),
  ],
  insecure_page: [
    "The page is not on https or localhost. Browsers allow this only for such secure pages.",
    ({ page }) => lines("# open the page by https", page.replace("http:", "https:")),
  ],
  mixed_content: [
    "A page on https cannot call a server on http, unless the server is on the same machine.",
    ({ url: { port, hostname, pathname } }) => {
      const here = `localhost:${port || 80}`;
      return lines(
        `# on the machine with the browser; then enter http://${here}${pathname} on the page`,
        `ssh -N -L ${port || 80}:${here} ${hostname}`,
      );
    },
  ],
  blocked_by_page: [
    "The page's own Content-Security-Policy blocks requests to this address.",
    ({ url: { origin } }) =>
      lines(
        "# append to connect-src in the page's Content-Security-Policy, in place of 'none'",
        "# without connect-src: add it, and copy the sources of default-src to it first",
        `${origin} ${origin.replace("http", "ws")}`,
      ),
  ],
  local_network_denied: [
    "The browser denies this page access to the local network.",
    ({ page }) =>
      self === top
        ? "# click the symbol at the left of the page's address, allow the local network, reload"
        : lines(
            "# in the page that frames this one",
            `<iframe src="${page}" allow="loopback-network; local-network"></iframe>`,
          ),
  ],
  local_network_not_asked: [
    "This page does not have the browser's permission to access the local network yet.",
    () =>
      lines(
        "# connect again, and answer Allow where the browser asks; if it does not ask, run this",
        "jupyter lab",
      ),
  ],
  nothing_listens: [
    "Nothing answers at this address.",
    () => lines("# start a server and enter the address that it prints", "jupyter lab"),
  ],
  wrong_scheme: [
    "The address says http, but the server speaks https, or the other way round.",
    enterOther,
  ],
  certificate_untrusted: [
    "The server's certificate is not trusted.",
    ({ url: { href, hostname } }) =>
      lines(
        `# open ${href} in a tab: there the browser says what is wrong. On your own machine`,
        "# (https://github.com/FiloSottile/mkcert), then start the server with these files:",
        "mkcert -install",
        `mkcert -cert-file jupyter.pem -key-file jupyter-key.pem ${hostname}`,
      ),
  ],
  no_answer: [
    "Something at this address accepts connections but does not answer.",
    () =>
      lines(
        "# check whether the server is busy, or enter another address that this prints",
        "jupyter server list",
      ),
  ],
  tunnel_login: [
    "A tunnel asks for its own login before anything reaches the server.",
    ({ url: { hostname } }) =>
      lines(
        "# everybody can then reach the port, so Jupyter itself must ask for a token or password",
        hostname.endsWith(".github.dev")
          ? "gh codespace ports visibility 8888:public"
          : "devtunnel host -p 8888 --allow-anonymous",
      ),
  ],
  hub_address: [
    "This is the address of a JupyterHub, not of a Jupyter server on it.",
    ({ url: { origin } }) =>
      lines(
        "# enter the address of your server, as it is in the browser while you work",
        `${origin}/user/NAME/`,
      ),
  ],
  server_not_running: [
    "This server of the JupyterHub is not running.",
    ({ address }) =>
      lines(
        "# open this address to start it, and connect again",
        String(address).replace(/\/user\/(.*?)\/*$/, "/hub/spawn/$1"),
      ),
  ],
  wrong_base_url: ["The Jupyter server is at a different path.", enterOther],
  not_jupyter: [
    "What answers at this address is not a Jupyter server.",
    (about) =>
      lines(
        "# enter an address that this prints",
        "jupyter server list",
        "# if the address is right, this says what answers there instead",
        check(about),
      ),
  ],
  gateway_itself: [
    "This is a Kernel Gateway or an Enterprise Gateway, which is not a Jupyter server.",
    ({ url: { origin } }) =>
      lines(
        "# start a Jupyter server in front of it, and enter the address that it prints",
        `jupyter lab --gateway-url=${origin}`,
      ),
  ],
  browser_answered_differently: [
    "Something in front of the server answers browsers with a page of its own.",
    ({ server, needs = "run", url: { hostname } }) =>
      lines(
        "// a header that switches this page off",
        `await connect({ server: "${server}", scope: "${needs}", headers: ${JSON.stringify(
          skipHeaders(hostname),
        )} })`,
      ),
  ],
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
    proxy("neither add nor remove headers that begin with Access-Control-; the server adds them"),
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
