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
  press,
  until,
} from "./connect_person.mjs";

/** JupyterLab on a busy machine takes its time. */
const timeout = 90_000;
const MARK = ".jp-escherpad-Mark";
const TOAST = ".jp-toast-message";
const SECTION = "#jp-running-sessions";
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

const connect = async (page, options) => {
  await allow(await press(page, options));
  await connected(page);
};

async function openLab(browser, url) {
  const lab = await openSite(browser, url);
  await lab.bringToFront();
  await lab.waitForSelector(MARK, { timeout });
  return lab;
}

/** The mark follows what the owner allows and disconnects elsewhere; so do notifications. */
export async function labMark({ browser, site, server, secret, place, tries, reason }) {
  const lab = await openLab(browser, `${server}/${place}?token=${secret}`);
  await shows(lab, "1 app connected"); // the script
  const page = await openSite(browser, site);
  await connect(page, { server });
  await shows(lab, "2 apps connected, 1 with full control");
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
  equal(await barriers(lab, `${SECTION} .jp-RunningSessions-item`), [], "what axe-core finds");
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
  const before = new Set(await browser.pages());
  await act();
  const opened = async () => (await browser.pages()).find((other) => !before.has(other));
  const page = await until(opened, "the page of connected apps");
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
