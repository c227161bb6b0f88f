// Drives the sample client of `jupyter escherpad demo` as a person would.
//
//   node demo.mjs '{"browser": "chrome", "executable": "/usr/bin/chromium", "url": "http://127.0.0.1:…/escherpad-demo?token=…"}'
//
// Prints one JSON line per step, {"step", "ok", "detail"}; exits with 1 after the first that fails.
// "screenshots": a folder to put one picture per step in.

import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decide, popupOf } from "./connect_person.mjs";
import {
  hook,
  isSaved,
  kernelIs,
  newsSay,
  openGate,
  outputHas,
  sources,
  text,
  until,
} from "./demo_person.mjs";
import { canLoseStatus } from "./demo_lost.mjs";
import { work } from "./demo_work.mjs";
import { launch } from "./harness.mjs";
import { addressOf, describeTabs, leave, openTabs, reload, visit } from "./tabs.mjs";

const options = JSON.parse(process.argv[2]);
const timeout = options.timeout ?? 30_000;

/** Whether the page is connected, and the form hidden, or the other way round. */
async function isConnected(page, connected) {
  const be = (visible) => ({ visible, hidden: !visible, timeout });
  await page.waitForSelector(hook("new-notebook"), be(connected));
  await page.waitForSelector(hook("connect"), be(!connected));
}

/** A port that nobody listens at. */
async function closedPort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

/** What the element shows there. */
const within = (name) => `${hook("server")} >>> .${name}`;

const messageHas = (page, wanted) =>
  until(
    page,
    (part) => {
      const { shadowRoot } = document.querySelector('[data-testid="server"]');
      const { textContent } = shadowRoot.querySelector(".message");
      return textContent.includes(part) && textContent;
    },
    wanted,
  );

/** Click Connect, and the button in the server's own window. */
async function connect(page, decision) {
  const browser = page.browser();
  await decide(await popupOf(browser, () => page.click(within("connect"))), decision);
  await page.bringToFront();
}

const steps = {
  async "opens the client, logged in at the server"({ page, gate }) {
    const link = new URL(options.url);
    link.port = gate.port;
    await visit(page, link.href);
    await page.evaluate((server) => (location.hash = `server=${server}`), link.origin);
    await isConnected(page, false);
    const { origin } = link;
    const address = await addressOf(page);
    if (address.startsWith(origin) || address.includes("token")) throw new Error(address);
    const server = await page.$eval(within("field"), (field) => field.value);
    if (server !== origin) throw new Error(`the form says ${server}`);
    return address;
  },

  async "says what is wrong with an address"({ page, violations }) {
    const field = await page.$(within("field"));
    const server = await field.evaluate((input) => input.value);
    await field.click({ count: 3 });
    await field.type("https://www.example.com");
    await page.keyboard.press("Enter");
    const message = await messageHas(page, "on this machine only");
    await field.click({ count: 3 });
    await field.type(`http://127.0.0.1:${await closedPort()}`);
    await page.keyboard.press("Enter");
    const cause = await messageHas(page, "Nothing answers at this address.");
    const remedy = await page.$eval(within("commands"), (pre) => pre.textContent);
    if (!remedy.includes("jupyter lab")) throw new Error(`it says to do ${remedy}`);
    violations.length = 0; // all that it has tried
    await field.click({ count: 3 });
    await field.type(server);
    return `${message} / ${cause}`;
  },

  async "takes no for an answer"({ page }) {
    await connect(page, "deny");
    return messageHas(page, "denied");
  },

  async "connects by two clicks"({ page }) {
    await connect(page, "allow");
    await isConnected(page, true);
    const open = await openTabs(page.browser());
    if (open.some((address) => address.includes("authorize")))
      throw new Error("the popup is still open");
    const stored = await page.evaluate(() => JSON.stringify({ ...localStorage }));
    // An id of a grant, and no token: those have three parts.
    const address = await addressOf(page);
    if (/[\w-]+\.[\w-]+\.[\w-]{20}/.test(stored) || address.includes("code="))
      throw new Error(address);
    return address;
  },

  async "lists files"({ page }) {
    await page.waitForSelector(`${hook("file")}[data-type="notebook"]`, { timeout });
    const names = await page.$$eval(hook("file"), (entries) =>
      entries.map((entry) => entry.dataset.path),
    );
    if (!names.includes("Welcome.ipynb")) throw new Error(names.join());
    return names;
  },

  async "shows a text file"({ page }) {
    await page.click(`${hook("file")}[data-path="README.txt"]`);
    await page.waitForSelector(hook("text-file"), { timeout });
    return (await text(page, "text-file")).split("\n")[0];
  },

  async "opens the notebook, with a kernel"({ page }) {
    await page.click(`${hook("file")}[data-path="Welcome.ipynb"]`);
    await page.waitForSelector(hook("cell"), { timeout });
    await kernelIs(page, "idle");
    return (await page.$$(hook("cell"))).length;
  },

  async "runs all, with live output"({ page }) {
    await page.click(hook("run-all"));
    // The first floors are there while the cell still runs.
    await until(page, () => {
      const cell = document.querySelector('[data-testid="cell"][data-state="running"]');
      return cell?.querySelector('[data-testid="stdout"]')?.textContent.includes("up");
    });
    return outputHas(page, "back where it began");
  },

  async "shows a plot that moves"({ page }) {
    await page.waitForSelector(hook("plot"), { timeout });
    const first = await page.$eval(hook("plot"), (image) => image.getAttribute("src"));
    await until(
      page,
      (before) => document.querySelector('[data-testid="plot"]').getAttribute("src") !== before,
      first,
    );
    const size = await page.$eval(hook("plot"), (image) =>
      image.decode().then(() => image.naturalWidth),
    );
    if (!size) throw new Error("the picture is empty");
    return { width: size };
  },

  async "shows HTML in a frame of its own"({ page }) {
    const element = await page.waitForSelector(".output iframe", { timeout });
    const frame = await element.contentFrame();
    await frame.waitForSelector("table td", { timeout });
    const reachable = await element.evaluate((iframe) => Boolean(iframe.contentDocument));
    if (reachable) throw new Error("the frame shares the page's origin");
    return frame.$eval("td", (cell) => cell.textContent);
  },

  async interrupts({ page }) {
    await outputHas(page, "step ");
    await page.click(hook("interrupt"));
    return (await outputHas(page, "Stopped at step")).trim().split("\n").pop();
  },

  async "answers input()"({ page }) {
    const field = await page.waitForSelector(hook("stdin"), { timeout });
    await field.type("Maurits");
    await page.keyboard.press("Enter");
    await outputHas(page, "Hello Maurits");
    await kernelIs(page, "idle");
  },

  async "edits a cell and runs it with Shift+Enter"({ page }) {
    await page.click(hook("add-code"));
    await page.keyboard.type("6 * 7");
    await page.keyboard.down("Shift");
    await page.keyboard.press("Enter");
    await page.keyboard.up("Shift");
    return until(page, () => {
      const results = document.querySelectorAll(".output.execute_result");
      return [...results].some((result) => result.textContent.trim() === "42");
    });
  },

  async saves({ page }) {
    const saveState = () => page.$eval(hook("save-state"), (element) => element.dataset.state);
    if ((await saveState()) !== "unsaved") throw new Error(await saveState());
    await page.click(hook("save"));
    await isSaved(page);
    return text(page, "save-state");
  },

  async "finds in the file what was saved"({ page }) {
    await page.click(`${hook("file")}[data-path="README.txt"]`);
    await page.waitForSelector(hook("text-file"), { timeout });
    await page.click(`${hook("file")}[data-path="Welcome.ipynb"]`);
    await outputHas(page, "Hello Maurits");
    await page.waitForSelector(hook("plot"), { timeout });
  },

  async "goes on after a reload"({ page }) {
    await reload(page);
    await isConnected(page, true);
    await outputHas(page, "Hello Maurits");
    await kernelIs(page, "idle");
  },

  ...(options.whole ? work : {}),

  async "has no cookie and broke no rule of its own"({ page, violations }) {
    const cookies = await page.evaluate(() => document.cookie);
    if (cookies || violations.length) throw new Error(JSON.stringify({ cookies, violations }));
  },

  async "keeps what is not saved when its owner disconnects it"({ page, gate }) {
    await page.click(hook("add-code"));
    await page.keyboard.type("# kept");
    await disconnectAtServer(page.browser(), `http://127.0.0.1:${gate.port}`);
    await page.bringToFront();
    await isConnected(page, false);
    await messageHas(page, "was disconnected on your server");
    const unsaved = await text(page, "unsaved");
    if (!unsaved.includes("Welcome.ipynb has unsaved changes")) throw new Error(unsaved);
    await page.type(`${hook("cell")}:last-of-type ${hook("editor")}`, ", and more");
    await newsSay(page, "Your changes are kept here");
    return unsaved;
  },

  async "goes on where it was when it is connected again"({ page }) {
    await connect(page, "allow");
    await isConnected(page, true);
    await kernelIs(page, "idle");
    await page.click(hook("save"));
    await isSaved(page);
    if (!(await sources(page)).includes("# kept, and more")) throw new Error("the cell is gone");
  },

  async disconnects({ page }) {
    await page.click(hook("disconnect"));
    await isConnected(page, false);
    const message = await messageHas(page, "Disconnected");
    const left = await page.evaluate(() => sessionStorage["escherpad-ext:grants"]);
    if (left !== "{}") throw new Error("the token is still there");
    await reload(page);
    await isConnected(page, false);
    return message;
  },

  async "connects without a popup, too"({ page }) {
    await page.evaluate(() => (window.open = () => null)); // as if it were blocked
    await page.click(within("connect"));
    await decide(page, "allow");
    await isConnected(page, true);
    const address = await addressOf(page);
    if (address.includes("code=")) throw new Error(address);
    return address;
  },
};

/** On the server's page of connected apps. */
async function disconnectAtServer(browser, server) {
  const page = await browser.newPage();
  await visit(page, `${server}/escherpad/`);
  await page.waitForSelector('[name="disconnect"]');
  await leave(page, () => page.click('[name="disconnect"]'), { waitUntil: "load" });
  await page.close();
}

async function drive(page, gate) {
  const violations = [];
  page.on("console", (message) => {
    if (message.type() === "error") violations.push(message.text());
  });
  page.on("pageerror", (error) => violations.push(String(error)));
  for (const [step, act] of Object.entries(steps)) {
    try {
      report(step, true, await act({ page, gate, options, violations }));
    } catch (error) {
      report(step, false, {
        error: String(error),
        violations,
        ...(await whatIsShown(page)),
        tabs: await describeTabs(browser),
      });
      return 1;
    } finally {
      if (options.screenshots)
        await page.screenshot({ path: join(options.screenshots, `${step}.png`) });
    }
  }
  return 0;
}

/** What the page says of its kernel and its cells, for who reads of a failure. */
const whatIsShown = (page) =>
  page
    .evaluate(() => {
      const shown = (name, /** @type {ParentNode} */ within = document) =>
        within.querySelector(`[data-testid="${name}"]`)?.textContent.slice(-300);
      return {
        ...{ news: shown("news"), kernel: shown("kernel-status"), saved: shown("save-state") },
        notice: document.querySelector(".notice")?.textContent,
        cells: Array.from(document.querySelectorAll(".cell"), (cell) => [
          cell.getAttribute("data-state"),
          cell.querySelector("textarea")?.value,
          shown("outputs", cell),
        ]),
      };
    })
    .catch((error) => ({ page: String(error) }));

/** @param {unknown} detail */
function report(step, ok, detail = "") {
  console.log(JSON.stringify({ step, ok, detail }));
}

const profile = await mkdtemp(join(tmpdir(), "escherpad-demo-browser-"));
const gate = await openGate(Number(new URL(options.url).port));
const browser = await launch({
  browser: options.browser,
  executable: options.executable,
  profile,
});
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 900 });
  await page.evaluateOnNewDocument(canLoseStatus);
  process.exitCode = await drive(page, gate);
} finally {
  await browser.close();
  gate.stop();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
}
