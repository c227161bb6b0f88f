// Connect a page to a person's own Jupyter server: one click, no token to copy. The page that people
// return to must import this module.
//
//   let connection = await resume(); // when the page loads
//   button.onclick = async () => (connection = await connect({ server: "http://localhost:8888" }));
//   ServerConnection.makeSettings(connection.serverSettings); // of @jupyterlab/services

import { readAddress, TOKEN_DROPPED } from "./address.js";
import { Connection } from "./connection.js";
import { ConnectError, refusal } from "./errors.js";
import { diagnose, explained, explaining } from "./explain.js";
import { drop, grantFor, keep, mayBeElsewhere, previous } from "./grants.js";
import { openPopup } from "./popup.js";
import { ask, client_id, locate, post } from "./requests.js";
import { NAME, tab } from "./storage.js";
import { tabs } from "./tabs.js";

export { Connection, ConnectError, diagnose, readAddress, TOKEN_DROPPED };

/**
 * @typedef {Record<string, string>} Headers those that every request has, for what stands in front
 *   of the server
 * @typedef {{server: string, redirect_uri: string, page: string, state: string,
 *   code_verifier: string, headers?: Headers}} Flow
 * @typedef {import("./connection.js").Grant} Grant
 * @typedef {import("./address.js").Address} Address
 * @typedef {import("./errors.js").ConnectErrorCode} ConnectErrorCode
 * @typedef {import("./errors.js").Finding} Finding
 */

/**
 * Ask a person for a token to their server. Call it in a click, or browsers block the popup: then
 * the page goes there, as with `mode: "page"`. Rejects with `ConnectError`.
 *
 * A page cannot see whether its popup is open. So let people click again, which ends the
 * earlier call with "closed", or use `signal`.
 * @param {{server: string, scope?: string, folder?: string, redirectUri?: string,
 *   mode?: "popup" | "page", signal?: AbortSignal, headers?: Headers,
 *   extends?: string}} options `server` as
 *   people have it: see `readAddress`. `folder` suggests one folder, such as "data/raw", with the
 *   scope "view" or "edit". `headers` go with every request, such as those that switch off the
 *   warning of a tunnel. `extends` is the id of a grant: see `extend` of a connection
 * @returns {Promise<Connection>}
 */
export async function connect({ scope = "run", redirectUri, mode = "popup", signal, ...options }) {
  const address = addressOf(options.server);
  const popup = mode === "popup" ? openPopup(address) : null; // before any `await`
  if (!popup && self !== top) throw new ConnectError("blocked_frame");
  const canceled = waiting(signal);
  try {
    const server = await Promise.race([locate(address, options.headers), canceled]);
    if (popup?.closed) cancel();
    const flow = {
      server,
      redirect_uri: redirectUri ?? location.origin + location.pathname,
      page: redirectUri ?? location.href,
      state: crypto.randomUUID(),
      code_verifier: crypto.randomUUID() + crypto.randomUUID(),
      headers: options.headers,
    };
    const url = await Promise.race([requestUrl(flow, scope, options), canceled]);
    if (!popup) {
      tab("flow", flow);
      addEventListener("pageshow", cancel); // the Back button
    }
    const answer = answerTo(flow);
    (popup ?? window).location.assign(url);
    return await redeem(flow, await Promise.race([canceled, answer]));
  } catch (error) {
    throw await Promise.race([canceled, explained(error, address.server, options.headers)]);
  } finally {
    popup?.close();
  }
}

/**
 * This tab's connection, after a reload or back from the server; or that of another tab of this
 * site. Null if there is none or it ended. It is the same object as long as it lives.
 * @param {string} [server] its address, as for `connect`; by default that of the newest connection
 * @returns {Promise<Connection | null>}
 */
export async function resume(server) {
  const back = await returning?.finally(() => (returning = null));
  if (server && !grantFor(server)) server = readAddress(server)?.server ?? server;
  if (back && (!server || back.server === server)) return back;
  // Others are not waited for where there can be none: a page may do nothing until then.
  const grant = grantFor(server) ?? (mayBeElsewhere(server) ? await others?.ask(server) : null);
  if (!grant) return null;
  const connection = connectionOf(grant);
  const isGood = connection.check().catch(explaining(grant.server, grant.headers));
  return (await isGood) ? connection : null;
}

/** One for each server. @type {Map<string, Connection>} */
const connections = new Map();

/** The connection with this grant. One that lives goes on with it. @param {Grant} grant */
function connectionOf(grant) {
  keep(grant);
  const known = connections.get(grant.server);
  if (known && !known.ended) return known.renew(grant);
  const connection = new Connection(grant, {
    ask: connect,
    newer: (server) => Promise.resolve(others?.ask(server)),
    disconnected: (token) => others?.tellEnded(token),
  });
  connection.addEventListener("ended", () => drop(connection));
  connections.set(grant.server, connection);
  return connection;
}

/** The connection that lives. @param {string} server */
function living(server) {
  const connection = connections.get(server);
  return connection?.ended ? undefined : connection;
}

/** The other tabs of this site; nobody in a worker. */
const others = globalThis.document
  ? tabs({
      has: grantFor,
      renewed: (grant) => living(grant.server) && connectionOf(grant),
      ended: (token) => {
        for (const connection of connections.values())
          if (connection.token === token) connection.check().catch(() => {});
      },
    })
  : null;

/** @param {string} text */
function addressOf(text) {
  if (!globalThis.document) throw new ConnectError("no_page");
  if (origin === "null") throw new ConnectError("null_origin");
  if (!isSecureContext) throw new ConnectError("insecure_page");
  if (!origin.startsWith("http")) throw new ConnectError("app_origin");
  const address = readAddress(text);
  if (!address) throw new ConnectError("invalid_server"); // not with the text: it may have a token
  return address;
}

let cancel = () => {};

/** Rejects on cancel. @param {AbortSignal} [signal] @returns {Promise<never>} */
function waiting(signal) {
  cancel();
  return new Promise((_, reject) => {
    cancel = () => reject(new ConnectError("closed", "Connecting was canceled."));
    if (signal?.aborted) cancel();
    signal?.addEventListener("abort", cancel);
  });
}

/** @param {Flow} flow @param {string} scope @param {{folder?: string, extends?: string}} more */
async function requestUrl({ server, redirect_uri, state, code_verifier }, scope, more) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code_verifier));
  const base64 = btoa(String.fromCharCode(...new Uint8Array(digest)));
  const query = new URLSearchParams({
    response_type: "code",
    client_id,
    redirect_uri,
    scope,
    state,
    code_challenge: base64.replace(/\+/g, "-").replace(/\//g, "_").replace("=", ""),
    code_challenge_method: "S256",
    resource: server,
    ...(more.folder !== undefined && { folder: more.folder }),
    ...(more.extends && { previous_grant: more.extends }),
  });
  return `${server}/escherpad/authorize?${query}`;
}

/** Wait for the popup's query. @param {Flow} flow @returns {Promise<string>} */
function answerTo({ state, page }) {
  const channel = new BroadcastChannel(NAME + state);
  return new Promise((resolve) => {
    channel.onmessage = ({ data }) => {
      channel.postMessage(page);
      channel.close();
      resolve(data);
    };
  });
}

/** @param {Flow} flow @param {string} query */
async function redeem({ server, redirect_uri, code_verifier, headers }, query) {
  // The last of each: the page may have its own.
  const { iss, code, ...rest } = Object.fromEntries(new URLSearchParams(query));
  // RFC 9207: or it is an attack.
  if (iss !== server) throw new ConnectError("wrong_issuer", `The answer is not from ${server}.`);
  if (!code) throw refusal(rest.error, rest.error_description);
  const fields = { grant_type: "authorization_code", code, redirect_uri, code_verifier };
  const all = post({ ...fields, ...previous(server) });
  const given = await ask(server, "escherpad/token", all, headers);
  if (!given?.access_token || !given.scope || !(given.expires_in > 0))
    throw new ConnectError("unexpected");
  const [scopes, expires] = [given.scope.split(" "), Date.now() + given.expires_in * 1000];
  const { access_token: token, folder } = given;
  const grant = { server, token, scopes, folder, expires, headers };
  others?.tellRenewed(grant);
  return connectionOf(grant);
}

/** @type {Promise<Connection | null> | null} */
let returning = null;

/** Take an answer from the page's address. */
function receive() {
  const { state, code, error } = Object.fromEntries(new URLSearchParams(location.search));
  if (!state || !(code ?? error)) return;
  const flow = tab("flow");
  if (flow?.state !== state) return handOver(state);
  tab("flow", null);
  returning = redeem(flow, location.search).catch(explaining(flow.server, flow.headers));
  returning.catch(() => {}); // `resume` rejects
  history.replaceState(null, "", flow.page);
}

/**
 * In a popup: send the answer to the page that waits, and close. If none waits, it is not ours.
 * @param {string} state
 */
function handOver(state) {
  const channel = new BroadcastChannel(NAME + state);
  channel.onmessage = ({ data: page }) => {
    history.replaceState(null, "", page);
    window.close();
  };
  channel.postMessage(location.search);
  returning = new Promise((resolve) => setTimeout(resolve, 1000, null));
}

if (globalThis.document) receive(); // not where a site is built
