// What the requests of a connection become on their way.
//   node library_requests.mjs URL-of-connection.js
// Prints, in JSON: what each request was, and what the server got if that is something else.
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

globalThis.WebSocket = /** @type {any} */ (class {});
const READ = "?content=1&hash=0";
const { Connection } = await import(process.argv[2]);

let got = "";
async function serve() {
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    got = [method, url, headers["x-site"] ?? "", await text(request)].join(" ").trim();
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { server, origin: `http://127.0.0.1:${port}` };
}

const [own, other] = [await serve(), await serve()];
const connection = new Connection({
  server: `${own.origin}/user/ana`,
  token: "a-token",
  scopes: ["edit"],
  expires: Date.now() + 3_600_000,
});

const found = {};
/** @param {string} method @param {string} url @param {{headers?: {"X-Site": string}, body?: string}} [init] */
async function send(method, url, init = {}) {
  await connection.serverSettings.fetch(url, { method, ...init });
  const { origin } = new URL(url);
  const parts = [method, url.slice(origin.length), init.headers?.["X-Site"] ?? "", init.body ?? ""];
  const asked = parts.join(" ").trim();
  found[origin === own.origin ? asked : `elsewhere: ${asked}`] = got === asked || got;
}

const contents = `${own.origin}/user/ana/api/contents`;
await send("GET", `${contents}/x.txt${READ}`, { headers: { "X-Site": "mine" } });
for (const query of ["?hash=0&content=1", "?content=1", "?hash=0"])
  await send("GET", `${contents}/a%20b/x.txt${query}`);

// What says more, or is something else.
for (const query of ["?content=0&hash=0", "?content=1&hash=1", `?type=file&${READ.slice(1)}`])
  await send("GET", `${contents}/x.txt${query}`);
for (const query of ["?content=0&content=1", "?content=10", "", "?id=1", `${READ}&id=1`])
  await send("GET", `${contents}/x.txt${query}`);
for (const method of ["PUT", "POST", "PATCH", "DELETE"])
  await send(method, `${contents}/x.txt${READ}`, method === "DELETE" ? {} : { body: "{}" });
for (const path of ["api/status", "files/api/contents/x.txt", "api/contents-of-mine/x"])
  await send("GET", `${own.origin}/user/ana/${path}${READ}`);
await send("GET", `${own.origin}/user/bob/api/contents/x.txt${READ}`);
await send("GET", `${other.origin}/user/ana/api/contents/x.txt${READ}`);

await connection.disconnect().catch(() => {});
for (const { server } of [own, other]) {
  server.closeAllConnections();
  server.close();
}
console.log(JSON.stringify(found));
