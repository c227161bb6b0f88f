// A connection whose server goes away and comes back, on a clock that is a fake.
//   node library_connection.mjs URL-of-connection.js
// Prints what it told, in its order.
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { mock } from "node:test";

const SECONDS_BETWEEN_CHECKS = 30;

const page = Object.assign(new EventTarget(), { hidden: false });
/** What its sockets offered, by their address. */
const offered = {};
class Socket extends EventTarget {
  constructor(url, protocols) {
    super();
    offered[url] = protocols.length;
  }
}
Object.assign(globalThis, { document: page, WebSocket: Socket });
/** Ends the requests that wait for an answer. */
let giveUp = () => {};
AbortSignal.timeout = () => {
  const controller = new AbortController();
  giveUp = () => controller.abort();
  return controller.signal;
};
mock.timers.enable({ apis: ["setInterval", "Date"] });
const { Connection } = await import(process.argv[2]);

let answered = 0;
let hangs = false;
const asked = new EventEmitter();
/** What each request had: the path, the token, the header of the site. */
const heard = [];
async function serve(port) {
  const server = createServer(({ url, headers }, response) => {
    heard.push([url, headers.authorization ?? "", headers["x-site"] ?? ""]);
    asked.emit("request");
    if (hangs) return;
    answered++;
    response.setHeader("Content-Type", "application/json").end("{}");
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function stop(server) {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}

const server = await serve(0);
const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
const connection = new Connection({
  server: `http://127.0.0.1:${port}`,
  token: "a-token",
  scopes: ["run"],
  expires: Date.now() + 3_600_000,
  headers: { "X-Site": "mine" },
});
const told = [];
function listen(to) {
  for (const type of ["lost", "back", "expiring", "ended"])
    to.addEventListener(type, () => told.push(type));
}
listen(connection);

/** Let some time pass; then ask once more, to know that all before it was answered. */
async function pass(seconds) {
  for (let past = 0; past < seconds; past += SECONDS_BETWEEN_CHECKS) {
    mock.timers.tick(SECONDS_BETWEEN_CHECKS * 1000);
    await connection.check().catch(() => {});
  }
}

await pass(30);
told.push(`asked by itself: ${answered > 1}`);
await stop(server);
await pass(60);
told.push("after a minute");
await pass(30);
const again = await serve(port);
await pass(30);

// A server that takes requests and answers none. The clock stands still meanwhile.
hangs = true;
for (const seconds of [0, 60]) {
  mock.timers.setTime(Date.now() + seconds * 1000);
  const request = once(asked, "request");
  const checked = connection.check().catch(({ code }) => code);
  await request;
  giveUp();
  told.push(`hangs: ${await checked}`);
}
hangs = false;
await connection.check();

page.hidden = true;
const before = answered;
mock.timers.tick(600_000);
page.hidden = false;
page.dispatchEvent(new Event("visibilitychange"));
await connection.check();
told.push(`asked while hidden: ${answered - before - 2}`);

// Another server gets neither the token nor the headers.
heard.length = 0;
const other = await serve(0);
const elsewhere = `http://127.0.0.1:${/** @type {any} */ (other.address()).port}`;
await connection.serverSettings.fetch(`${elsewhere}/a`);
await connection.serverSettings.fetch(`http://127.0.0.1:${port}/b`, {
  headers: { Authorization: "token of-the-client" },
});
const { href: here } = new URL(connection.serverSettings.wsUrl);
const urls = [`${here}a`, `${elsewhere.replace("http", "ws")}/a`, `${here}user/ana/../../../b`];
for (const url of urls) new connection.WebSocket(url);
told.push(JSON.stringify(heard), JSON.stringify(Object.values(offered)));
await stop(other);

await stop(again);
await connection.disconnect().catch(() => {});

const { server: address, token, scopes } = connection;
const short = new Connection({ server: address, token, scopes, expires: Date.now() + 500 });
listen(short);
await once(short, "ended");
told.push(String(short.ended));
console.log(JSON.stringify(told));
