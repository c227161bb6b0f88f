// Why a server does not answer as this extension does, as far as browsers let pages see.

import { LOOPBACK, NEARBY } from "./address.js";
import { skipHeaders } from "./findings/fixes.js";

/**
 * @typedef {import("./probe.js").Answer} Answer
 * @typedef {import("./probe.js").Server} Server
 */

const TUNNEL = /\.(devtunnels\.ms|app\.github\.dev)$/; // which ask for a login by default
const SERVER_OF_HUB = /^(.*?)\/user\/[^/]+(?:\/([^/]+))?\/*$/;
const JUPYTER_IMAGE = "static/favicons/favicon.ico"; // of every Jupyter server

/** A file that only this extension has, and that any page can read. */
export const OWN_FILE = "escherpad/static/connect.js";

/** Whether this extension refuses a request. @param {Answer} answer */
export const isRefusal = (answer) => Boolean(answer?.body.error && answer.body.reason);

/** @param {Answer} answer */
export const isOurs = (answer) => answer?.status === 200 && answer.text.includes("escherpad-ext");

/** With a token of its own, a gateway shows nobody its version, as Jupyter does. @param {Answer} api */
const isGateway = (api) =>
  Boolean(api?.body.version) || (api?.status === 401 && "reason" in api.body && !isRefusal(api));

/** No answer at all. @param {Server} server */
export async function explainSilence(server) {
  const { hostname, protocol } = server.url;
  const permission = await permissionFor(hostname);
  const policy = await server.policyFinding();
  if (policy) return policy;
  // Each request can make the browser ask again, and after three times it stops asking.
  const unasked = permission === "prompt" && (server.late || LOOPBACK.test(hostname));
  const failure = unasked || server.late ? "" : await server.socket("", server.soon);
  // Requests to ports that browsers block fail in the same way.
  if (failure === "SecurityError" && location.protocol === "https:" && protocol === "http:")
    return server.finding("mixed_content", "The browser blocks the request before it is sent.");
  if (permission === "denied")
    return server.finding(
      "local_network_denied",
      "The browser reports that the permission is denied.",
    );
  if (unasked || (permission === "prompt" && NEARBY.test(hostname)))
    return server.finding(
      "local_network_not_asked",
      "It asks if something listens at the address. If it does not ask, nothing listens there.",
    );
  return explainFailure(server, failure);
}

/**
 * Whether this page may reach the local network; undefined if it needs no permission.
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

/** Requests are sent, and get no answer. @param {Server} server @param {string | number} failure */
async function explainFailure(server, failure) {
  const secure = server.url.protocol === "https:";
  const other = server.address.replace(/^https?/, secure ? "http" : "https");
  const there = await server.answers(other);
  if (there && (!secure || (await server.hasImage(JUPYTER_IMAGE, [other]))))
    return server.finding("wrong_scheme", `A server answers at ${other}`, other);
  if (server.late) return server.finding("no_answer", "No answer came within some seconds.");
  // 1015 means TLS (RFC 6455, 7.4.1). Only Firefox reports it.
  if (there || failure === 1015)
    return server.finding(
      "certificate_untrusted",
      "Something listens there, but https to it fails.",
    );
  if (secure && !navigator.userAgent.includes("Firefox"))
    return server.finding(
      "certificate_untrusted",
      "Or nothing listens there. This browser does not tell pages which of the two it is.",
    );
  return server.finding(
    "nothing_listens",
    "Every request fails at once: nothing takes the connection, or it is closed.",
  );
}

/**
 * What is wrong with an address on a Hub.
 * @param {Server} server @param {string} [other] the address of another server on the way
 */
function atHub({ base }, other) {
  if (other && !SERVER_OF_HUB.exec(base.pathname)?.[2]) return;
  return SERVER_OF_HUB.test(base.pathname) ? "server_not_running" : "hub_address";
}

/** Something answers, but not as this extension does. @param {Server} server */
export async function explainStranger(server) {
  const { origin, hostname, pathname } = server.url;
  const steps = pathname.split("/").filter(Boolean).slice(0, 8);
  const above = steps.map((_, end) => [origin, ...steps.slice(0, end)].join("/"));
  const prefix =
    SERVER_OF_HUB.exec(server.base.pathname)?.[1] ?? pathname.replace(/(\/hub)?\/*$/, "");
  const [skipping, hasHub, ...ownFiles] = await Promise.all([
    server.read(OWN_FILE, { more: skipHeaders(hostname) }),
    server.hasImage("hub/logo", [origin + prefix]),
    ...above.map((address) => server.read(OWN_FILE, { address })),
  ]);
  if (isOurs(skipping))
    return server.finding(
      "browser_answered_differently",
      "With a header that asks for no warning, the server answers.",
    );
  const other = above[ownFiles.findIndex(isOurs)];
  const hub = hasHub && atHub(server, other);
  if (hub) return server.finding(hub, "The logo of a JupyterHub is there.", server.base.href);
  if (other) return server.finding("wrong_base_url", `It is at ${other}`, other);
  const all = [server.address, ...above];
  if (await server.hasImage("escherpad/static/settings-invalid.svg", all))
    return server.finding("settings_invalid", "The server has a picture that says so.");
  if (await server.hasImage("escherpad/static/logo.svg", all))
    return server.finding(
      "cors_twice",
      "The extension is there, but pages cannot read its answers. A proxy that removes CORS headers, " +
        "or changes Origin, looks the same: a page cannot see which it is.",
    );
  if (await server.hasImage(JUPYTER_IMAGE, all))
    return server.finding(
      "extension_missing",
      "It has Jupyter's images, but none of the extension.",
    );
  if (isGateway(await server.read("api")))
    return server.finding("gateway_itself", "It has Jupyter's API, but none of its pages.");
  if (server.blocked.has("img-src") || crossOriginIsolated)
    return server.finding(
      "extension_missing",
      "If it is Jupyter at all, which this page cannot see.",
    );
  if (TUNNEL.test(server.url.hostname))
    return server.finding("tunnel_login", "It has none of Jupyter's images, and asks for a login.");
  return server.finding("not_jupyter", "It has none of the images that every Jupyter server has.");
}
