// Drives one browser through what people and pages do with a JupyterHub.
//   node hub.mjs '{"browser", "executable", "profile", "acts": [{"act": "…", …}]}'
//   {act: "steps", name, url, input}                        a page on another origin runs its steps
//   {act: "connect", site, server, user, password}          a person connects a site, by the Hub's login
//   {act: "lab", site, server, user, password}              a person's JupyterLab shows the site that they connect
//   {act: "work", hub, user, password, report}              a person starts a server and works there
import { writeFileSync } from "node:fs";
import {
  allow,
  arrive,
  ask,
  connected,
  equal,
  goToLogin,
  openSite,
  press,
  until,
} from "./connect_person.mjs";
import { launch, openPage, record, runSteps } from "./harness.mjs";
import { MARK, connect as allowSite, openLab, pressInNotice, shows } from "./lab_page.mjs";
import { addressOf, describeTabs, isClosed, leave, visit } from "./tabs.mjs";

const timeout = 60_000;
const SECONDS = 150;

async function logIn(page, user, password) {
  await arrive(page, "login");
  await page.type("#username_input", user);
  await page.type("#password_input", password);
  await leave(page, () => page.click("#login_submit"));
}

/** Log in to the Hub on the way, once; then connect to another server of the same person, which has its own cookie. */
async function connect(browser, { site, servers, user, password }) {
  for (const server of servers) {
    const page = await openSite(browser, site);
    const window = await press(page, { server });
    await goToLogin(window);
    if (server === servers[0]) await logIn(window, user, password);
    await allow(window);
    const given = await connected(page);
    await until(() => isClosed(window), "the popup closes");
    equal([given.server, given.scopes], [server, ["view", "edit", "run"]], "server and scopes");
    equal(await ask(page, "api/contents"), 200, "status");
    await page.close();
  }
}

/** In JupyterLab of the person's own server; *Disconnect* counts at the site's next request. */
async function lab(browser, { site, server, user, password }) {
  const login = await openPage(browser);
  await visit(login, `${server}/lab`);
  await logIn(login, user, password);
  await login.waitForSelector(MARK, { timeout });
  const view = await openLab(browser, `${server}/lab`);
  await shows(view, "");
  const page = await openSite(browser, site);
  await allowSite(page, { server, scope: "view" });
  await shows(view, "1 app connected");
  equal(await ask(page, "api/contents"), 200, "status");
  await pressInNotice(view, `${new URL(site).origin}\u2069 connected`, "Disconnect");
  await shows(view, "");
  equal(await ask(page, "api/contents"), 401, "status of a site that is disconnected");
}

const output = () =>
  document.querySelector(".jp-Notebook .jp-OutputArea-output pre")?.textContent.trim();

async function runCell(page) {
  await page.waitForSelector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', { timeout });
  // What is pressed before the notebook has taken hold of its kernel is lost.
  return until(async () => {
    await page.click(".jp-Notebook .jp-Cell .cm-content");
    await page.keyboard.down("Shift");
    await page.keyboard.press("Enter");
    await page.keyboard.up("Shift");
    const shown = page.waitForFunction(output, { timeout: 3000 });
    return (await shown).evaluate((found) => found);
  }, "the output");
}

const WORK = {
  async "logs in"(page, { hub, user, password }) {
    await visit(page, `${hub}/hub/login?next=%2Fhub%2Fhome`, { timeout });
    await logIn(page, user, password);
    return addressOf(page);
  },

  async "starts the server, which opens JupyterLab"(page) {
    await page.waitForSelector("#start", { timeout });
    await page.click("#start");
    await page.waitForSelector(".jp-DirListing-item", { timeout });
    return page.$$eval(".jp-DirListing-itemText", (all) => all.map((e) => e.textContent).sort());
  },

  async "opens a notebook"(page, { hub, user }) {
    const url = `${hub}/user/${user}/lab/tree/book.ipynb`;
    await visit(page, url, { waitUntil: "domcontentloaded", timeout });
    await page.waitForSelector(".jp-Notebook .jp-Cell .cm-content", { timeout });
    return page.$$eval(".jp-Notebook .jp-Cell", (cells) => cells.length);
  },

  "runs its cell": runCell,

  async "makes a token of the Hub's"(page, { hub }) {
    await visit(page, `${hub}/hub/token`, { timeout });
    await page.type("#token-note", "a note");
    await page.click("#request-token-form [type=submit]");
    const shown = () => document.getElementById("token-result").textContent.length;
    return (await page.waitForFunction(shown, { timeout })).evaluate((found) => found);
  },

  async "stops the server"(page, { hub }) {
    await visit(page, `${hub}/hub/home`, { timeout });
    await page.waitForSelector("#stop", { timeout });
    await page.click("#stop");
    await page.waitForSelector("#stop", { hidden: true, timeout });
    return page.$eval("#start", (button) => button.textContent.trim());
  },

  async "logs out"(page, { hub }) {
    await visit(page, `${hub}/hub/logout`, { timeout });
    return addressOf(page);
  },
};

/** Do all of it, with cookies of its own, and write what could be seen into the file `report`. */
async function work(browser, act) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport({ width: 1400, height: 900 });
  const seen = { steps: {}, answers: [], console: [] };
  page.on("dialog", (dialog) => dialog.accept());
  page.on("response", (response) => {
    const method = response.request().method();
    seen.answers.push({ method, url: response.url(), status: response.status() });
  });
  page.on("console", (message) => {
    if (message.type() === "error") seen.console.push(message.text());
  });
  page.on("pageerror", (error) => seen.console.push(`page error: ${error.message}`));
  try {
    for (const [name, step] of Object.entries(WORK)) {
      seen.steps[name] = await step(page, act).catch(async (error) => {
        const said = [...seen.console.slice(-5), await describeTabs(browser)];
        throw new Error(`${name}: ${error.stack}\n${said.join("\n")}`);
      });
    }
  } finally {
    await context.close();
  }
  writeFileSync(act.report, JSON.stringify(seen));
}

async function perform(browser, act) {
  const acts = { connect, lab, work };
  const start = performance.now();
  const late = new Promise((_, reject) => {
    setTimeout(reject, SECONDS * 1000, new Error(`not done after ${SECONDS} s`)).unref();
  });
  const result = await Promise.race([acts[act.act](browser, act), late]).then(
    () => ({ ok: true, detail: "" }),
    (error) => ({ ok: false, detail: error.stack }),
  );
  const seconds = Math.round(performance.now() - start) / 1000;
  record("step", { page: "hub", name: `${act.act} ${act.user}`, seconds, ...result });
}

const plan = JSON.parse(process.argv[2]);
const browser = await launch(plan);
try {
  for (const act of plan.acts) {
    await (act.act === "steps" ? runSteps(browser, act) : perform(browser, act));
  }
} finally {
  await browser.close();
}
