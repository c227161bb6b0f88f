// A connection whose server goes away and comes back, on a clock that is a fake.
//   node library_connection.mjs URL-of-connection.js
// Prints what it told, in its order.
import { once } from "node:events";
import { createServer } from "node:http";
import { mock } from "node:test";

const SECONDS_BETWEEN_CHECKS = 30;

const page = Object.assign(new EventTarget(), { hidden: false });
Object.assign(globalThis, { document: page, WebSocket: EventTarget });
mock.timers.enable({ apis: ["setInterval", "Date"] });
const { Connection } = await import(process.argv[2]);

let answered = 0;
async function serve(port) {
  const server = createServer((_, response) => {
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
page.hidden = true;
const before = answered;
mock.timers.tick(600_000);
page.hidden = false;
page.dispatchEvent(new Event("visibilitychange"));
await connection.check();
told.push(`asked while hidden: ${answered - before - 2}`);
await stop(again);
await connection.disconnect().catch(() => {});

const { server: address, token, scopes } = connection;
const short = new Connection({ server: address, token, scopes, expires: Date.now() + 500 });
listen(short);
await once(short, "ended");
told.push(String(short.ended));
console.log(JSON.stringify(told));
