// Why a page cannot use a Jupyter server, as far as browsers let pages see.
// `jupyter escherpad check`, on the server's machine, sees more.

import { FINDINGS } from "./findings.js";
import { said, Server } from "./probe.js";
import { OWN_FILE, isOurs, isRefusal, explainSilence, explainStranger } from "./reach.js";

/**
 * `fix` is what to write or to run; lines that begin with # or // say where.
 * @typedef {import("./probe.js").Finding} Finding
 * @typedef {import("./probe.js").Answer} Answer
 */

const CONTENTS = "api/contents?content=0"; // nobody sees it without a token
const BUNDLES = ["view", "edit", "run", "full"]; // each includes those before it

/**
 * Find out why this page cannot use a server. Resolves with the cause first, and with nothing if
 * all is well. If there are only warnings, the page can connect. It takes at most ten seconds and
 * changes nothing. Rejects if the text is not an address.
 * @param {string} address such as http://localhost:8888
 * @param {{token?: string, scope?: string, headers?: Record<string, string>}} [options] the token
 *   that the page uses, "" if it has none and needs one; the bundles that it needs, such as "run";
 *   further headers of its requests
 * @returns {Promise<Finding[]>}
 */
export async function diagnose(address, { token, scope, headers } = {}) {
  const server = new Server(address, scope, headers);
  if (origin === "null")
    return [
      server.finding("null_origin", "Files, sandboxed frames and data: URLs have this origin."),
    ];
  const ownFile = await server.read(OWN_FILE, { signal: server.soon });
  if (!isSecureContext && !(ownFile && token))
    return [server.finding("insecure_page", `The page came from ${origin}.`)];
  if (isOurs(ownFile)) return check(server, token);
  if (ownFile || (!server.late && (await server.answers(server.address, server.soon))))
    return (await isWithoutFiles(server)) ? check(server, token) : [await explainStranger(server)];
  return [await explainSilence(server)];
}

/** Whether the extension answers, but not with its files: a proxy may have others there. @param {Server} server */
async function isWithoutFiles(server) {
  const [api, grant] = await Promise.all([server.read("api"), server.read("escherpad/grant")]);
  return Boolean(api?.body.version) && isRefusal(grant);
}

/** Explain what goes wrong although the extension answers. @param {Server} server @param {string} [token] */
async function check(server, token) {
  const [discovery, open, refused, grant, used] = await Promise.all([
    server.read(".well-known/oauth-authorization-server"),
    server.read("api"),
    server.read(CONTENTS),
    token ? server.read("escherpad/grant", { token }) : null,
    server.read(CONTENTS, { token }),
  ]);
  if (server.late)
    return [server.finding("no_answer", "It answered one request and was too slow for the next.")];
  if (open && !refused)
    return [
      server.finding(
        "errors_replaced",
        "A page can read the server's answers, but not its errors.",
      ),
    ];
  const mayAsk = (server.about.mayAsk = discovery?.status === 200);
  const own = addressOf(server, discovery);
  if (isHostRefused(open))
    return [
      server.finding("host_refused", `A proxy sends ${said(own.host)} as Host.`, own.hostname),
    ];
  const found = [...checkAddress(server, own)];
  const bad = [...checkToken(server, token, { open, refused, grant, used })];
  // Connecting allows the page's origin, too.
  if (!open && !(mayAsk && bad.length)) found.push(...checkOrigin(server, token));
  found.push(...bad);
  if (!found.length && token && !(await server.read("api", { token, method: "PUT" })))
    return [
      server.finding(
        "preflight_intercepted",
        "Requests that change something fail, and others succeed. A proxy that refuses them itself looks the same.",
      ),
    ];
  if (found.length || !token || !mayOpenEvents(grant) || !(await server.socket(token)))
    return found;
  const why = "A WebSocket with the token does not open.";
  return [(await server.policyFinding()) ?? server.finding("sockets_blocked", why)];
}

/** By which address the server knows itself. @param {Server} server @param {Answer} discovery */
function addressOf(server, discovery) {
  const issuer = said(discovery?.body.issuer ?? server.address);
  return new URL(URL.canParse(issuer) ? issuer : server.address);
}

/** Jupyter's own refusal of names that are not this machine's. @param {Answer} api */
const isHostRefused = (api) =>
  api?.status === 403 && api.body.message === "Forbidden" && !isRefusal(api);

/** @param {Server} server @param {URL} own */
function* checkAddress(server, own) {
  const issuer = own.href.replace(/\/+$/, "");
  if (issuer === server.address) return;
  // An owner states a public address. Any other is what a proxy writes into Host.
  const isAlike = (own.hostname === server.url.hostname) === Boolean(own.port);
  const isStated = own.host !== server.url.host && own.protocol === "https:" && isAlike;
  const why = `It calls itself ${issuer}. If browsers can reach that address, enter it on the page.`;
  yield server.finding(isStated ? "public_url_wrong" : "public_url_missing", why);
}

/** The server refuses this origin. @param {Server} server @param {string} [token] */
function* checkOrigin(server, token) {
  const { mayAsk } = server.about;
  if (!isSecureContext) yield server.finding("insecure_origin", `The page came from ${origin}.`);
  else if (mayAsk && token)
    yield server.finding("origin_not_listed", `It refuses ${origin}, whatever the token.`);
  else if (mayAsk) {
    const why = `A person can allow ${origin}, unless connect is "listed", which pages cannot see.`;
    yield server.warn("origin_not_listed", why);
  } else {
    yield server.finding("origin_not_listed", `It refuses ${origin}.`);
    yield server.warn("connect_off", "The server has no discovery document.");
  }
}

/**
 * `open` and `refused` are answers to requests without it, `grant` to a question about it, and `used`
 * to a request with it.
 * @param {Server} server @param {string | undefined} token
 * @param {{open: Answer, refused: Answer, grant: Answer, used: Answer}} answers
 */
function* checkToken(server, token, { open, refused, grant, used }) {
  if (token && !used && (open || !grant)) {
    const why = "Requests with a token need a preflight and fail. Other requests succeed.";
    yield server.finding("preflight_intercepted", why);
    return;
  }
  // The server's token has no grant: that it is unknown there says nothing.
  const known = grant && grant.status !== 200 && grant.body.reason !== "unknown_token";
  const { error, reason, message } = (known ? grant : used)?.body ?? {};
  const lacks = missingScopes(server, grant, used);
  if (refused?.body.error === "invalid_token")
    yield server.finding(
      "authorization_stripped",
      "The page sent no token, and the server refuses one. So the proxy writes one of its own.",
    );
  else if (reason === "authentication_off") yield server.finding(reason, said(message));
  else if (error === "invalid_token") yield server.finding(codeOf(reason), said(message));
  else if (lacks) yield server.finding("scope_missing", `It lacks ${said(lacks)}.`);
  else if (token && error === "missing_token")
    yield server.finding(
      "authorization_stripped",
      `The page sent a token, and the server says ${said(reason)}.`,
    );
  else if (token === "" || (!token && open && !server.about.mayAsk))
    yield server.finding("no_token", "The server requires a token from pages on other origins.");
}

/** @param {string} reason */
function codeOf(reason) {
  if (/_un(usable|available)$/.test(reason)) return "registry_unavailable";
  return reason in FINDINGS ? reason : "unknown_token";
}

/** @param {Answer} grant */
const given = (grant) => (grant?.status === 200 ? String(grant.body.scope).split(" ") : null);

/**
 * The bundles that the page needs and the token does not have.
 * @param {Server} server @param {Answer} grant @param {Answer} used
 */
function missingScopes({ about: { needs } }, grant, used) {
  const names = given(grant);
  if (!names || !needs) return used?.body.error === "insufficient_scope" ? used.body.scope : "";
  const bundles = needs.split(" ").filter((name) => !name.includes(":"));
  return bundles.filter((name) => !names.some((has) => covers(has, name))).join(" and ");
}

/** @param {string} has @param {string} name */
function covers(has, name) {
  const rank = BUNDLES.indexOf(name);
  return has === name || has === "full" || (rank >= 0 && BUNDLES.indexOf(has) > rank);
}

/** Whether a token may open the WebSocket of events. @param {Answer} grant */
function mayOpenEvents(grant) {
  const names = given(grant);
  return !names || names.some((name) => ["run", "full", "events:execute"].includes(name));
}
