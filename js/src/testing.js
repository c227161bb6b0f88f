// A fake server, to develop and test a site without one. It is in the page, or in node.
//
//   const server = fakeServer({ files: { "a.txt": "A text" }, run: () => ({ result: "42" }) });
//   const connection = await connect({ server: server.url }); // nobody is asked
//   server.revoke();

import { Connection } from "./connection.js";
import { json, missing, oauthError, refusal, unreadable } from "./testing/answers.js";
import { FakeContents } from "./testing/contents.js";
import { FakeGrants } from "./testing/grants.js";
import { FakeKernelTalk, KERNELSPECS } from "./testing/kernels.js";
import { fakePopup } from "./testing/popup.js";
import { FakeSessions } from "./testing/sessions.js";
import { fakeSockets } from "./testing/sockets.js";

/**
 * @typedef {import("./testing/grants.js").Asked} Asked
 * @typedef {import("./testing/grants.js").Allowed} Allowed
 * @typedef {import("./testing/grants.js").Decision} Decision
 * @typedef {import("./testing/kernels.js").Ran} Ran
 * @typedef {import("./testing/kernels.js").FakeKernel} FakeKernel
 * @typedef {{url?: string, files?: Record<string, unknown>,
 *   decide?: (asked: Asked) => Decision | null | Promise<Decision | null>,
 *   run?: import("./testing/kernels.js").Run}} FakeServerOptions `files` are texts, and notebooks as
 *   objects, by path. `decide` is the person: it returns what is allowed, by default all; "deny";
 *   or null, if it never answers. `run` is the kernel
 */

/** What a request needs, by its method and path. @type {[RegExp, string][]} */
const NEEDS = [
  [/^GET api\/contents/, "view"],
  [/^\w+ api\/contents/, "edit"],
  [/^GET api\//, "view"],
  [/./, "run"],
];

const IDENTITY = { username: "fake", name: "A person", display_name: "A person" };
const ME = {
  identity: { ...IDENTITY, initials: null, avatar_url: null, color: null },
  permissions: { updatable_fields: ["color"] },
};

export class FakeServer {
  /** All that are in place: the window that opens may be of any. @type {Set<FakeServer>} */
  static #installed = new Set();
  /** The requests that it got: "GET api/contents". @type {string[]} */
  requests = [];
  #isRunning = true;
  /** @type {Connection[]} */
  #made = [];
  #grants = new FakeGrants();
  #sessions = new FakeSessions();
  #real = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket, open: globalThis.open };

  /** @param {FakeServerOptions} [options] */
  constructor({
    url = "http://localhost:8888",
    files = {},
    decide = () => ({}),
    run = () => "",
  } = {}) {
    this.url = url;
    this.decide = decide;
    this.run = run;
    this.contents = new FakeContents(files);
    const { FakeSocket, endAll } = fakeSockets(
      url,
      (opened) => this.#accept(opened),
      this.#real.WebSocket,
    );
    this.#endSockets = endAll;
    globalThis.fetch = (input, init) => this.#fetch(input, init);
    globalThis.WebSocket = FakeSocket;
    if (globalThis.document) globalThis.open = (...all) => this.#open(...all);
    FakeServer.#installed.add(this);
  }
  #endSockets;

  /** Its kernels. */
  get kernels() {
    return this.#sessions.kernels;
  }

  /** The owner disconnects the site: at the next request, and at once for its sockets. */
  revoke() {
    this.#grants.end("revoked");
    this.#endSockets(4401, "revoked");
  }

  /** All grants are over. */
  expire() {
    this.#grants.end("expired");
    this.#endSockets(4401, "expired");
  }

  /** It does not answer any more. */
  stop() {
    this.#isRunning = false;
    this.#endSockets(1006);
  }

  /** It answers again. */
  start() {
    this.#isRunning = true;
  }

  /** The page has its own `fetch`, `WebSocket` and `open` again. What `connection` made ends. */
  uninstall() {
    for (const connection of this.#made) connection.disconnect().catch(() => {});
    this.#endSockets(1006);
    FakeServer.#installed.delete(this);
    Object.assign(globalThis, this.#real);
  }

  /**
   * A connection without asking: where there is no page, as in node.
   * @param {Allowed} [allowed]
   */
  connection({ scopes = ["run"], ...allowed } = {}) {
    const grant = () => {
      const { token, scopes: given, folder, expires } = this.#grants.issue(scopes, allowed);
      return { server: this.url, token, scopes: given, folder, expires };
    };
    /** @type {Connection} */
    const connection = new Connection(grant(), { ask: async () => connection.renew(grant()) });
    this.#made.push(connection);
    return connection;
  }

  /** @param {...any} all what `open` takes */
  #open(...all) {
    const [url] = all;
    if (url) return this.#real.open(...all);
    return /** @type {any} */ (
      fakePopup(async (authorize) => {
        const answers = [...FakeServer.#installed].map((server) => server.#consent(authorize));
        return (await Promise.all(answers)).find(Boolean) ?? null;
      })
    );
  }

  /** @param {URL} url */
  async #consent({ href, searchParams: query }) {
    if (!href.startsWith(`${this.url}/escherpad/authorize?`)) return null;
    const scopes = (query.get("scope") ?? "").split(" ");
    const client = (query.get("client_id") ?? "").replace(/\/$/, "");
    const decision = await this.decide({ client, scopes, folder: query.get("folder") });
    const common = { state: query.get("state") ?? "", iss: this.url };
    if (!decision) return null;
    if (decision === "deny") return new URLSearchParams({ error: "access_denied", ...common });
    return new URLSearchParams({ code: this.#grants.code(query, decision), ...common });
  }

  /** @param {RequestInfo | URL} input @param {RequestInit} [init] */
  async #fetch(input, init) {
    const request = new Request(input, init);
    if (!request.url.startsWith(`${this.url}/`) && request.url !== this.url)
      return this.#real.fetch(request);
    request.signal.throwIfAborted();
    if (!this.#isRunning) throw unreadable();
    const { pathname, searchParams } = new URL(request.url);
    const path = decodeURIComponent(pathname.slice(new URL(`${this.url}/`).pathname.length));
    this.requests.push(`${request.method} ${path}`);
    return (await this.#endpoint(path, request)) ?? this.#api(path, searchParams, request);
  }

  /** What needs no token, or speaks of one. @param {string} path @param {Request} request */
  async #endpoint(path, request) {
    const token = tokenOf(request);
    if (path === ".well-known/oauth-authorization-server") return json(this.#metadata());
    if (path === "escherpad/grant") return this.#grants.describe(token);
    if (path === "api" && !token) return json({ version: "2" });
    if (!["escherpad/token", "escherpad/revoke"].includes(path)) return null;
    const fields = new URLSearchParams(await request.text());
    if (path === "escherpad/token") return this.#grants.redeem(fields);
    if (!fields.has("token")) return oauthError("invalid_request", "There is no token.");
    this.#grants.end("revoked", (grant) => grant.token === fields.get("token"));
    return new Response("");
  }

  /** @param {string} path @param {URLSearchParams} query @param {Request} request */
  async #api(path, query, request) {
    const token = tokenOf(request);
    // A page cannot read these refusals: its origin is not allowed any more.
    if (!token || this.#grants.problem(token)) throw unreadable();
    const asked = `${request.method} ${path}`;
    const needed = NEEDS.find(([pattern]) => pattern.test(asked))?.[1] ?? "run";
    if (!this.#grants.allows(token, needed))
      return refusal(403, "insufficient_scope", "scope_missing", { scope: needed });
    const body = await request.json().catch(() => null);
    const [, resource, ...rest] = path.split("/");
    if (resource === "contents")
      return this.contents.answer(request.method, rest.join("/"), query, body);
    if (resource === "kernels") return this.#sessions.kernel(request.method, rest, body);
    if (resource === "sessions") return this.#sessions.session(request.method, rest, body);
    if (resource === "kernelspecs") return json(KERNELSPECS);
    if (resource === "status") return json(this.#status());
    if (resource === "me") return json(ME);
    if (resource === "terminals") return json([]);
    return missing(path);
  }

  /** RFC 8414, 2. */
  #metadata() {
    const at = (/** @type {string} */ name) => `${this.url}/escherpad/${name}`;
    return {
      issuer: this.url,
      authorization_endpoint: at("authorize"),
      token_endpoint: at("token"),
      revocation_endpoint: at("revoke"),
    };
  }

  #status() {
    const now = new Date().toISOString();
    return { connections: 0, kernels: this.kernels.length, last_activity: now, started: now };
  }

  /** @param {import("./testing/sockets.js").Opened} opened */
  #accept({ url, token, send }) {
    if (!this.#isRunning || this.#grants.problem(token)) return null;
    const id = /\/api\/kernels\/([^/]+)\/channels$/.exec(url.pathname)?.[1];
    if (!id) return () => {};
    if (!this.kernels.some((kernel) => kernel.id === id)) return null;
    const talk = new FakeKernelTalk((code) => this.run(code), send);
    return (/** @type {string} */ text) => talk.hear(text);
  }
}

/**
 * Put a fake server in place of the real ones at its address. Other addresses are not changed.
 * @param {FakeServerOptions} [options]
 */
export const fakeServer = (options) => new FakeServer(options);

/** @param {Request} request */
const tokenOf = ({ headers }) =>
  /^(?:Bearer|token) (.+)$/.exec(headers.get("Authorization") ?? "")?.[1];
