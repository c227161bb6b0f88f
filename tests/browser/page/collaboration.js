// A page on another origin that edits a notebook together with others, by what docs/collaboration.md says to write.
// It is bundled beside the files of that page and those of js/src.
import { WebSocketAwarenessProvider, WebSocketProvider } from "@jupyter/docprovider";
import { YNotebook } from "@jupyter/ydoc";
import { ServerConnection, UserManager } from "@jupyterlab/services";
import { nullTranslator } from "@jupyterlab/translation";
import { WebsocketProvider } from "y-websocket";
import { Connection } from "./connect.js";
import { openNotebook } from "./notebook.js";
import { settingsFor } from "./settings.js";

const notebooks = new Map();
const ends = new Map();
const sockets = [];

const SETTINGS = {
  page: settingsFor,
  connect: async (server, token) => {
    const grant = { server: server.slice(0, -1), token, scopes: [], expires: Date.now() + 1e6 };
    return new Connection(grant).serverSettings;
  },
  // For clients that can put a token into a socket's address only.
  url: (server, token) => ({ ...settingsFor(server, token), WebSocket, appendToken: true }),
};

function noted(Socket) {
  return class extends Socket {
    constructor(...all) {
      super(...all);
      const seen = { url: this.url, opened: false };
      sockets.push(seen);
      this.addEventListener("open", () => (seen.opened = true));
      this.addEventListener("close", ({ code, reason }) =>
        Object.assign(seen, { code, reason, closed: Date.now() }),
      );
    }
  };
}

async function settingsBy(way, server, token) {
  const settings = await SETTINGS[way](server, token);
  return { ...settings, WebSocket: noted(settings.WebSocket) };
}

const manage = (server, token) => {
  const serverSettings = ServerConnection.makeSettings(settingsFor(server, token));
  return { serverSettings, user: new UserManager({ serverSettings }) };
};

const opens = (provider) =>
  new Promise((resolve) => {
    provider.on("status", ({ status }) => status === "connected" && resolve(true));
    provider.on("connection-close", () => resolve(false));
  }).finally(() => provider.destroy());

window.collaboration = {
  /** Returns what kept the notebook from opening, or "". */
  async open({ name, server, token, path, way }) {
    const settings = await settingsBy(way, server, token);
    return openNotebook(settings, path, (reason) => ends.set(name, reason)).then(
      (notebook) => (notebooks.set(name, notebook), ""),
      (error) => error.message,
    );
  },

  /** As a client that never heard of tokens that end. */
  async openCarelessly({ name, server, token, path }) {
    const serverSettings = ServerConnection.makeSettings(await settingsBy("page", server, token));
    const [model, { user }] = [new YNotebook(), manage(server, token)];
    const translator = nullTranslator.load("jupyterlab");
    const file = { path, format: "json", contentType: "notebook" };
    const provider = new WebSocketProvider({ ...file, model, user, serverSettings, translator });
    const close = () => [provider, user].forEach((each) => each.dispose());
    notebooks.set(name, { model, provider, close });
    return provider.ready;
  },

  /** Whether the room of JupyterLab's list of people opens: by the class for it, and by y-websocket's own. */
  async awareness(server, token) {
    const { serverSettings, user } = manage(server, token);
    const [url, roomID] = [
      `${serverSettings.wsUrl}api/collaboration/room`,
      "JupyterLab:globalAwareness",
    ];
    const { awareness } = new YNotebook();
    const own = { awareness, WebSocketPolyfill: serverSettings.WebSocket, disableBc: true };
    const found = [
      await opens(new WebSocketAwarenessProvider({ url, roomID, awareness, user })),
      await opens(new WebsocketProvider(url, roomID, awareness.doc, own)),
    ];
    user.dispose();
    return found;
  },

  /** Types at the end of the first cell, while others may do so. */
  async write(name, text) {
    const [cell] = notebooks.get(name).model.cells;
    for (const letter of text) {
      const end = cell.source.length;
      cell.updateSource(end, end, letter);
      await new Promise((resolve) => setTimeout(resolve));
    }
  },

  source: (name) => notebooks.get(name).model.cells[0].source,
  // The server is there as well, as nobody.
  members: (name) =>
    [...notebooks.get(name).model.awareness.getStates().values()].flatMap(
      ({ user }) => user?.display_name ?? [],
    ),
  close: (name) => notebooks.get(name).close(),
  ended: (name) => ends.get(name),
  sockets: () => sockets,

  /** Status and reason of an answer; null where the page may not read it. */
  async ask(method, url, token, body) {
    const headers = token ? { Authorization: `Bearer ${token}` } : {};
    const init = { method, headers, body: body && JSON.stringify(body) };
    const response = await fetch(url, init).catch(() => null);
    return response && [response.status, (await response.json()).reason ?? ""];
  },

  socketOpens: (url, token) =>
    new Promise((resolve) => {
      const socket = token ? new (settingsFor(url, token).WebSocket)(url) : new WebSocket(url);
      socket.onopen = () => socket.close() ?? resolve(true);
      socket.onclose = () => resolve(false);
    }),
};
