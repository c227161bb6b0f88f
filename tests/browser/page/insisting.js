// An allowed page on the server's own site (another port) whose client always asks for cookies to count.
import { tokenProtocols } from "./connection.js";
import { check, provideSteps } from "./steps.js";

const unreadable =
  (path, init) =>
  async ({ server, token }) => {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    const failed = await fetch(server + path, { ...init, headers, credentials: "include" }).then(
      ({ status }) => `read: ${status}`,
      ({ name }) => name,
    );
    check(failed === "TypeError", failed);
  };

function opens(url, protocols) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, protocols);
    socket.onopen = () => resolve(socket);
    socket.onerror = () => reject(new Error("the socket did not open"));
  });
}

const steps = [
  ["read", unreadable("api/me")],
  ["read a page", unreadable("login")],
  ["write", unreadable("api/contents", { method: "POST", body: '{"type": "file"}' })],
  [
    "socket",
    async ({ server, token }) => {
      const url = `${server.replace(/^http/, "ws")}api/events/subscribe`;
      (await opens(url, tokenProtocols(token))).close();
    },
  ],
];

provideSteps(() => steps);
