// The servers that a person has used on this site: their addresses, and never a token.

import { readAddress } from "../address.js";
import { profile, tab } from "../storage.js";

const MAX_SERVERS = 5;

/** @param {unknown} address */
const isClean = (address) =>
  typeof address === "string" && readAddress(address)?.server === address;

/** The newest first. @returns {string[]} */
export function remembered() {
  const kept = profile("servers");
  return Array.isArray(kept) ? kept.filter(isClean).slice(0, MAX_SERVERS) : [];
}

/** @param {string} server */
export function remember(server) {
  const others = remembered().filter((address) => address !== server);
  profile("servers", [server, ...others].slice(0, MAX_SERVERS));
}

export const forgetAll = () => profile("servers", []);

/** The server of an element in this tab, for after a reload. @param {string} name @returns {string | undefined} */
export function lastOf(name) {
  const kept = tab(`element:${name}`);
  return isClean(kept?.server) ? kept.server : undefined;
}

/** @param {string} name @param {string} server */
export const setLast = (name, server) => tab(`element:${name}`, { server });
