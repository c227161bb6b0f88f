// What JupyterLab shows of the kernels that apps started.
import { barriers } from "./barriers.mjs";
import { ask, equal, openSite, until } from "./connect_person.mjs";
import {
  SECTION,
  connect,
  markOf,
  openLab,
  openPanel,
  shows,
  shutDown,
  timeout,
} from "./lab_page.mjs";

const KERNELS = `${SECTION} .jp-escherpad-Kernel`;
const USED = ".jp-escherpad-KernelMark button";
const DIALOG = ".jp-Dialog-content";

/** Its sockets for events are lost, and the server cannot be reached, while `away` is true. */
function sometimesAway() {
  const opened = [];
  globalThis.away = false;
  globalThis.leave = () => {
    globalThis.away = true;
    for (const socket of opened) socket.close();
  };
  globalThis.WebSocket = class extends WebSocket {
    constructor(url, ...rest) {
      const isEvents = String(url).includes("/events/");
      super(globalThis.away && isEvents ? `${url}/away` : url, ...rest);
      if (isEvents) opened.push(this);
    }
  };
}

/** A notebook whose kernel an app started: its toolbar and the panel of what runs name the app. */
export async function labKernels({ browser, site, server, secret, place }) {
  const page = await openSite(browser, site);
  await connect(page, { server });
  const body = JSON.stringify({
    ...{ path: "sample.ipynb", name: "sample.ipynb", type: "notebook" },
    kernel: { name: "python3" },
  });
  equal(await ask(page, "api/sessions", { method: "POST", body }), 201, "a session of the app");
  const lab = await openLab(
    browser,
    `${server}/${place}/sample.ipynb?token=${secret}`,
    sometimesAway,
  );
  const mark = USED;
  await lab.waitForSelector(mark, { visible: true, timeout });
  const says = await lab.$eval(mark, (button) => button.getAttribute("aria-label"));
  equal(says, `\u2068${new URL(site).origin}\u2069 started the kernel of this notebook`, "mark");
  equal(await barriers(lab, mark), [], "what axe-core finds");
  await openPanel(lab, "Kernels of connected apps");
  const rows = () => lab.$$(KERNELS);
  await until(async () => (await rows()).length === 1, "the kernel in the panel");
  equal(await ask(page, "api/kernels", { method: "POST", body: "{}" }), 201, "another kernel");
  await lab.bringToFront();
  await until(async () => (await rows()).length === 2, "two kernels in the panel");
  await disconnectWhileAway(lab, server, secret);
  await openDialog(lab, mark);
  const labels = await lab.$$eval(".jp-Dialog-button", (all) => all.map((b) => b.textContent));
  equal(labels, ["Cancel", "Details"], "what can be done about an app that is disconnected");
  await lab.keyboard.press("Escape");
  await lab.waitForSelector(DIALOG, { hidden: true, timeout });
  await shutDownInPanel(lab, rows);
}

/** A notebook of the owner's, with a kernel of the owner's: its toolbar names the app while that uses the kernel. */
export async function labUses({ browser, site, server, secret, place }) {
  const headers = { Authorization: `token ${secret}` };
  const path = { path: "sample.ipynb", name: "sample.ipynb", type: "notebook" };
  const body = JSON.stringify({ ...path, kernel: { name: "python3" } });
  const made = await fetch(`${server}/api/sessions`, { method: "POST", headers, body });
  const { id: session, kernel } = await made.json();
  const page = await openSite(browser, site);
  await connect(page, { server });
  const lab = await openLab(browser, `${server}/${place}/sample.ipynb?token=${secret}`);
  await lab.waitForSelector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', { timeout });
  equal(await lab.$(USED), null, "the mark of a kernel that no app uses");
  await page.bringToFront();
  await page.evaluate((id) => globalThis.site.openKernelSocket(id), kernel.id);
  await lab.bringToFront();
  await lab.waitForSelector(USED, { visible: true, timeout });
  const says = await lab.$eval(USED, (button) => button.getAttribute("aria-label"));
  equal(says, `\u2068${new URL(site).origin}\u2069 uses the kernel of this notebook`, "mark");
  await openDialog(lab, USED);
  const [disconnect] = (await lab.$$(".jp-Dialog-button")).slice(-1);
  await disconnect.click();
  await until(async () => !(await lab.$(USED)), "no mark on the notebook");
  await fetch(`${server}/api/sessions/${session}`, { method: "DELETE", headers });
}

/** Press Enter on a button of the toolbar. The toolbar gives the focus first to its item that was used last. */
async function openDialog(lab, button) {
  await until(async () => {
    if (await lab.$(DIALOG)) return true;
    await lab.focus(button);
    const isFocused = await lab.$eval(button, (element) => element === document.activeElement);
    if (isFocused) await lab.keyboard.press("Enter");
    return lab.$(DIALOG);
  }, "the dialog of the mark");
}

/** Nobody tells the page, and it notices as soon as it has its socket again. */
async function disconnectWhileAway(lab, server, secret) {
  const headers = { Authorization: `token ${secret}` };
  const { apps } = await (await fetch(`${server}/escherpad/apps`, { headers })).json();
  const { id } = apps.find(({ kind }) => kind === "site");
  await shows(lab, "2 apps connected, 1 with full control");
  await lab.evaluate(() => globalThis.leave());
  const ended = await fetch(`${server}/escherpad/apps/${id}`, { method: "DELETE", headers });
  equal(ended.status, 204, "the answer to Disconnect");
  equal(await markOf(lab), "2 apps connected, 1 with full control", "the mark without events");
  await lab.evaluate(() => (globalThis.away = false));
  await shows(lab, "1 app connected");
}

async function shutDownInPanel(lab, rows) {
  const texts = await lab.$$eval(KERNELS, (all) => all.map(({ textContent }) => textContent));
  const named = texts.filter((text) => text.includes("sample.ipynb"));
  equal(named.length, 1, `the notebooks of the kernels ${texts}`);
  equal(await barriers(lab, KERNELS), [], "what axe-core finds");
  await until(async () => {
    const [row] = await rows();
    if (row) await shutDown(row);
    return !row;
  }, "no kernel in the panel");
  await until(async () => !(await lab.$(".jp-escherpad-KernelMark")), "no mark on the notebook");
}
