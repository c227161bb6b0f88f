// A site that people connect to their servers: it resumes when it loads, and has a button.
import { secrets, sent, witness } from "./connect_witness.js";
import { ServerConnection, ServiceManager } from "@jupyterlab/services";
import { PageConfig } from "@jupyterlab/coreutils";
import { connect, ConnectError, resume } from "../../../js/src/connect.js";
import { asker } from "./connection.js";
import { contentsSteps } from "./contents_steps.js";
import { kernelSteps } from "./kernel_steps.js";
import { errorSteps, headerSteps, serverSteps } from "./server_steps.js";
import { provideSteps } from "./steps.js";

const site = (window.site = {
  options: {},
  connection: null,
  sent,
  secrets: () => [...secrets(), site.connection?.token].filter(Boolean),
  /** What came of the calls to `connect`, in their order: promises that always resolve. */
  outcomes: [],
  /** Ends the last question. */
  abort: null,
  /** What the last kernel socket is closed with. */
  closed: null,
  /** What came of resuming when the page was loaded. */
  resumed: null,
  begin: () => site.outcomes.push(outcome(site.options.extend ? extend() : begin())),
  resume: (server) => outcome(resume(server)),
  disconnect: () => outcome(site.connection.disconnect()),
  /** By the client library of JupyterLab. */
  request: (path) => {
    const settings = ServerConnection.makeSettings(site.connection.serverSettings);
    const url = settings.baseUrl + path;
    return ServerConnection.makeRequest(url, {}, settings).then(({ status }) => status);
  },
  fetch: (path) => site.connection.fetch(path).then(({ status }) => status),
  ask: (path, init) => asker(`${site.connection.server}/`, site.connection.token)(path, init),
  openKernelSocket,
  /** What the connection told: the event, and why it ended. */
  events: [],
});

const begin = () => connect(withSignal(site.options));

async function extend() {
  await site.connection.extend();
  return site.connection;
}

async function outcome(promise) {
  try {
    const connection = await promise;
    if (connection && connection !== site.connection) listen(connection);
    return { connection: connection ? plain(connection) : null };
  } catch (error) {
    const isConnectError = error instanceof ConnectError;
    const { code, message, finding } = error;
    return { error: { isConnectError, code, message, finding } };
  }
}

function listen(connection) {
  Object.assign(site, { connection, events: [] });
  for (const type of ["expiring", "extended", "refused", "ended", "lost", "back"])
    connection.addEventListener(type, () => site.events.push([type, connection.ended]));
}

function plain({ server, token, scopes, folder, expiresAt }) {
  return { server, token, scopes, folder, seconds: (expiresAt - Date.now()) / 1000 };
}

/** @param {any} options */
function withSignal({ abortable, ...options }) {
  if (!abortable) return options;
  const controller = new AbortController();
  site.abort = () => controller.abort();
  return { ...options, signal: controller.signal };
}

/** Connect to a kernel as a client does; `site.closed` will be the code its socket is closed with. */
async function openKernelSocket(id) {
  const { serverSettings } = site.connection;
  const url = `${serverSettings.wsUrl}api/kernels/${id}/channels`;
  const socket = new serverSettings.WebSocket(url, "v1.kernel.websocket.jupyter.org");
  site.closed = new Promise((resolve) => {
    socket.onclose = ({ code }) => resolve(code);
  });
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve(undefined);
    socket.onerror = () => reject(new Error(`no socket at ${url}`));
  });
}

async function prepare({ spoken }) {
  PageConfig.setOption("terminalsAvailable", "true");
  const { server, token } = site.connection;
  const serverSettings = ServerConnection.makeSettings(site.connection.serverSettings);
  const manager = new ServiceManager({ serverSettings, standby: "never" });
  return {
    server: `${server}/`,
    token,
    opened: witness.opened,
    named: "", // connect.js hides the name of the token protocol
    spoken,
    serverSettings,
    manager,
    ask: site.ask,
  };
}

const steps = [...serverSteps, ...contentsSteps, ...kernelSteps, ...errorSteps, ...headerSteps];
provideSteps(() => steps, prepare);

site.resumed = site.resume();
// A site that does not wait for a click, which browsers do not let open popups.
if (location.hash.includes("server")) {
  site.options = JSON.parse(decodeURIComponent(location.hash.slice(1)));
  // Once: it comes back here. Another tab, which is being closed, may have a connection.
  if (!sessionStorage.getItem("begun")) site.resumed.then(site.begin);
  sessionStorage.setItem("begun", "yes");
}
addEventListener("DOMContentLoaded", () => {
  const button = Object.assign(document.createElement("button"), {
    id: "connect",
    textContent: "Connect",
  });
  button.addEventListener("click", site.begin);
  document.body.append(button);
});
