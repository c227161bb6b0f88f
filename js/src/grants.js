// The grants of this tab, one for each server. No token is in localStorage.

import { profile, tab } from "./storage.js";

/** @typedef {import("./connection.js").Grant} Grant */

/** @returns {Record<string, Grant>} by server, the newest last */
const all = () => tab("grants") ?? {};

/** @param {string} [server] by default the one of the newest @returns {Grant | undefined} */
export const grantFor = (server) => (server ? all()[server] : Object.values(all()).at(-1));

/**
 * Whether another tab may have a grant: some tab of this browser profile had one.
 * @param {string} [server] by default any
 */
export const mayBeElsewhere = (server) => {
  const servers = Object.keys(profile("ids") ?? {});
  return server ? servers.includes(server) : servers.length > 0;
};

/** @param {Grant} grant */
export function keep(grant) {
  const { [grant.server]: _, ...others } = all();
  tab("grants", { ...others, [grant.server]: grant });
  profile("ids", { ...profile("ids"), [grant.server]: idOf(grant.token) });
}

/** @param {{server: string, token: string}} connection */
export function drop({ server, token }) {
  const { [server]: kept, ...others } = all();
  if (kept?.token === token) tab("grants", others);
}

/**
 * What the server shall end when it gives a new token: what this tab has, and what this browser
 * profile had. The id authenticates nobody.
 * @param {string} server
 */
export function previous(server) {
  const fields = {
    previous_token: grantFor(server)?.token,
    previous_grant: profile("ids")?.[server],
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value));
}

/** The id of a grant (RFC 7519, 4.1.7). @param {string} token */
export function idOf(token) {
  try {
    const payload = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return JSON.parse(atob(payload)).jti;
  } catch {
    return undefined; // not a JSON Web Token
  }
}
