// How to write down what a person has to do.

/**
 * The `server` that was asked (and its `url`), the `page` that asked, the `address` to use instead;
 * `mayAsk` if sites can connect, and the bundles that this one `needs`.
 * @typedef {{server: string, url: URL, page: string, address?: string, mayAsk?: boolean,
 *   needs?: string}} About
 */

/** @param {string[]} all */
export const lines = (...all) => all.join("\n");

export const RESTART = "then restart the server";

/** @param {string[]} code */
export const inConfig = (...code) => lines(`# in jupyter_server_config.py, ${RESTART}`, ...code);

/** @param {About} about */
export const check = ({ page, server }) => `jupyter escherpad check ${page} --server ${server}`;

/**
 * What a proxy has to do. Which one it is, only the command can see.
 * @param {string} words
 */
export const proxy =
  (words) =>
  /** @param {About} about */
  (about) =>
    lines(`# let the proxy ${words}; this says how to write it`, check(about));

/** @param {About} about */
export const enterOther = ({ address }) =>
  lines("# enter this address on the page", String(address));

/** @param {About} about */
export const publicUrl = ({ server }) => inConfig(`c.EscherpadExt.public_url = "${server}"`);

/** @param {About} about */
export const connect = ({ server, needs = "run" }) =>
  lines("// in a click", `await connect({ server: "${server}", scope: "${needs}" })`);

/** @param {About} about */
export const newToken = (about) => {
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
