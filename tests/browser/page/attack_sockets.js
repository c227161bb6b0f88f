// WebSockets know no CORS: any page may open one anywhere, and the owner's cookies go along.
import { tokenProtocols } from "./connection.js";
import { withToken } from "./attack_targets.js";

const SECONDS = 3;

function opens(url, protocols) {
  const socket = new WebSocket(url, protocols);
  return new Promise((resolve) => {
    socket.onopen = () => resolve(`from an open socket (${socket.protocol})`);
    socket.onerror = () => resolve("");
    setTimeout(() => resolve(""), SECONDS * 1000);
  });
}

export function socketAttempts(given) {
  const { socketServer, token, kernel, terminal } = given;
  const paths = [
    `api/kernels/${kernel}/channels`,
    `terminals/websocket/${terminal}`,
    "api/events/subscribe",
  ];
  const subprotocols = ["v1.kernel.websocket.jupyter.org", ...tokenProtocols(token)];
  return paths.flatMap((path) => [
    [`WebSocket with the cookie: ${path}`, () => opens(socketServer + path, [])],
    [
      `WebSocket with the token in its URL: ${path}`,
      () => opens(withToken(socketServer + path, given), []),
    ],
    [
      `WebSocket with the token subprotocol: ${path}`,
      () => opens(socketServer + path, subprotocols),
    ],
    [
      `WebSocket with everything: ${path}`,
      () => opens(withToken(socketServer + path, given), subprotocols),
    ],
  ]);
}
