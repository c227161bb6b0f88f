// The page: it asks for a server, works with it, and asks again when the connection has ended.

import "./element.js";
import { byId as $ } from "./dom.js";
import { JupyterServer } from "./jupyter.js";
import { Workbench } from "./workbench.js";

/** @typedef {import("./connect.js").Connection} Connection */

// A limit of this demo: its Content-Security-Policy allows these hosts only.
const REACHABLE = ["localhost", "127.0.0.1"];

/** @type {Connection | null} */
let connection = null;
/** The server whose notebook is open, and may have changes that are not saved. */
let home = "";
const workbench = new Workbench(rememberPlace);
const element = /** @type {import("./element.js").JupyterConnect} */ ($("server"));

/** The fragment, which goes to no server, has the server to connect to and what was open. */
function place() {
  const { server = "", path = "" } = Object.fromEntries(
    new URLSearchParams(location.hash.slice(1)),
  );
  return { server, path };
}

/**
 * Keep it in the address, for a reload and for the way back from the server.
 * @param {string} path
 */
function rememberPlace(path) {
  if (!connection) return;
  const fragment = new URLSearchParams({ server: connection.server, ...(path && { path }) });
  history.replaceState(null, "", `#${fragment}`);
}

/**
 * Begin, or continue, with a server that we are connected to.
 * @param {Connection} given
 */
async function work(given) {
  connection = given;
  home = given.server;
  const server = new JupyterServer(connection.serverSettings);
  // A page cannot read the refusals of a token that has ended. `check` finds out.
  server.addEventListener("refused", () => void given.check().catch(() => {}));
  const before = place();
  const path = before.server === connection.server ? before.path : "";
  rememberPlace(path);
  showConnection(false);
  await workbench.use(server, path);
}

/** @param {boolean} isOpen whether the panel is, which is always there while nothing is connected */
function showConnection(isOpen) {
  document.body.toggleAttribute("data-connected", Boolean(connection));
  $("about").hidden = Boolean(connection);
  for (const id of ["about-connected", "connected"]) $(id).hidden = !connection;
  $("connect").hidden = Boolean(connection) && !isOpen;
  $("show-connection").setAttribute("aria-expanded", String(isOpen));
  $("connect-title").textContent = connection
    ? "Your connection"
    : "Connect to your Jupyter server";
  $("server-origin").textContent = connection?.server ?? "";
}

/** What is open stays in the page, to be saved when the same server is back. */
function stopWorking() {
  connection = null;
  workbench.pause();
  const kept = workbench.unsavedName;
  $("unsaved").textContent = kept ? `${kept} has unsaved changes; connect again to save them.` : "";
  showConnection(false);
}

async function disconnect() {
  if (!(await workbench.mayLeave())) return;
  workbench.close();
  await element.disconnect();
}

/**
 * Servers that this page cannot reach, or that have nothing to do with what is not saved.
 * @param {Event} event
 */
function checkServer(event) {
  const { server } = /** @type {CustomEvent<{server: string}>} */ (event).detail;
  const problem = problemOf(server);
  if (!problem) return;
  element.texts = { elsewhere: problem };
  event.preventDefault();
}

/** @param {string} server */
function problemOf(server) {
  const kept = workbench.unsavedName;
  if (kept && server !== home) return `${kept} has unsaved changes. It belongs to ${home}.`;
  if (REACHABLE.includes(new URL(server).hostname)) return "";
  return `This demo connects to servers on this machine only, at ${REACHABLE.join(" or ")}.`;
}

const setServer = () => element.setAttribute("server", place().server);

for (const code of document.querySelectorAll(".origin.client")) code.textContent = location.origin;
element.addEventListener("connecting", checkServer);
element.addEventListener("connected", () => element.connection && work(element.connection));
element.addEventListener("ended", stopWorking);
for (const type of ["expiring", "lost"]) element.addEventListener(type, () => showConnection(true));
$("disconnect").addEventListener("click", disconnect);
$("show-connection").addEventListener("click", () => showConnection($("connect").hidden));
window.addEventListener("hashchange", setServer);
setServer();
showConnection(false);
