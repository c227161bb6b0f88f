// Drives one browser through visits to other people's sites.
//   node visit.mjs '{"browser", "executable", "profile", "acts": [{"name", "url", "does": [{…}, …]}]}'
// Each act has a page of its own, which stays open unless the act has `closes`. With `stopped`, no
// long timer of the page runs (fake_clock.mjs). A thing to do is one
// of these; `seconds` is how long it may take. Its step's detail tells what was seen.
//   {wait: CSS, text}               an element is there whose text has `text` in it
//   {gone: CSS}                     no such element is there
//   {click: CSS, text}              click the first such element, once it can be clicked
//   {type: CSS, text}               click it and paste over what it holds
//   {press: "Control+Enter"}        press keys
//   {keys: "text\r"}                type it, wherever the cursor is
//   {connect: CSS, secret, decision} click what opens the server's page in a popup; log in there with
//                                   `secret`, if one is given, and decide (connect_person.mjs; "allow")
//   {allows: SECRET, sees: TEXT}    this is the server's page; log in there (not with ""), and allow what a program asks
//   {disconnects: URL}              the owner disconnects all on the page of connected apps
//   {until: "JavaScript"}           the expression is true; the detail is its value
//   {cookies: [NAME]}               the browser holds these cookies and no others, for whatever host
//   {go: URL}, {reload: true}
//   {frame: CSS, ...thing}          do it in this frame
//   {picture: FILE}                 a screenshot, to look into failures
import { arrive, decide, equal, goToLogin, logIn, popupOf, until } from "../connect_person.mjs";
import { stopClock } from "../fake_clock.mjs";
import { launch, openPage, record, recordCookies } from "../harness.mjs";
import { describeTabs, isClosed, leave, reload, visit } from "../tabs.mjs";

const SECONDS = 60;

const plan = JSON.parse(process.argv[2]);
const browser = await launch(plan);

/** The element and its text, once one of `css` has the text. */
function find(place, css, text, timeout) {
  return place.waitForFunction(
    (selector, wanted) =>
      [...document.querySelectorAll(selector)].find((found) =>
        (found.value || found.textContent).includes(wanted),
      ),
    { timeout, polling: 50 },
    css,
    text ?? "",
  );
}

const read = (handle) => handle.evaluate((element) => element.value || element.textContent);

const THINGS = {
  async wait({ place, timeout }, { wait, text }) {
    return read(await find(place, wait, text, timeout));
  },

  async gone({ place, timeout }, { gone }) {
    await place.waitForFunction((css) => !document.querySelector(css), { timeout }, gone);
  },

  async click({ place, timeout }, { click, text }) {
    const element = await find(place, click, text, timeout);
    const enabled = (found) => !found.disabled && found.getClientRects().length > 0;
    await place.waitForFunction(enabled, { timeout }, element);
    await element.click();
  },

  async type({ place, timeout }, { type, text }) {
    const element = await find(place, type, "", timeout);
    await element.click();
    await element.evaluate((field, pasted) => {
      field.select?.();
      document.execCommand(pasted ? "insertText" : "delete", false, pasted);
    }, text);
  },

  async press({ page }, { press }) {
    const keys = press.split("+");
    for (const key of keys) await page.keyboard.down(key);
    for (const key of keys.reverse()) await page.keyboard.up(key);
  },

  async keys({ page }, { keys }) {
    await page.keyboard.type(keys);
  },

  async connect({ page }, { connect, secret, decision = "allow" }) {
    await page.bringToFront();
    await page.waitForSelector(`${connect}:not([disabled])`);
    const popup = await popupOf(browser, () => page.click(connect));
    if (secret) {
      await goToLogin(popup);
      await logIn(popup, secret);
    }
    await decide(popup, decision);
    await until(() => isClosed(popup), "the popup closes");
    await page.bringToFront();
  },

  async allows({ page, timeout }, { allows, sees }) {
    if (allows) {
      await goToLogin(page);
      await logIn(page, allows);
    }
    await arrive(page, "consent");
    equal(await page.$eval("#name", (name) => name.textContent), sees, "what it calls itself");
    await leave(page, () => decide(page, "allow"), { timeout });
  },

  async disconnects({ page }, { disconnects }) {
    const other = await browser.newPage();
    await visit(other, disconnects);
    await leave(other, () => other.click('[name="disconnect"]'), { waitUntil: "load" });
    await other.close();
    await page.bringToFront();
  },

  async until({ place, timeout }, { until: expression }) {
    return JSON.stringify(
      await (await place.waitForFunction(expression, { timeout, polling: 50 })).jsonValue(),
    );
  },

  async cookies(_, { cookies }) {
    const names = (await browser.cookies()).map(({ name }) => name);
    equal(names.sort(), cookies, "cookies");
  },

  async go({ page, timeout }, { go }) {
    await visit(page, go, { waitUntil: "domcontentloaded", timeout });
  },

  async reload({ page, timeout }) {
    await reload(page, { waitUntil: "domcontentloaded", timeout });
  },

  async picture({ page }, { picture }) {
    await page.screenshot({ path: picture, fullPage: true });
  },
};

async function perform(page, thing) {
  const { frame, seconds = SECONDS } = thing;
  const timeout = seconds * 1000;
  const element = frame && (await page.waitForSelector(frame, { timeout }));
  const place = element ? await element.contentFrame() : page;
  const [kind] = Object.keys(THINGS).filter((known) => known in thing);
  return THINGS[kind]({ page, place, timeout }, thing);
}

/** Chromium's driver reports no request for a WebSocket, but the browser does. */
async function recordSockets(page) {
  if (plan.browser !== "chrome") return;
  const session = await page.createCDPSession();
  await session.send("Network.enable");
  session.on("Network.webSocketCreated", ({ url }) => record("url", url));
}

async function act({ name, url, does, closes, stopped }) {
  const page = await openPage(browser);
  if (stopped) await stopClock(page);
  await page.setViewport({ width: 1200, height: 900 });
  await recordSockets(page);
  page.on("dialog", (dialog) => dialog.accept()); // "Leave this page?"
  await visit(page, url, { waitUntil: "domcontentloaded" });
  for (const thing of does) {
    const start = performance.now();
    const result = await perform(page, thing).then(
      (detail) => ({ ok: true, detail: String(detail ?? "") }),
      async (error) => ({ ok: false, detail: `${error.message}\n${await describeTabs(browser)}` }),
    );
    const seconds = Math.round(performance.now() - start) / 1000;
    record("step", { page: name, name: JSON.stringify(thing), seconds, ...result });
    if (!result.ok) return;
  }
  if (closes) await page.close();
}

try {
  for (const given of plan.acts) await act(given);
  await recordCookies(browser);
} finally {
  await browser.close();
}
