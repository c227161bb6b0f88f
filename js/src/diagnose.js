// What keeps a page from a Jupyter server, as far as browsers let a page know.
// `jupyter escherpad check`, on the server's machine, sees more.

import { FINDINGS } from "./findings.js";
import { said, Server } from "./probe.js";
import { DOOR, isOurs, judgeSilence, judgeStranger } from "./reach.js";

/**
 * `fix` is what to write or to run; lines that begin with # or // say where.
 * @typedef {import("./probe.js").Finding} Finding
 * @typedef {import("./probe.js").Answer} Answer
 */

const BUNDLES = ["view", "edit", "run", "full"]; // each has all of those before it

/**
 * Find out why this page cannot use a server: the cause first, nothing where all is well. Where
 * there are warnings alone, it may ask to be let in. Takes ten seconds at most, changes nothing.
 * Rejects for what is no address.
 * @param {string} address such as http://localhost:8888
 * @param {{token?: string, scope?: string}} [options] the token that the page uses, "" if there
 *   should be one; the bundles that it needs, such as "run"
 * @returns {Promise<Finding[]>}
 */
export async function diagnose(address, { token, scope } = {}) {
  const server = new Server(address, scope);
  if (origin === "null")
    return [server.find("null_origin", "A file, a sandboxed frame or a data: URL has no other.")];
  const door = await server.read(DOOR, { signal: server.soon });
  if (!isSecureContext && !(door && token))
    return [server.find("insecure_page", `It came from ${origin}.`)];
  if (isOurs(door)) return judge(server, token);
  if (door || (!server.late && (await server.answers(server.address, server.soon)))) return [await judgeStranger(server)];
  return [await judgeSilence(server)];
}

/** The extension answers. @param {Server} server @param {string} [token] */
async function judge(server, token) {
  const [discovery, open, grant, used] = await Promise.all([
    server.read(".well-known/oauth-authorization-server"),
    server.read("api"),
    token ? server.read("escherpad/grant", { token }) : null,
    server.read("api/contents?content=0", { token }),
  ]);
  if (server.late) return [server.find("no_answer", "It answered once, and then not in time.")];
  const mayAsk = (server.about.mayAsk = discovery?.status === 200);
  const found = [...judgePlace(server, discovery)];
  const bad = [...judgeToken(server, token, open, grant, used)];
  // Connecting lets in the page's origin, too.
  if (!open && !(mayAsk && bad.length)) found.push(...judgeOrigin(server, token));
  found.push(...bad);
  if (found.length || !token || !hears(grant) || !(await server.socket(token))) return found;
  const why = "A socket with the token does not open.";
  return [(await server.findPolicy()) ?? server.find("sockets_blocked", why)];
}

/** @param {Server} server @param {Answer} discovery */
function* judgePlace(server, discovery) {
  const issuer = said(discovery?.body.issuer ?? server.address);
  if (issuer === server.address) return;
  const here = URL.canParse(issuer) && new URL(issuer).host === server.url.host;
  const why = `It calls itself ${issuer} (enter that if it is good for browsers, too).`;
  yield server.find(here ? "public_url_missing" : "public_url_wrong", why);
}

/** The server does not answer this origin. @param {Server} server @param {string} [token] */
function* judgeOrigin(server, token) {
  const { mayAsk } = server.about;
  if (!isSecureContext) yield server.find("insecure_origin", `It came from ${origin}.`);
  else if (mayAsk && token)
    yield server.find("origin_not_listed", `Nothing is answered to ${origin}, whatever the token.`);
  else if (mayAsk) {
    const why = `${origin} may ask it to (if connect is not "listed", which no page can see).`;
    yield server.warn("origin_not_listed", why);
  } else {
    yield server.find("origin_not_listed", `Nothing is answered to ${origin}.`);
    yield server.warn("connect_off", "The server has no discovery document.");
  }
}

/**
 * @param {Server} server @param {string | undefined} token @param {Answer} open what needs none
 * @param {Answer} grant what the server knows of it @param {Answer} used what needs it
 */
function* judgeToken(server, token, open, grant, used) {
  if (token && (!grant || (open && !used))) {
    const why = "A preflight goes before requests with a token: they fail, and others do not.";
    yield server.find("preflight_intercepted", why);
    return;
  }
  // A token that nobody gave away is the server's own, or none: the grant does not tell.
  const told = grant && grant.status !== 200 && grant.body.reason !== "unknown_token";
  const { error, reason, message } = (told ? grant : used)?.body ?? {};
  const lacks = missingScopes(server, grant, used);
  if (reason === "authentication_off") yield server.find(reason, said(message));
  else if (error === "invalid_token") yield server.find(codeOf(reason), said(message));
  else if (lacks) yield server.find("scope_missing", `It does not give ${said(lacks)}.`);
  else if (token && error === "missing_token")
    yield server.find(
      "authorization_stripped",
      `It was sent, and the server says ${said(reason)}.`,
    );
  else if (token === "" || (!token && open && !server.about.mayAsk))
    yield server.find("no_token", "Without a token the server serves no page elsewhere.");
}

/** @param {string} reason */
function codeOf(reason) {
  if (/_un(usable|available)$/.test(reason)) return "registry_unavailable";
  return reason in FINDINGS ? reason : "unknown_token";
}

/** @param {Answer} grant */
const given = (grant) => (grant?.status === 200 ? String(grant.body.scope).split(" ") : null);

/**
 * What the page needs and the token does not give.
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

/** Whether a token may open the socket of events. @param {Answer} grant */
function hears(grant) {
  const names = given(grant);
  return !names || names.some((name) => ["run", "full", "events:execute"].includes(name));
}
