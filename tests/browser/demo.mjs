// Drives the sample client of `jupyter escherpad demo` as a person would.
//
//   node demo.mjs '{"browser": "chromium", "executablePath": "/usr/bin/chromium", "url": "http://localhost:…/#…"}'
//
// Prints one JSON line per step, {"step", "ok", "detail"}; exits with 1 after the first that fails.
// "screenshots": a folder to put one picture per step in.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";

const options = JSON.parse(process.argv[2]);
const timeout = options.timeout ?? 30_000;
const QUIET_CHROMIUM = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const hook = (name) => `[data-testid="${name}"]`;

/** Wait until `read(argument)` is truthy in the page; returns what it was. */
async function until(page, read, argument) {
  const handle = await page.waitForFunction(read, { timeout, polling: 50 }, argument);
  return handle.jsonValue();
}

const text = (page, name) => page.$eval(hook(name), (element) => element.textContent.trim());

const kernelIs = (page, status) =>
  until(
    page,
    (wanted) => document.querySelector('[data-testid="kernel-status"]').dataset.status === wanted,
    status,
  );

const outputHas = (page, wanted) =>
  until(
    page,
    (part) =>
      [...document.querySelectorAll('[data-testid="stdout"]')].find((pre) =>
        pre.textContent.includes(part),
      )?.textContent,
    wanted,
  );

const steps = {
  async "takes the link and forgets it"({ page }) {
    await page.goto(options.url);
    await page.waitForSelector(hook("workbench"), { visible: true, timeout });
    const address = page.url();
    if (address.includes("#") || address.includes("token"))
      throw new Error(`still in the address: ${address}`);
    return address;
  },

  async "is on another origin than the server"({ page }) {
    const client = await page.evaluate(() => location.origin);
    const server = new URL(new URLSearchParams(new URL(options.url).hash.slice(1)).get("server"))
      .origin;
    if (client === server) throw new Error(client);
    return `${client} → ${server}`;
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
    const first = await page.$eval(hook("plot"), (image) => image.src);
    await until(
      page,
      (before) => document.querySelector('[data-testid="plot"]').src !== before,
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
    await until(
      page,
      () => document.querySelector('[data-testid="save-state"]').dataset.state === "saved",
    );
    return text(page, "save-state");
  },

  async "finds in the file what was saved"({ page }) {
    await page.click(`${hook("file")}[data-path="README.txt"]`);
    await page.waitForSelector(hook("text-file"), { timeout });
    await page.click(`${hook("file")}[data-path="Welcome.ipynb"]`);
    await outputHas(page, "Hello Maurits");
    await page.waitForSelector(hook("plot"), { timeout });
  },

  async "has no cookie and broke no rule of its own"({ page, violations }) {
    const cookies = await page.evaluate(() => document.cookie);
    if (cookies || violations.length) throw new Error(JSON.stringify({ cookies, violations }));
  },
};

async function launch(profile) {
  return puppeteer.launch({
    browser: options.browser === "firefox" ? "firefox" : "chrome",
    executablePath: options.executablePath,
    headless: options.headless ?? true,
    userDataDir: profile,
    args: options.browser === "firefox" ? [] : QUIET_CHROMIUM,
  });
}

async function drive(page) {
  const violations = [];
  page.on("console", (message) => {
    if (message.type() === "error") violations.push(message.text());
  });
  page.on("pageerror", (error) => violations.push(String(error)));
  for (const [step, act] of Object.entries(steps)) {
    try {
      report(step, true, await act({ page, violations }));
    } catch (error) {
      report(step, false, { error: String(error), violations });
      return 1;
    } finally {
      if (options.screenshots)
        await page.screenshot({ path: join(options.screenshots, `${step}.png`) });
    }
  }
  return 0;
}

function report(step, ok, detail = "") {
  console.log(JSON.stringify({ step, ok, detail }));
}

const profile = await mkdtemp(join(tmpdir(), "escherpad-demo-browser-"));
const browser = await launch(profile);
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 900 });
  process.exitCode = await drive(page);
} finally {
  await browser.close();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
}
