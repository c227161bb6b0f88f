// Launches either browser and keeps a record of what it does. Records go to stdout, one JSON object a line.
import puppeteer from "puppeteer-core";
import { visit } from "./tabs.mjs";

const FLAGS = {
  // A container's browser runs as root and without the namespaces that Chromium's sandbox needs.
  chrome: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
  firefox: [],
};

const PREFERENCES = {
  // Firefox makes each new socket to a host wait longer after one that was refused.
  "network.websocket.delay-failed-reconnects": false,
  // It starts a process for each tab, and others in advance. The driver lets sites share processes anyway.
  "dom.ipc.processPrelaunch.enabled": false,
  "dom.ipc.processCount": 2,
  "dom.ipc.keepProcessesAlive.web": 2,
};

export function record(kind, value) {
  process.stdout.write(`${JSON.stringify({ kind, value })}\n`);
}

// `flags` and `extensions` (their folders) are for Chromium, `preferences` for Firefox; `without` are flags of puppeteer's own to leave out.
export function launch(
  { browser, executable, profile },
  { flags = [], preferences = {}, without = [], acceptInsecureCerts = true, extensions = [] } = {},
) {
  return puppeteer.launch({
    browser,
    executablePath: executable,
    userDataDir: profile,
    headless: true,
    acceptInsecureCerts,
    args: [...FLAGS[browser], ...(browser === "chrome" ? flags : [])],
    ignoreDefaultArgs: without,
    ...(extensions.length > 0 && { enableExtensions: extensions, pipe: true }),
    extraPrefsFirefox: { ...PREFERENCES, ...preferences },
  });
}

// Returns a new page whose requests and console are recorded.
export async function openPage(browser) {
  const page = await browser.newPage();
  page.on("request", (request) => record("url", request.url()));
  page.on("console", (message) => record("console", `${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => record("console", `page error: ${error.message}`));
  return page;
}

// Opens `url`, runs the page's steps with `input`, and records what each came to.
export async function runSteps(browser, { url, input, name }) {
  const page = await openPage(browser);
  await visit(page, url);
  const { steps, sockets } = await page.evaluate((given) => window.runSteps(given), input);
  for (const step of steps) record("step", { page: name, ...step });
  // Chromium's driver reports no request for a WebSocket: the page itself says where it connected.
  for (const socket of sockets) record("url", socket);
  await page.close();
}

// Every cookie the browser holds, for whatever host.
export async function recordCookies(browser) {
  for (const { name, domain, path } of await browser.cookies()) {
    record("cookie", `${name} (${domain}${path})`);
  }
}
