// The page: it asks for a server, works with it, and asks again when the connection has ended.

import { connect, resume } from "./connect.js";
import { ConnectForm } from "./connect-form.js";
import { byId as $ } from "./dom.js";
import { JupyterServer } from "./jupyter.js";
import { Workbench } from "./workbench.js";

/** @typedef {import("./connect.js").Connection} Connection */

/** @type {Connection | null} */
let connection = null;
const workbench = new Workbench(rememberPlace);
const form = new ConnectForm(async (server) => {
  work(await connect({ server, scope: "run" }));
});

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
  const server = new JupyterServer(connection.serverSettings);
  server.addEventListener("refused", () => checkGrant(given));
  const before = place();
  const path = before.server === connection.server ? before.path : "";
  rememberPlace(path);
  showConnection();
  await workbench.use(server, path);
}

function showConnection() {
  $("about").hidden = Boolean(connection);
  for (const id of ["about-connected", "disconnect", "workbench"]) $(id).hidden = !connection;
  if (!connection) return;
  form.hide();
  $("server-origin").textContent = connection.server;
  $("disconnect").title = `Connected until ${connection.expiresAt.toLocaleString()}`;
}

/**
 * Back to the form. What is open stays there, to be saved when the same server is back.
 * @param {Connection} ended
 * @param {string} why
 */
function stopWorking({ server }, why) {
  connection = null;
  workbench.pause();
  showConnection();
  const kept = workbench.unsavedName;
  const hint = kept && ` ${kept} has unsaved changes; connect again to save them.`;
  form.show(server, `${why}${hint}`, { mayChange: !kept });
}

/**
 * The server refused us. Has our token ended? Then this page cannot read any answer but one,
 * which `resume` requests.
 * @param {Connection} used
 */
async function checkGrant(used) {
  const alive = await resume().catch(() => used); // no answer at all: the server may come back
  if (alive || used !== connection) return;
  if (used.expiresAt <= new Date()) stopWorking(used, "The connection has expired. Connect again.");
  else stopWorking(used, "Your server has disconnected this page.");
}

async function disconnect() {
  if (!(await workbench.mayLeave())) return;
  const given = connection;
  if (!given) return; // it ended while the dialog was open
  workbench.close();
  stopWorking(given, "Disconnected: the token of this page has ended. Kernels go on running.");
  try {
    await given.disconnect();
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    form.complain({
      message: `This page has forgotten its token, but could not end it: ${message}`,
    });
  }
}

/** After a reload, or back from the server. */
async function start() {
  try {
    const found = await resume();
    if (found) work(found);
    else form.show(place().server);
  } catch (error) {
    form.show(place().server);
    form.complain(/** @type {Error} */ (error));
  }
}

for (const code of document.querySelectorAll(".origin.client")) code.textContent = location.origin;
$("disconnect").addEventListener("click", disconnect);
window.addEventListener("hashchange", () => {
  if (!connection && !workbench.unsavedName) form.show(place().server);
});
showConnection();
start();
