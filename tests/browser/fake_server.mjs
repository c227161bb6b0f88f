// A fake server in node: what a site's tests do with it. Prints what came of it, in JSON.
//   node fake_server.mjs URL-of-testing.js
import { once } from "node:events";

const nothing = async () => {
  throw new Error("a request went out");
};
globalThis.fetch = nothing;
const { fakeServer } = await import(process.argv[2]);
const said = {};
const server = fakeServer({
  url: "http://localhost:8888/user/ana",
  files: {
    "data/a.txt": "A text",
    "n.ipynb": { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 },
  },
  run: (code) =>
    code === "1/0"
      ? { error: { ename: "ZeroDivisionError", evalue: "" } }
      : { stdout: "hi\n", result: "42" },
});
const connection = server.connection();
const json = async (path, init) => (await connection.fetch(path, init)).json();
const status = async (given, path, init) =>
  given.fetch(path, init).then(
    (answer) => answer.status,
    (error) => error.name,
  );

said.folder = (await json("api/contents")).content.map(({ path, type }) => [path, type]);
said.file = (await json("api/contents/data/a.txt")).content;
const body = JSON.stringify({ type: "file", format: "text", content: "B" });
said.saved = await status(connection, "api/contents/data/b%20c.txt", { method: "PUT", body });
said.read = server.contents.read("data/b c.txt");
const move = JSON.stringify({ path: "moved" });
said.renamed = await status(connection, "api/contents/data", { method: "PATCH", body: move });
said.after = (await json("api/contents/moved")).content.map(({ name }) => name);
said.new = (
  await json("api/contents/moved", { method: "POST", body: JSON.stringify({ type: "notebook" }) })
).path;
said.deleted = await status(connection, "api/contents/moved", { method: "DELETE" });
said.gone = await status(connection, "api/contents/moved/a.txt");
said.terminals = await json("api/terminals");

const viewer = server.connection({ scopes: ["view"], folder: "data" });
said.viewer = [viewer.scopes, viewer.folder];
const refused = once(viewer, "refused");
said.refused = await status(viewer, "api/contents/x", { method: "PUT", body });
said.reason = (await refused)[0].detail.reason;
said.nobody = await fetch(`${connection.server}/api/contents`).catch((error) => error.name);
said.elsewhere = await fetch("http://localhost:8888/user/anabel").catch((error) => error.message);

const kernel = await json("api/kernels", { method: "POST" });
const url = `${connection.serverSettings.wsUrl}api/kernels/${kernel.id}/channels`;
const { WebSocket: Socket } = connection;

async function run(code) {
  const socket = new Socket(url);
  await once(socket, "open");
  const header = { msg_id: crypto.randomUUID(), msg_type: "execute_request" };
  socket.send(JSON.stringify({ header, content: { code }, channel: "shell" }));
  const seen = [];
  await new Promise((resolve) => {
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      seen.push(message.header.msg_type);
      if (message.content.execution_state === "idle") resolve(undefined);
    };
  });
  return [seen, socket];
}

const [messages, socket] = await run("print(1)");
said.ran = messages;
said.failed = (await run("1/0"))[0];
server.stop();
said.stopped = await status(connection, "api/contents");
server.start();
said.started = await status(connection, "api/contents");
const [, open] = await run("1");
said.closedByStop = socket.readyState;
const ended = once(connection, "ended");
const closed = once(open, "close");
server.revoke();
said.code = (await closed)[0].code;
await ended;
said.ended = connection.ended;
said.refusedSocket = await new Promise((resolve) => {
  new Socket(url).addEventListener("close", ({ code }) => resolve(code));
});
const short = server.connection();
await short.extend();
server.expire();
said.good = await short.check();
said.expired = short.ended;
const given = server.connection();
await given.disconnect();
said.disconnected = [given.ended, server.requests.at(-1)];
server.uninstall();
said.uninstalled = globalThis.fetch === nothing;
console.log(JSON.stringify(said));
