// What a person does who connects a site to their server, and what they see.
import { setTimeout as sleep } from "node:timers/promises";
import { openPage, record } from "./harness.mjs";
import { addressOf, leave, visit } from "./tabs.mjs";

/** For a busy machine; whoever waits in vain has failed. */
const SECONDS = 40;

export function check(condition, message) {
  if (!condition) throw new Error(message);
}

export function equal(actual, expected, what) {
  const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)];
  check(a === e, `${what}: ${a}, expected ${e}`);
}

/** Resolves with what `look` returns, as soon as it is something. */
export async function until(look, what, seconds = SECONDS) {
  const end = Date.now() + seconds * 1000;
  let last = "";
  const fail = (error) => void (last = String(error)); // it may be on its way to another page
  while (Date.now() < end) {
    const found = await look().catch(fail);
    if (found) return found;
    await sleep(30);
  }
  throw new Error(`${what}: not within ${seconds} s ${last}`);
}

/** Open the site in a tab of its own; its script has run. */
export async function openSite(browser, url) {
  const page = await openPage(browser);
  await visit(page, url, { waitUntil: "domcontentloaded" });
  return page;
}

/** Do what opens another page; resolves with that page. */
export async function popupOf(browser, act) {
  const before = new Set(await browser.pages());
  await act();
  const opened = async () => (await browser.pages()).find((other) => !before.has(other));
  return until(opened, "the popup");
}

/** Press the site's button; resolves with the popup. */
export async function press(page, options) {
  await page.bringToFront();
  await page.waitForSelector("#connect");
  await page.evaluate((given) => (window.site.options = given), options);
  return popupOf(page.browser(), () => page.click("#connect"));
}

/** Which page of the server it is: "before" the login, "login", "consent", "connections", "problem"; "" for none (yet). */
export function kindOfPage() {
  if (document.querySelector("input[name=password]")) return "login";
  if (document.getElementById("log-in")) return "before";
  if (document.getElementById("consent")) return "consent";
  if (document.getElementById("connections")) return "connections";
  return document.querySelector("main h1") && document.readyState === "complete" ? "problem" : "";
}

export async function arrive(page, kind) {
  await page.bringToFront();
  const look = () => page.evaluate(kindOfPage);
  const here = await until(look, `the page for ${kind}`);
  equal(here, kind, `the page at ${await addressOf(page)}`);
}

/** Go on from the page that says who asks. */
export async function goToLogin(page) {
  await arrive(page, "before");
  await leave(page, () => page.click("#go"));
}

/** Give the server's login page a token or a password. */
export async function logIn(page, password) {
  await arrive(page, "login");
  await page.type("input[name=password]", password);
  await leave(page, () => page.click("#login_submit"));
}

/** Decide on the connect page, which the person has before them. */
export async function decide(page, decision, { untick = [], seconds = 3600 } = {}) {
  await arrive(page, "consent");
  await page.select("#lifetime", String(seconds));
  for (const scope of untick) await page.click(`input[value="${scope}"]`);
  await page.waitForSelector(`#${decision}:not([disabled])`, { timeout: SECONDS * 1000 });
  await page.click(`#${decision}`).catch(() => {}); // the window may be gone before it says so
}

export const allow = (page, choices) => decide(page, "allow", choices);

/** What the last call to `connect` came to: `{connection}` or `{error}`. */
export async function outcome(page, index = -1) {
  const result = await page.evaluate((at) => window.site.outcomes.at(at), index);
  check(result, "connect was not called");
  return result;
}

export async function connected(page) {
  const { connection, error } = await outcome(page);
  check(connection, `no connection: ${JSON.stringify(error)}`);
  return connection;
}

/** What `resume` came to when the page loaded. */
export function resumed(page) {
  return until(() => page.evaluate(() => window.site.resumed), "what it resumed");
}

/** Wait until a tab has this token, from another tab of the site, which may take its time. */
export async function takesOver(page, token) {
  const resume = () => page.evaluate(() => window.site.resume());
  const has = async () => (await resume()).connection?.token === token;
  await until(has, "the token of another tab");
}

/** Whether the last call to `connect` still waits. */
export function waits(page) {
  return page.evaluate(async () => {
    const yes = {};
    return (await Promise.race([window.site.outcomes.at(-1), yes])) === yes;
  });
}

export async function refused(page, code) {
  const { error } = await outcome(page);
  equal([error?.isConnectError, error?.code], [true, code], `error (${error?.message})`);
  check(error.message.length > 10, "it says nothing");
  return error.message;
}

/** The status of an answer of the server, as the site reads it. */
export function ask(page, path, init) {
  return page.evaluate(
    (where, how) => window.site.ask(where, how).then(({ status }) => status, String),
    path,
    init,
  );
}

export async function tellSecrets(page) {
  for (const secret of await page.evaluate(() => window.site.secrets())) record("secret", secret);
}
