// The page does not reach the server, or something else answers there.

import { check, enterOther, lines, skipHeaders } from "./fixes.js";

/** @type {Record<string, [string, (about: import("./fixes.js").About) => string]>} */
export const REACH = {
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
};
