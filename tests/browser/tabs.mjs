// Where tabs are, as they and the browser say.
//
// Two habits of the driver (puppeteer) make that necessary. In Firefox, its `page.url()`, `goto`, `reload`,
// `waitForNavigation` and `isClosed` only repeat events, and Firefox 153, one time in some hundreds, does
// not send one. And its `page.evaluate` counts as a click of a person, after which a page may open popups.
import { setInterval, setTimeout as sleep } from "node:timers/promises";

/** How often a tab is looked at, and how long it may take to answer; in ms. */
const EVERY = 300;
const ANSWERS = 10_000;

/** What the navigation timing of a document has, once it is as far. */
const MARKS = { load: "loadEventEnd", domcontentloaded: "domContentLoadedEventEnd" };

/** The connection to Firefox (WebDriver BiDi); undefined with Chromium. */
const firefox = (browser) => browser.connection;
const contextOf = (page) => page.mainFrame()._id;

/** What a function returns, or resolves with, in a page: as JSON, and without being a click there. */
export async function look(page, read, ...given) {
  const call = `(${read})(...${JSON.stringify(given)})`;
  const expression = `(async () => JSON.stringify((await ${call}) ?? null))()`;
  const answer = firefox(page.browser())
    ? inFirefox(page, expression)
    : inChromium(page, expression);
  const over = new AbortController();
  const late = sleep(ANSWERS, null, { signal: over.signal }).then(() => {
    throw new Error(`the page does not answer within ${ANSWERS / 1000} s`);
  });
  return JSON.parse(await Promise.race([answer, late]).finally(() => over.abort()));
}

async function inFirefox(page, expression) {
  const { result } = await firefox(page.browser()).send("script.evaluate", {
    expression,
    target: { context: contextOf(page) },
    awaitPromise: true,
    userActivation: false,
  });
  if (result.type === "exception") throw new Error(result.exceptionDetails.text);
  return result.result.value;
}

async function inChromium(page, expression) {
  const session = await page.createCDPSession();
  const given = { expression, awaitPromise: true, returnByValue: true };
  const answer = await session.send("Runtime.evaluate", given).finally(() => {
    session.detach().catch(() => {}); // the tab is closed
  });
  const { result, exceptionDetails } = answer;
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description);
  return result.value;
}

/** The page's own address. */
export const addressOf = (page) => look(page, () => location.href);

async function contexts(browser) {
  const { result } = await firefox(browser).send("browsingContext.getTree", { maxDepth: 0 });
  return result.contexts;
}

/** The addresses of all tabs and windows. */
export async function openTabs(browser) {
  if (firefox(browser)) return (await contexts(browser)).map(({ url }) => url);
  // The browser's own list: the driver's may lose a tab that goes to another process.
  const session = await browser.target().createCDPSession();
  const { targetInfos } = await session.send("Target.getTargets");
  await session.detach();
  return targetInfos.filter(({ type }) => type === "page").map(({ url }) => url);
}

export async function isClosed(page) {
  const browser = page.browser();
  if (page.isClosed() || !firefox(browser)) return page.isClosed();
  return (await contexts(browser)).every(({ context }) => context !== contextOf(page));
}

/** The time there, on the clock that documents have their beginning by; Infinity if it cannot tell. */
const clockIn = (page) =>
  look(page, () => performance.timeOrigin + performance.now()).catch(() => Infinity);

/** Do what loads a document, and wait for the driver's word or the document's own. */
async function load(page, act, waitUntil) {
  const isThere = (since, mark) => {
    const [timing] = performance.getEntriesByType("navigation");
    const isNew = location.protocol !== "about:" && performance.timeOrigin > since;
    return isNew && timing?.[mark] > 0;
  };
  const given = [await clockIn(page), MARKS[waitUntil]];
  const over = new AbortController();
  const asking = async () => {
    for await (const _ of setInterval(EVERY, null, { signal: over.signal })) {
      if (await look(page, isThere, ...given).catch(() => false)) return; // or on its way
    }
  };
  await Promise.race([act(), asking()]).finally(() => over.abort());
}

/** Go to an address, and wait for the page. */
export const visit = (page, url, { waitUntil = "load", timeout = 30_000 } = {}) =>
  load(page, () => page.goto(url, { waitUntil, timeout }), waitUntil);

export const reload = (page, { waitUntil = "load", timeout = 30_000 } = {}) =>
  load(page, () => page.reload({ waitUntil, timeout }), waitUntil);

/** Do what loads another page, and wait for it. */
export async function leave(page, act, { waitUntil = "domcontentloaded", timeout = 30_000 } = {}) {
  let done;
  const both = () => Promise.all([page.waitForNavigation({ waitUntil, timeout }), (done = act())]);
  await load(page, both, waitUntil);
  await done;
}

/** What a page shows, and what the site's last call to `connect` came to. */
async function shown() {
  const last = window.site?.outcomes?.at(-1);
  const result = last && (await Promise.race([last, "it waits"]));
  const connect = result?.connection ? "connected" : (result?.error ?? result);
  const text = document.body?.innerText.slice(0, 1000);
  return { address: location.href, state: document.readyState, connect, text };
}

/** All tabs, as the browser and the driver know them and as they are themselves: for who reads of a failure. */
export async function describeTabs(browser) {
  const pages = await browser.pages().catch(() => []); // the browser may be gone
  const described = pages.map(async (page) => {
    const found = await look(page, shown).catch(({ message }) => message);
    return `the driver's ${page.url()}: ${JSON.stringify(found)}`;
  });
  const open = await openTabs(browser).catch(({ message }) => [message]);
  return [`open: ${open.join(" ")}`, ...(await Promise.all(described))].join("\n");
}
