// What JupyterLab and Notebook show of the apps that are connected, while somebody connects them in another tab.
import { barriers } from "./barriers.mjs";
import {
  allow,
  arrive,
  ask,
  check,
  connected,
  equal,
  openSite,
  popupOf,
  press,
  until,
} from "./connect_person.mjs";
import { openPage, visit } from "./harness.mjs";

/** JupyterLab on a busy machine takes its time. */
const timeout = 90_000;
const MARK = ".jp-escherpad-Mark";
const TOAST = ".jp-toast-message";
const SECTION = "#jp-running-sessions";
const ITEM = `${SECTION} .jp-escherpad-Item`;
const KERNELS = `${SECTION} .jp-escherpad-Kernel`;
const DIALOG = ".jp-Dialog-content";
const ENTRY = '.lm-Menu-item[data-command="escherpad:connected-apps"]';

/** The name of the mark for who cannot see it; "" where there is none to be seen. */
const markOf = (page) =>
  page.evaluate((selector) => {
    const mark = document.querySelector(selector);
    const isSeen = mark && mark.checkVisibility() && mark.getBoundingClientRect().height > 0;
    return isSeen ? mark.querySelector("button").getAttribute("aria-label") : "";
  }, MARK);

async function shows(page, name) {
  await page.bringToFront();
  let last;
  await until(async () => (last = await markOf(page)) === name, `the mark "${name}"`).catch(
    (error) => {
      throw new Error(`${error.message}, but "${last}"`);
    },
  );
}

/** Press a button of the notification that has this text. */
async function pressInNotice(page, text, label) {
  await page.bringToFront();
  const found = () =>
    page.evaluateHandle(
      (selector, wanted, button) => {
        const isWanted = ({ textContent }) => textContent.includes(wanted);
        const notice = [...document.querySelectorAll(selector)].find(isWanted);
        const buttons = notice?.parentElement.querySelectorAll("button, jp-button") ?? [];
        return [...buttons].find(({ textContent }) => textContent.trim() === button) ?? null;
      },
      TOAST,
      text,
      label,
    );
  const button = await until(async () => (await found()).asElement(), `the notice "${text}"`);
  await button.evaluate((element) => element.click()); // it may still slide in
}

/** Connect the site of a page; resolves with when the button was pressed. */
const connect = async (page, options) => {
  await allow(await press(page, options));
  const at = Date.now();
  await connected(page);
  return at;
};

/** JupyterLab's page; `prepare` runs in it before all else. */
async function openLab(browser, url, prepare = () => {}) {
  const lab = await openPage(browser);
  await lab.evaluateOnNewDocument(prepare);
  await visit(lab, url, { waitUntil: "domcontentloaded" });
  await lab.bringToFront();
  await lab.waitForSelector(MARK, { timeout });
  await lab.$eval(MARK, (mark) => {
    const note = () => (globalThis.changedAt = Date.now());
    new MutationObserver(note).observe(mark, { attributes: true, subtree: true });
  });
  return lab;
}

/** How long the mark of a page took, in milliseconds. No test has a limit for it. */
const tookSince = async (lab, at) => (await lab.evaluate(() => globalThis.changedAt)) - at;

/** The mark follows what the owner allows and disconnects elsewhere; so do notifications. */
export async function labMark({ browser, site, server, secret, place, tries, reason }) {
  const lab = await openLab(browser, `${server}/${place}?token=${secret}`);
  await shows(lab, "1 app connected"); // the script
  const page = await openSite(browser, site);
  const allowed = await connect(page, { server });
  await shows(lab, "2 apps connected, 1 with full control");
  const came = await tookSince(lab, allowed);
  const looks = await lab.$eval(MARK, (mark) => mark.textContent);
  check(looks.includes("⚠"), `only its colour tells: ${looks}`);
  await until(() => lab.$(TOAST), "the notification");
  equal(await barriers(lab, MARK, TOAST), [], "what axe-core finds");
  await pressInNotice(lab, `${new URL(site).origin}\u2069 connected`, "Disconnect");
  await shows(lab, "1 app connected");
  await connect(page, { server, scope: "view" });
  await shows(lab, "2 apps connected");
  equal(await ask(page, tries, { method: "POST" }), 403, "what it may not do");
  await pressInNotice(lab, `may not do (${reason})`, "Disconnect");
  await shows(lab, "1 app connected");
  await connect(page, { server, scope: "view" });
  await shows(lab, "2 apps connected");
  const disconnecting = Date.now();
  await page.evaluate(() => globalThis.site.disconnect());
  await shows(lab, "1 app connected");
  const went = await tookSince(lab, disconnecting);
  return `${place}: the mark came ${came} ms after Allow, and went ${went} ms after Disconnect`;
}

/** JupyterLab's menu leads to the page of connected apps, and the panel of what runs has them. */
export async function labPlaces({ browser, server, secret, called }) {
  const lab = await openLab(browser, `${server}/lab?token=${secret}`);
  await shows(lab, "1 app connected");
  await lab.click('.lm-TabBar-tab[data-id="jp-running-sessions"]');
  const item = "#jp-running-sessions .jp-RunningSessions-item";
  const row = async () => {
    const all = await lab.$$(item);
    for (const each of all) {
      if ((await each.evaluate(({ textContent }) => textContent)).includes(called)) return each;
    }
    return null;
  };
  const found = await until(row, `"${called}" among what runs`);
  equal(await found.$$eval("b", (all) => all.length), 0, "markup out of a name");
  equal(await barriers(lab, ITEM), [], "what axe-core finds");
  await opens(browser, () => chooseInMenu(lab));
  await lab.bringToFront();
  await opens(browser, async () => {
    await lab.focus(`${MARK} button`);
    await lab.keyboard.press("Enter");
  });
  await lab.bringToFront();
  const button = await found.$(".jp-RunningSessions-itemShutdown");
  await button.evaluate((element) => element.click()); // seen when pointed at
  await shows(lab, "");
}

/** Do what opens the page of connected apps in a tab of its own, and wait for it. */
async function opens(browser, act) {
  const page = await popupOf(browser, act);
  await arrive(page, "connections");
  await page.close();
}

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
  const mark = ".jp-escherpad-KernelMark button";
  await lab.waitForSelector(mark, { visible: true, timeout });
  const says = await lab.$eval(mark, (button) => button.getAttribute("aria-label"));
  equal(says, `\u2068${new URL(site).origin}\u2069 started the kernel of this notebook`, "mark");
  equal(await barriers(lab, mark), [], "what axe-core finds");
  await lab.click('.lm-TabBar-tab[data-id="jp-running-sessions"]');
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
    const button = await row?.$(".jp-RunningSessions-itemShutdown");
    await button?.evaluate((element) => element.click());
    return !row;
  }, "no kernel in the panel");
  await until(async () => !(await lab.$(".jp-escherpad-KernelMark")), "no mark on the notebook");
}

async function chooseInMenu(lab) {
  const isSettings = ({ textContent }) => textContent.trim() === "Settings";
  // Pressed until it is open: JupyterLab may still be starting.
  await until(async () => {
    for (const label of await lab.$$(".lm-MenuBar-itemLabel")) {
      if (await label.evaluate(isSettings)) await label.click();
    }
    await lab.click(ENTRY);
    return true;
  }, "the entry of the menu");
}

/** In the language that the owner chose in JupyterLab. */
export async function labSpeaks({ browser, server, secret, locale, mark, section, access }) {
  const choose = (wanted) =>
    fetch(`${server}/lab/api/settings/@jupyterlab/translation-extension:plugin`, {
      method: "PUT",
      headers: { Authorization: `token ${secret}` },
      body: JSON.stringify({ raw: JSON.stringify({ locale: wanted }) }),
    });
  equal((await choose(locale)).status, 204, "the answer to another language");
  const lab = await openLab(browser, `${server}/lab?token=${secret}`);
  await shows(lab, mark);
  await lab.click('.lm-TabBar-tab[data-id="jp-running-sessions"]');
  const said = async () => {
    const text = await lab.$eval("#jp-running-sessions", (panel) => panel.textContent);
    return text.includes(section) && text.includes(access);
  };
  await until(said, `"${section}" and "${access}" in the panel`);
  await choose("en");
}

/** Without the server extension nothing is there, and JupyterLab works. */
export async function labAlone({ browser, server, secret }) {
  const page = await browser.newPage();
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  const isOurs = (answer) => answer.url().includes("/escherpad/apps");
  const asked = page.waitForResponse(isOurs, { timeout });
  await page.goto(`${server}/lab?token=${secret}`, { timeout });
  equal((await asked).status(), 404, "the answer without the extension");
  await page.waitForSelector(".jp-Launcher", { timeout });
  equal(await markOf(page), "", "the mark");
  equal(await page.$(MARK), null, "the mark");
  equal(
    said.filter((text) => /escherpad/i.test(text) && !text.includes("404")),
    [],
    "what the console says",
  );
}
