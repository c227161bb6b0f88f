// The page: takes the link apart, and connects the parts to the buttons.

import { ask, el } from "./dom.js";
import { fileView, NotebookDocument } from "./open-file.js";
import { FileList } from "./files.js";
import { JupyterServer } from "./jupyter.js";

const $ = (id) => document.getElementById(id);
const SAVE_STATES = {
  saved: "Saved",
  unsaved: "Unsaved changes",
  saving: "Saving…",
  failed: "Not saved",
};

let server = null;
let files = null;
/** @type {NotebookDocument | null} */
let open = null;

/**
 * Take server and token out of the address: a fragment goes to no server, but it would stay in
 * the history and in what one copies. From here on the token is in memory only.
 */
function takeLink() {
  const link = new URLSearchParams(location.hash.slice(1));
  if (!link.has("token")) return null;
  history.replaceState(null, "", location.pathname);
  return { url: link.get("server"), token: link.get("token") };
}

async function connect({ url, token }) {
  const candidate = new JupyterServer(url, token);
  await candidate.get("", { content: "0" }); // throws if we may not
  server = candidate;
  showConnection();
  files = new FileList(server, $("file-list"), { onOpen: openFile, onError: showError });
  welcome(await files.show(""));
}

function showConnection() {
  $("client-origin").textContent = location.origin;
  $("server-origin").textContent = server.url.origin;
  $("about").hidden = true;
  $("about-connected").hidden = false;
  $("connect").hidden = true;
  $("workbench").hidden = false;
}

/** Offer the first notebook that there is. */
function welcome(entries) {
  const notebook = entries.find(({ type }) => type === "notebook");
  if (!notebook) return;
  $("open-first").textContent = `Open ${notebook.name}`;
  $("open-first").hidden = false;
  $("open-first").addEventListener("click", () => openFile(notebook));
}

async function openFile({ path, type }) {
  if (open?.unsaved && !(await ask(`${open.name} has unsaved changes.`, "Discard them"))) return;
  showFiles(false);
  try {
    const entry = await server.get(path);
    open?.close();
    open = null;
    files.mark(path);
    $("document-name").textContent = entry.name;
    document.title = `${entry.name} – escherpad demo`;
    if (type === "notebook") await openNotebook(entry);
    else $("document").replaceChildren(fileView(entry));
  } catch (error) {
    showError(error);
  } finally {
    showState();
  }
}

async function openNotebook(entry) {
  const notebook = new NotebookDocument(server, entry, notify);
  open = notebook;
  $("document").replaceChildren(notebook.element);
  notebook.addEventListener("save-state", showState);
  notebook.addEventListener("kernel-status", showState);
  showState();
  await notebook.startKernel();
}

function showState() {
  document.body.dataset.open = open ? "notebook" : "other";
  $("save-state").textContent = open ? SAVE_STATES[open.saveState] : "";
  $("save-state").dataset.state = open?.saveState ?? "";
  const status = open?.kernel?.status ?? "starting";
  $("kernel-status").dataset.status = status;
  $("kernel-status-text").textContent = status;
  for (const id of ["run-all", "interrupt"]) $(id).disabled = !open?.kernel || status === "dead";
  $("restart").disabled = !open?.kernel;
}

/** Where the page is narrow, the list of files is behind a button. */
function showFiles(visible) {
  $("files").classList.toggle("open", visible);
  $("show-files").setAttribute("aria-expanded", String(visible));
}

const showError = (error) => notify(error.message);

/** Tell something; with an action that takes it back, if there is one. */
function notify(message, undo) {
  const close = () => notice.remove();
  const undoAndClose = () => (close(), undo());
  const notice = el(
    "div",
    { className: "notice", "data-testid": "notice" },
    el("p", {}, message),
    undo ? el("button", { type: "button", onclick: undoAndClose }, "Undo") : null,
    el("button", { type: "button", onclick: close, "aria-label": "Dismiss" }, "✕"),
  );
  $("notices").replaceChildren(notice);
  if (undo) setTimeout(close, 8000);
}

/** Do something with the open notebook, and show what goes wrong. */
function command(action) {
  return async () => {
    try {
      if (open) await action(open);
    } catch (error) {
      showError(error);
    }
  };
}

const save = command((notebook) => notebook.save());

$("save").addEventListener("click", save);
$("run-all").addEventListener(
  "click",
  command(({ notebook }) => notebook.runAll()),
);
$("interrupt").addEventListener(
  "click",
  command(({ kernel }) => kernel.interrupt()),
);
$("restart").addEventListener(
  "click",
  command((notebook) => notebook.restartKernel()),
);
$("show-files").addEventListener("click", () => showFiles(!$("files").classList.contains("open")));

window.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    event.preventDefault();
    save();
  }
});

window.addEventListener("beforeunload", (event) => {
  if (open?.unsaved) event.preventDefault();
});

// A link that is pasted into the form, or into the address bar of this very page.
$("connect").addEventListener("submit", (event) => {
  event.preventDefault();
  location.hash = $("link").value.split("#")[1] ?? "";
  $("link").value = "";
});
window.addEventListener("hashchange", start);

async function start() {
  const link = takeLink();
  if (!link) return;
  try {
    await connect(link);
  } catch (error) {
    $("connect-error").textContent = error.message;
    $("connect").hidden = false;
  }
}

$("connect").hidden = location.hash.includes("token=");
start();
