// The service worker of a browser extension (Manifest V3): it uses a server with a grant token.
import { connect, Connection } from "./connect.js";

/** What became of each request: a status, or what went wrong. */
globalThis.useServer = async (server, token) => {
  const refusal = await connect({ server }).then(String, ({ code }) => code);
  const headers = { Authorization: `Bearer ${token}` };
  const grant = await (await fetch(`${server}/escherpad/grant`, { headers })).json();
  const [scopes, expires] = [grant.scope.split(" "), grant.expires_at * 1000];
  const connection = new Connection({ server, token, scopes, expires });
  const status = async (path, method = "GET", content = undefined) => {
    const body = content && JSON.stringify(content);
    return (await connection.fetch(path, { method, body })).status;
  };
  const kernel = await connection.fetch("api/kernels", { method: "POST", body: "{}" });
  const { id } = await kernel.json();
  const url = `${connection.serverSettings.wsUrl}api/kernels/${id}/channels`;
  return {
    refusal,
    list: await status("api/contents"),
    write: await status("api/contents", "POST", { type: "file", format: "text", content: "x" }),
    start: kernel.status,
    socket: await opens(new connection.WebSocket(url)),
    stop: await status(`api/kernels/${id}`, "DELETE"),
    withoutToken: (await fetch(`${server}/api/contents`)).status,
  };
};

function opens(socket) {
  return new Promise((resolve) => {
    socket.onopen = () => {
      socket.close();
      resolve(true);
    };
    socket.onerror = () => resolve(false);
  });
}
