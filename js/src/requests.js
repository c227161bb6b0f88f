// What the library asks a server.

import { ConnectError, refusal } from "./errors.js";

/** A person may have to answer the browser first. */
const MILLISECONDS_TO_ANSWER = 60_000;

export const client_id = `${globalThis.origin}/`;

/** @param {Record<string, string>} fields */
export const post = (fields) => ({
  method: "POST",
  body: new URLSearchParams({ ...fields, client_id }),
});

/**
 * Where the server is: what is there says so.
 * @param {import("./address.js").Address} address
 * @param {Record<string, string>} [headers] what every request has
 */
export async function locate({ server, others }, headers) {
  /** @type {unknown} */
  let failure;
  for (const candidate of [server, ...others]) {
    try {
      return await confirmed(candidate, headers);
    } catch (error) {
      failure ??= error;
      if (!(error instanceof ConnectError) || error.code !== "not_found") throw error;
    }
  }
  throw failure;
}

/** @param {string} server @param {Record<string, string>} [headers] */
async function confirmed(server, headers) {
  const path = ".well-known/oauth-authorization-server";
  const { issuer } = await ask(server, path, undefined, headers);
  if (issuer === server) return server;
  if (!issuer) throw new ConnectError("not_found", `There is no escherpad-ext at ${server}.`);
  throw new ConnectError("wrong_issuer", `${server} calls itself ${issuer}. Use that address.`);
}

/**
 * @param {string} server @param {string} path
 * @param {RequestInit & {headers?: Record<string, string>}} [init]
 * @param {Record<string, string>} [more] headers that every request has
 */
export async function ask(server, path, init, more) {
  const headers = { ...more, ...init?.headers };
  const signal = init?.signal ?? AbortSignal.timeout(MILLISECONDS_TO_ANSWER);
  /** @type {RequestInit} */
  const options = { credentials: "omit", redirect: "error", ...init, headers, signal };
  const response = await fetch(`${server}/${path}`, options).catch(() => null);
  const body = await response?.json().catch(() => null);
  if (response?.ok && (body || init)) return body;
  const { error, error_description, message, reason } = body ?? {};
  if (init && error) throw refusal(error, error_description ?? message, reason);
  // Is anything there?
  if (!signal.aborted && (response ?? (await answers(server, signal))))
    throw new ConnectError("not_found", `There is no escherpad-ext at ${server}.`);
  throw new ConnectError("unreachable", `${server} does not answer, or this page cannot reach it.`);
}

/** @param {string} server @param {AbortSignal} signal */
const answers = (server, signal) => fetch(server, { mode: "no-cors", signal }).catch(() => null);
