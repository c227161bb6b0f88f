// The grants of a fake server: who asks, what is allowed, and whether a token is still good.

import { json, oauthError, refusal } from "./answers.js";

/**
 * @typedef {{client: string, scopes: string[], folder: string | null}} Asked
 * @typedef {{scopes?: string[], folder?: string | null, seconds?: number}} Allowed
 * @typedef {"deny" | Allowed} Decision
 * @typedef {{id: string, token: string, scopes: string[], folder: string | null, created: number,
 *   expires: number, ended: "" | "revoked" | "expired"}} FakeGrant times are milliseconds
 */

const BUNDLES = ["view", "edit", "run", "full"]; // each includes those before it
const ONE_HOUR = 3600;

/** @param {object} value */
const part = (value) =>
  btoa(JSON.stringify(value)).replace(/=+$/, "").replace(/\+/g, "-").replace(/\//g, "_");

export class FakeGrants {
  /** @type {FakeGrant[]} */
  all = [];
  /** What waits for its code. @type {Map<string, {challenge: string, redirect: string, decided: Allowed, scopes: string[]}>} */
  #codes = new Map();

  /** @param {string[]} scopes @param {Allowed} [allowed] */
  issue(scopes, { scopes: given = scopes, folder = null, seconds = ONE_HOUR } = {}) {
    const id = crypto.randomUUID();
    const created = Date.now();
    const token = [part({ alg: "none" }), part({ jti: id }), part({ fake: true })].join(".");
    const names = given.flatMap((name) => BUNDLES.slice(0, BUNDLES.indexOf(name) + 1));
    const all = [...new Set([...names, ...given])];
    const expires = created + seconds * 1000;
    /** @type {FakeGrant} */
    const grant = { id, token, scopes: all, folder, created, expires, ended: "" };
    this.all.push(grant);
    return grant;
  }

  /** @param {URLSearchParams} query @param {Allowed} decided */
  code(query, decided) {
    const code = crypto.randomUUID();
    this.#codes.set(code, {
      challenge: query.get("code_challenge") ?? "",
      redirect: query.get("redirect_uri") ?? "",
      scopes: (query.get("scope") ?? "").split(" "),
      decided,
    });
    return code;
  }

  /** The token endpoint. @param {URLSearchParams} fields */
  async redeem(fields) {
    const code = fields.get("code") ?? "";
    const waiting = this.#codes.get(code);
    this.#codes.delete(code);
    const challenge = await s256(fields.get("code_verifier") ?? "");
    if (waiting?.challenge !== challenge || waiting.redirect !== fields.get("redirect_uri"))
      return oauthError("invalid_grant");
    const { token, scopes, folder, created, expires } = this.issue(waiting.scopes, waiting.decided);
    this.end("revoked", (grant) =>
      [grant.token, grant.id].some(
        (name) =>
          name && [fields.get("previous_token"), fields.get("previous_grant")].includes(name),
      ),
    );
    const expires_in = (expires - created) / 1000;
    const given = {
      access_token: token,
      token_type: "Bearer",
      expires_in,
      scope: scopes.join(" "),
    };
    return json({ ...given, ...(folder !== null && { folder }) });
  }

  /** @param {"revoked" | "expired"} why @param {(grant: FakeGrant) => boolean} [which] */
  end(why, which = () => true) {
    for (const grant of this.all) if (!grant.ended && which(grant)) grant.ended = why;
  }

  /** Why a token is not good; "" if it is. @param {string | undefined} token */
  problem(token) {
    const grant = this.of(token);
    if (!grant) return "unknown_token";
    if (!grant.ended && grant.expires <= Date.now()) grant.ended = "expired";
    return grant.ended;
  }

  /** @param {string | undefined} token */
  of(token) {
    return this.all.find((grant) => grant.token === token);
  }

  /** @param {string | undefined} token */
  describe(token) {
    const problem = this.problem(token);
    const grant = this.of(token);
    if (problem || !grant) return refusal(401, "invalid_token", problem);
    const times = { created: grant.created / 1000, expires_at: grant.expires / 1000 };
    const folder = grant.folder !== null && { folder: grant.folder };
    return json({
      client_id: `${globalThis.origin}/`,
      scope: grant.scopes.join(" "),
      ...folder,
      ...times,
    });
  }

  /** @param {string | undefined} token @param {string} name of a bundle */
  allows(token, name) {
    return Boolean(this.of(token)?.scopes.includes(name));
  }
}

/** RFC 7636, 4.2. @param {string} verifier */
async function s256(verifier) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const base64 = btoa(String.fromCharCode(...new Uint8Array(digest)));
  return base64.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
