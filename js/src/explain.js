// Errors that have many causes get the one that `diagnose` finds.

import { ConnectError } from "./errors.js";

/** @typedef {import("./errors.js").ConnectErrorCode} ConnectErrorCode */

/** Their codes. @type {ConnectErrorCode[]} */
const UNEXPLAINED = ["unreachable", "not_found", "wrong_issuer"];

/** Loaded only when it is called. @type {typeof import("./diagnose.js").diagnose} */
export const diagnose = async (...all) => (await import("./diagnose.js")).diagnose(...all);

/**
 * The error, with the cause that `diagnose` finds.
 * @param {unknown} error @param {string} server @param {Record<string, string>} [headers]
 */
export async function explained(error, server, headers) {
  if (!(error instanceof ConnectError))
    return new ConnectError("unexpected", undefined, { cause: error });
  if (UNEXPLAINED.includes(error.code)) {
    const [finding] = await diagnose(server, { headers }).catch(() => []);
    error.finding = finding ?? null;
  }
  return error;
}

/** @param {string} server @param {Record<string, string>} [headers] @returns {(error: unknown) => Promise<never>} */
export const explaining = (server, headers) => async (error) => {
  throw await explained(error, server, headers);
};
