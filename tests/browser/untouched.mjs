// Works in JupyterLab and Notebook as a person does, on one server after the other, and notes all that can be seen of it.
//   node untouched.mjs '{"browser", "executable", "profile", "acts": [{"server", "token", "folder", "report"}]}'
// Each act has cookies and a cache of its own, and writes what it saw into the file `report`.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { launch, record } from "./harness.mjs";
import { addressOf, leave, visit } from "./tabs.mjs";

const timeout = 90_000;

async function until(look, what) {
  const end = Date.now() + timeout;
  while (Date.now() < end) {
    const found = await look();
    if (found) return found;
    await sleep(50);
  }
  throw new Error(`${what}: not within ${timeout / 1000} s`);
}

/** What `look` returns as soon as it is something, or null after a while. */
async function soon(look) {
  for (let times = 0; times < 60; times += 1) {
    const found = await look();
    if (found) return found;
    await sleep(50);
  }
  return null;
}

/** Nothing is under way any more: whoever leaves a page now breaks nothing off. But not for ever. */
async function settled({ wire }) {
  const end = Date.now() + 20_000;
  let since = Date.now();
  while (Date.now() < end && Date.now() - since < 700) {
    await sleep(50);
    if (wire.underWay.size) since = Date.now();
  }
}

/** The names in the list of files, once the notebook is among them. */
async function listed(page, { seen }) {
  await page.waitForSelector(".jp-DirListing-item", { timeout });
  const names = () =>
    page.$$eval(".jp-DirListing-item .jp-DirListing-itemText", (all) =>
      all.map((e) => e.textContent),
    );
  await until(async () => (await names()).includes("book.ipynb"), "the list of files");
  await settled(seen);
  return (await names()).sort();
}

/** Run the one cell with the keyboard; resolves with its output. */
async function runCell(page, { seen }) {
  const open = ({ method, url }) => method === "WebSocket" && url.includes("/channels");
  const sockets = () => seen.wire.answers().filter(open).length;
  await until(() => sockets() > seen.socketsBefore, "the kernel's socket");
  seen.socketsBefore = sockets();
  await page.waitForSelector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', { timeout });
  const output = () =>
    page.evaluate(() =>
      document.querySelector(".jp-Notebook .jp-OutputArea-output pre")?.textContent.trim(),
    );
  // What is pressed before the notebook has taken hold of its kernel is lost.
  return until(async () => {
    await page.click(".jp-Notebook .jp-Cell .cm-content").catch(() => {}); // just being drawn again
    await page.keyboard.down("Shift");
    await page.keyboard.press("Enter");
    await page.keyboard.up("Shift");
    return soon(output);
  }, "the output");
}

/** Save with the keyboard; resolves with the status of the answer. */
async function save(page, { seen }) {
  const saves = () =>
    seen.wire
      .answers()
      .filter(({ method, url }) => method === "PUT" && url.includes("api/contents/"));
  const before = saves().length;
  await page.keyboard.down("Control");
  await page.keyboard.press("s");
  await page.keyboard.up("Control");
  const saved = await until(() => saves()[before], "saving");
  await settled(seen);
  return saved.status;
}

/** @type {Record<string, (page: any, act: any) => Promise<unknown>>} */
const STEPS = {
  async "asks for the token"(page, { server }) {
    await visit(page, `${server}lab`, { timeout });
    await page.waitForSelector("input[name=password]", { timeout });
    return addressOf(page);
  },

  async "refuses a wrong one"(page) {
    await page.type("input[name=password]", "wrong");
    await leave(page, () => page.click("#login_submit"), { waitUntil: "load", timeout });
    return page.$eval(".message", (element) => element.textContent.trim());
  },

  async "lets the owner in, to JupyterLab"(page, { token }) {
    await page.type("input[name=password]", token);
    await leave(page, () => page.click("#login_submit"), { timeout });
    return addressOf(page);
  },

  "JupyterLab lists the files": listed,

  async "opens a terminal"(page, { folder }) {
    const card = '.jp-LauncherCard[title="Start a new terminal session"]';
    await page.waitForSelector(card, { timeout });
    await page.click(card);
    await page.waitForSelector(".jp-Terminal .xterm-helper-textarea", { timeout });
    // The shell may not be there yet. What is typed before it is kept, but once it is lost.
    await until(async () => {
      await page.focus(".jp-Terminal .xterm-helper-textarea");
      await page.keyboard.type("echo 42 > made.txt\n");
      return soon(() => existsSync(join(folder, "made.txt")));
    }, "what was typed into the terminal");
  },

  async "opens a notebook"(page) {
    const item = await page.waitForSelector('.jp-DirListing-item[title*="book.ipynb"]', {
      timeout,
    });
    await item.click({ count: 2 });
    await page.waitForSelector(".jp-Notebook .jp-Cell .cm-content", { timeout });
    return page.$$eval(".jp-Notebook .jp-Cell", (cells) => cells.length);
  },

  "runs its cell": runCell,
  saves: save,

  async "Notebook lists the files"(page, act) {
    await visit(page, `${act.server}tree`, { waitUntil: "domcontentloaded", timeout });
    return listed(page, act);
  },

  async "Notebook opens a notebook"(page, { server }) {
    await visit(page, `${server}notebooks/page.ipynb`, { waitUntil: "domcontentloaded", timeout });
    await page.waitForSelector(".jp-Notebook .jp-Cell .cm-content", { timeout });
    return page.$$eval(".jp-Notebook .jp-Cell", (cells) => cells.length);
  },

  "Notebook runs its cell": runCell,
  "Notebook saves": save,

  async "logs out"(page, { server }) {
    await visit(page, `${server}logout`, { timeout });
    const said = await page.$eval("body", (body) => body.innerText.trim());
    await visit(page, `${server}lab`, { timeout });
    await page.waitForSelector("input[name=password]", { timeout });
    return [said, await addressOf(page)];
  },
};

/** Every request of a page with its answer, as the browser's network stack tells of them. */
class Wire {
  #exchanges = new Map();
  underWay = new Set();

  async watch(page, { console }) {
    const session = await page.createCDPSession();
    session.on("Network.requestWillBeSent", ({ requestId, loaderId, request }) => {
      if (!request.url.startsWith("http")) return;
      if (requestId === loaderId) this.underWay.clear(); // another page: of the last one nothing is told any more
      this.underWay.add(requestId);
      this.#of(requestId).asked.push({ method: request.method, url: request.url });
    });
    session.on("Network.responseReceivedExtraInfo", ({ requestId, statusCode, headers }) =>
      this.#of(requestId).told.push({ status: statusCode, headers }),
    );
    session.on("Network.loadingFinished", ({ requestId }) => this.underWay.delete(requestId));
    session.on("Network.loadingFailed", ({ requestId }) => this.underWay.delete(requestId));
    session.on("Network.webSocketCreated", ({ requestId, url }) =>
      this.#of(requestId).asked.push({ method: "WebSocket", url }),
    );
    session.on("Network.webSocketHandshakeResponseReceived", ({ requestId, response }) => {
      this.#of(requestId).told = [{ status: response.status, headers: response.headers }];
    });
    session.on("Network.webSocketFrameError", ({ errorMessage }) => console.push(errorMessage));
    await session.send("Network.enable");
  }

  /** Those that were answered, redirects one by one; what came out of the cache was not asked for. */
  answers() {
    return [...this.#exchanges.values()].flatMap(({ asked, told }) =>
      asked.slice(0, told.length).map((each, index) => ({ ...each, ...told[index] })),
    );
  }

  #of(id) {
    if (!this.#exchanges.has(id)) this.#exchanges.set(id, { asked: [], told: [] });
    return this.#exchanges.get(id);
  }
}

async function work(browser, act) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport({ width: 1400, height: 900 });
  const seen = { steps: {}, cookies: {}, console: [], socketsBefore: 0, wire: new Wire() };
  page.on("dialog", (dialog) => dialog.accept());
  page.on("console", (message) => {
    if (message.type() === "error") seen.console.push(message.text());
  });
  page.on("pageerror", (error) => seen.console.push(`page error: ${error.message}`));
  await seen.wire.watch(page, seen);
  for (const [name, step] of Object.entries(STEPS)) {
    const start = performance.now();
    let result;
    try {
      seen.steps[name] = await step(page, { ...act, seen });
      result = { ok: true, detail: JSON.stringify(seen.steps[name] ?? "") };
    } catch (error) {
      result = { ok: false, detail: `${error.stack}\n${seen.console.slice(-10).join("\n")}` };
    }
    const seconds = Math.round(performance.now() - start) / 1000;
    record("step", { page: act.name, name, seconds, ...result });
    if (!result.ok) break;
    seen.cookies[name] = await context.cookies();
  }
  const { steps, cookies, console } = seen;
  writeFileSync(
    act.report,
    JSON.stringify({ steps, cookies, console, answers: seen.wire.answers() }),
  );
  await context.close();
}

const plan = JSON.parse(process.argv[2]);
const browser = await launch(plan);
try {
  for (const act of plan.acts) await work(browser, act);
} finally {
  await browser.close();
}
