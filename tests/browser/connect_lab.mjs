// What JupyterLab and Notebook show of the apps that are connected, while somebody connects them in another tab.
import { barriers } from "./barriers.mjs";
import { arrive, ask, check, equal, openSite, popupOf, until } from "./connect_person.mjs";
import {
  MARK,
  SECTION,
  TOAST,
  connect,
  markOf,
  openLab,
  openPanel,
  pressInNotice,
  shows,
  shutDown,
  timeout,
} from "./lab_page.mjs";
import { visit } from "./tabs.mjs";

const ITEM = `${SECTION} .jp-escherpad-Item`;
const ENTRY = '.lm-Menu-item[data-command="escherpad:connected-apps"]';

/** How long the mark of a page took, in milliseconds. No test has a limit for it. */
const tookSince = async (lab, at) => (await lab.evaluate(() => globalThis.changedAt)) - at;

/** The mark follows what the owner allows and disconnects elsewhere; so do notifications. */
export async function labMark({ browser, site, server, secret, place, tries, says }) {
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
  const notice = `${new URL(site).origin}\u2069 connected`;
  await opens(browser, () => pressInNotice(lab, notice, "Details"));
  await pressInNotice(lab, notice, "Disconnect");
  await shows(lab, "1 app connected");
  await connect(page, { server, scope: "view" });
  await shows(lab, "2 apps connected");
  equal(await ask(page, tries, { method: "POST" }), 403, "what it may not do");
  await pressInNotice(lab, says, "Disconnect");
  await shows(lab, "1 app connected");
  await connect(page, { server, scope: "view" });
  await shows(lab, "2 apps connected");
  const disconnecting = Date.now();
  await page.evaluate(() => globalThis.site.disconnect());
  await shows(lab, "1 app connected");
  const went = await tookSince(lab, disconnecting);
  return `${place}: the mark came ${came} ms after Allow, and went ${went} ms after Disconnect`;
}

/** Without apps there is no mark, also where no event tells anything; with one, also in a narrow window. */
export async function labNone({ browser, site, server, secret }) {
  const withoutEvents = () => {
    const Real = globalThis.WebSocket;
    globalThis.WebSocket = class extends Real {
      constructor(url, ...protocols) {
        super(String(url).includes("/api/events/") ? "ws://localhost:1/" : url, ...protocols);
      }
    };
  };
  const lab = await openLab(browser, `${server}/lab?token=${secret}`, withoutEvents);
  await lab.waitForSelector(".jp-Launcher", { timeout });
  equal(await markOf(lab), "", "the mark");
  await connect(await openSite(browser, site), { server, scope: "view" });
  const other = await openLab(browser, `${server}/lab/workspaces/b`);
  await shows(other, "1 app connected");
  await other.setViewport({ width: 500, height: 700 });
  await shows(other, "1 app connected");
}

/** JupyterLab's menu leads to the page of connected apps, and the panel of what runs has them. */
export async function labPlaces({ browser, server, secret, called }) {
  const lab = await openLab(browser, `${server}/lab?token=${secret}`);
  await shows(lab, "1 app connected");
  await openPanel(lab, "Connected apps");
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
  await shutDown(await row());
  await shows(lab, "");
}

/** Do what opens the page of connected apps in a tab of its own, and wait for it. */
async function opens(browser, act) {
  const page = await popupOf(browser, act);
  await arrive(page, "connections");
  await page.close();
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
  await openPanel(lab, section);
  const said = async () => {
    const text = await lab.$eval("#jp-running-sessions", (panel) => panel.textContent);
    return text.includes(section) && text.includes(access);
  };
  await until(said, `"${section}" and "${access}" in the panel`);
  await choose("en");
}

/** Its socket for events cannot be opened, as on a server that has none. */
function noEvents() {
  globalThis.WebSocket = class extends WebSocket {
    constructor(url, ...rest) {
      super(String(url).includes("/events/") ? `${url}/none` : url, ...rest);
    }
  };
}

/** With an early version of the server extension, and without events: who is connected is asked at the start. */
export async function labEarly({ browser, server, secret }) {
  const lab = await openLab(browser, `${server}/lab/tree/sample.ipynb?token=${secret}`, noEvents);
  const failed = [];
  lab.on("pageerror", ({ stack }) => /escherpad/i.test(stack) && failed.push(stack));
  await shows(lab, "1 app connected, 1 with full control");
  await openPanel(lab, "Connected apps");
  await until(() => lab.$(ITEM), "the app in the panel");
  await openPanel(lab, "Kernels of connected apps");
  await lab.waitForSelector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', { timeout });
  equal(await lab.$$(`${SECTION} .jp-escherpad-Kernel`), [], "kernels of apps");
  equal(failed, [], "what failed");
}

/** Without the server extension nothing is there, and JupyterLab works. */
export async function labAlone({ browser, server, secret }) {
  const page = await browser.newPage();
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  const isOurs = (answer) => answer.url().includes("/escherpad/apps");
  const asked = page.waitForResponse(isOurs, { timeout });
  await visit(page, `${server}/lab?token=${secret}`, { timeout });
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
