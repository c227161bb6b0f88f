// How a page on another origin talks to the server: token in a header, or as a WebSocket subprotocol; no cookies.
import { PageConfig } from "@jupyterlab/coreutils";
import { ServerConnection, ServiceManager } from "@jupyterlab/services";

export const TOKEN_PROTOCOL = "v1.token.websocket.jupyter.org";

// The protocols to offer besides the client's own. RFC 6455 §4.1: each must be an RFC 9110 token, and
// encodeURIComponent leaves two characters that are none: "(" and ")".
export function tokenProtocols(token) {
  const encoded = encodeURIComponent(token).replace(/[()]/g, (c) => (c === "(" ? "%28" : "%29"));
  return [TOKEN_PROTOCOL, `${TOKEN_PROTOCOL}.${encoded}`];
}

// A WebSocket class that also offers the token, and remembers the sockets made with it.
export function tokenSocket(token, opened) {
  return class TokenSocket extends WebSocket {
    constructor(url, protocols = []) {
      super(url, [...[protocols].flat(), ...tokenProtocols(token)]);
      opened.push(this);
    }
  };
}

// What is all that some clients can do: the library puts the token into the address.
function plainSocket(opened) {
  return class PlainSocket extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols);
      opened.push(this);
    }
  };
}

// What the steps share: the client library's managers, and a plain fetch with the same header.
export async function connect({ server, token, inUrl = false }) {
  PageConfig.setOption("terminalsAvailable", "true");
  const opened = [];
  const serverSettings = ServerConnection.makeSettings({
    baseUrl: server,
    wsUrl: server.replace(/^http/, "ws"),
    token,
    appendToken: inUrl,
    init: { cache: "default", credentials: "omit" },
    WebSocket: inUrl ? plainSocket(opened) : tokenSocket(token, opened),
  });
  const manager = new ServiceManager({ serverSettings, standby: "never" });
  const named = inUrl ? "" : TOKEN_PROTOCOL;
  return { server, token, opened, named, serverSettings, manager, ask: asker(server, token) };
}

// Returns ask(path, init) → Response, with the token unless init says another one, or none (null).
export function asker(server, ownToken) {
  return (path, { token = ownToken, headers = {}, ...init } = {}) => {
    const authorization = token === null ? {} : { Authorization: `Bearer ${token}` };
    return fetch(server + path, {
      credentials: "omit",
      ...init,
      headers: { ...authorization, ...headers },
    });
  };
}
