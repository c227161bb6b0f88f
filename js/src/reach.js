// Why a server does not answer as this extension does: what a browser lets a page know of that.

/**
 * @typedef {import("./probe.js").Answer} Answer
 * @typedef {import("./probe.js").Server} Server
 */

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/;
const NEARBY = /^(10|169\.254|172\.(1[6-9]|2\d|3[01])|192\.168)\.|^\[f[cde]|\.local$|^[^.]+$/;
const PICTURE = "static/favicons/favicon.ico"; // of every Jupyter server

/** What the extension lets anybody read, and nobody else has. */
export const DOOR = "escherpad/static/connect.js";

/** @param {Answer} answer */
export const isOurs = (answer) => answer?.status === 200 && answer.text.includes("escherpad-ext");

/** No answer at all. @param {Server} server */
export async function judgeSilence(server) {
  const { hostname, protocol } = server.url;
  const permission = await permissionFor(hostname);
  const policy = await server.findPolicy();
  if (policy) return policy;
  // Every request may be one more question of the browser, and after three it does not ask again.
  const unasked = permission === "prompt" && (server.late || LOOPBACK.test(hostname));
  const failure = unasked || server.late ? "" : await server.socket("", server.soon);
  // Ports that no browser asks fail in the same way.
  if (failure === "SecurityError" && location.protocol === "https:" && protocol === "http:")
    return server.find("mixed_content", "The browser blocks it before it is sent.");
  if (permission === "denied")
    return server.find("local_network_denied", "The browser says so, asked for the permission.");
  if (unasked || (permission === "prompt" && NEARBY.test(hostname)))
    return server.find(
      "local_network_not_asked",
      "It asks when something listens at the address. If it does not ask, nothing listens.",
    );
  return judgeScheme(server, failure);
}

/**
 * Whether this page may reach the local network; undefined where that does not matter.
 * @param {string} hostname
 */
async function permissionFor(hostname) {
  if (LOOPBACK.test(location.hostname)) return;
  const space = LOOPBACK.test(hostname) ? "loopback-network" : "local-network";
  for (const name of /** @type {any[]} */ ([space, "local-network-access"])) {
    const status = await navigator.permissions?.query({ name }).catch(() => null);
    if (status) return status.state;
  }
}

/** Nothing keeps requests from being sent. @param {Server} server @param {string | number} failure */
async function judgeScheme(server, failure) {
  const secure = server.url.protocol === "https:";
  const other = server.address.replace(/^https?/, secure ? "http" : "https");
  const there = await server.answers(other);
  if (there && (!secure || (await server.shows(PICTURE, [other]))))
    return server.find("wrong_scheme", `There is an answer at ${other}`, other);
  if (server.late) return server.find("no_answer", "There was none within some seconds.");
  // 1015 means TLS (RFC 6455, 7.4.1). Of the browsers, only Firefox says it.
  if (there || failure === 1015)
    return server.find("certificate_untrusted", "Something listens there, and https to it fails.");
  if (secure && !navigator.userAgent.includes("Firefox"))
    return server.find(
      "certificate_untrusted",
      "Or nothing listens there: this browser does not tell pages which of the two it is.",
    );
  return server.find(
    "nothing_listens",
    "Every request fails at once: nothing takes it, or hangs up.",
  );
}

/** Something answers, and not as this extension does. @param {Server} server */
export async function judgeStranger(server) {
  const steps = server.url.pathname.split("/").filter(Boolean).slice(0, 8);
  const above = steps.map((_, end) => [server.url.origin, ...steps.slice(0, end)].join("/"));
  const doors = above.map((address) => server.read(DOOR, { address }));
  const other = above[(await Promise.all(doors)).findIndex(isOurs)];
  if (other) return server.find("wrong_base_url", `It is at ${other}`, other);
  const all = [server.address, ...above];
  if (await server.shows("escherpad/static/logo.svg", all))
    return server.find(
      "settings_invalid",
      "The extension is there, and no page may read what it answers. (From here it looks the " +
        "same if a proxy adds CORS headers of its own, or takes some away.)",
    );
  if (await server.shows(PICTURE, all))
    return server.find(
      "extension_missing",
      "It has Jupyter's pictures, and none of the extension.",
    );
  if (server.blocked.has("img-src") || crossOriginIsolated)
    return server.find("extension_missing", "If it is Jupyter at all, which this page cannot see.");
  return server.find("not_jupyter", "It has none of the pictures that every Jupyter server has.");
}
