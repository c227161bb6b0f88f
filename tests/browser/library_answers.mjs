// What a connection makes of what its server answers, and of what other tabs tell.
//   node library_answers.mjs URL-of-connection.js
// Prints what came of it, in JSON.
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";

const DAY = 86_400_000;
const EVENTS = ["refused", "extended", "lost", "back", "expiring", "ended"];

/** What the sockets offered, in their order. */
const offered = [];
class Socket extends EventTarget {
  constructor(_, protocols) {
    super();
    offered.push(protocols.length);
  }
}
/** It asks because of what it hears, and not because time has passed. */
globalThis.setInterval = /** @type {any} */ (() => 0);
globalThis.WebSocket = /** @type {any} */ (Socket);
/** How long the last request waits for an answer; what ends it. */
let patience = 0;
let giveUp = () => {};
AbortSignal.timeout = (milliseconds) => {
  const controller = new AbortController();
  patience = milliseconds;
  giveUp = () => controller.abort();
  return controller.signal;
};
const { Connection } = await import(process.argv[2]);
const { ask, locate } = await import(new URL("requests.js", process.argv[2]).href);

const paths = new EventEmitter();
/** What the server does, by path. */
const answers = {};
const refusal = (reason) => [401, { error: "invalid_token", reason }];
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "", "http://x");
  const [status, body] = answers[pathname] ?? [200, {}];
  response.statusCode = status;
  if (status === 302) response.setHeader("Location", body);
  response.setHeader("Content-Type", "application/json");
  if (body === "half") response.write('{"a"');
  else response.end(JSON.stringify(body));
  paths.emit(pathname);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
const origin = `http://127.0.0.1:${port}`;
const address = `${origin}/user/ana`;
const GRANT = "/user/ana/escherpad/grant";

const made = [];
const told = [];
function connect(given = {}, site = {}) {
  const grant = { server: address, token: "a-token", scopes: ["run"], expires: Date.now() + DAY };
  const connection = new Connection({ ...grant, ...given }, site);
  for (const type of EVENTS) connection.addEventListener(type, () => told.push(type));
  made.push(connection);
  return connection;
}

/** What it told meanwhile. */
const news = () => told.splice(0);
const code = (promise) => promise.then(String, (error) => error.code ?? error.name);
const said = {};

// Why it ended.
for (const reason of ["revoked", "expired", "wrong_origin"]) {
  answers[GRANT] = refusal(reason);
  const connection = connect();
  said[reason] = [await connection.check(), connection.ended];
  await connection.disconnect();
  said[reason].push(connection.ended, ...news());
}

// A request that is refused makes it ask why.
answers["/user/ana/api"] = refusal("revoked");
const asking = connect();
const why = once(paths, GRANT);
const over = once(asking, "ended");
await asking.fetch("api");
await Promise.all([why, over]);
said.refusedRequest = [asking.ended, ...news()];

// Another tab has a newer token.
const newer = {
  server: address,
  token: "a-newer-token",
  scopes: ["view"],
  expires: Date.now() + DAY,
};
const renewed = connect(
  {},
  {
    newer: async () => {
      answers[GRANT] = [200, {}];
      return newer;
    },
  },
);
said.newer = [await renewed.check(), renewed.token, renewed.scopes, ...news()];
renewed.renew(newer);
said.same = news();

// What the server says when it is in trouble does not end it.
answers[GRANT] = [503, { error: "temporarily_unavailable" }];
said.trouble = [await code(renewed.check()), renewed.ended];
answers[GRANT] = [302, "/elsewhere"];
said.redirect = [await code(renewed.check()), renewed.ended];
answers[GRANT] = [200, "half"];
const begun = once(paths, GRANT);
const half = code(renewed.check());
await begun;
said.patience = patience;
giveUp();
said.half = [await half, renewed.ended];

// Tokens are for their server alone, also where a path leads out of it.
said.fetch = await code(renewed.fetch("../bob/api"));
said.elsewhere = await code(renewed.fetch("http://localhost:1/api"));
for (const path of ["api", "../bob/api", "../../api"])
  new renewed.WebSocket(`${renewed.serverSettings.wsUrl}${path}`);
said.offered = offered;

// A server that has something else, or calls itself otherwise, is none.
const METADATA = "/user/ana/.well-known/oauth-authorization-server";
const found = (others = []) => code(locate({ server: address, others }));
const find = async (body, others) => {
  answers[METADATA] = [200, body];
  return found(others);
};
said.located = [
  await find({ issuer: address }),
  await find({ issuer: `${origin}/user/bob` }),
  await find({}),
  await find("text"),
  await find({}, [`${origin}/nowhere`]),
];
answers["/nowhere/.well-known/oauth-authorization-server"] = [200, { issuer: `${origin}/nowhere` }];
said.located.push(
  await find({}, [`${origin}/nowhere`]),
  await find({ issuer: "x" }, [`${origin}/nowhere`]),
);

// An error that the server gives another name.
answers["/user/ana/x"] = [400, { error: "a_new_error", error_description: "Because." }];
said.unknown = await ask(address, "x", { method: "POST" }).catch(({ code: is, message }) => [
  is,
  message,
]);

// So far away that a timer cannot wait for it: then it does not end at once.
const long = connect({ expires: Date.now() + 40 * DAY });
await new Promise((resolve) => setTimeout(resolve, 50));
said.long = [long.ended, ...news()];

for (const connection of made) connection.disconnect().catch(() => {});
server.closeAllConnections();
server.close();
console.log(JSON.stringify(said).replaceAll(origin, ""));
