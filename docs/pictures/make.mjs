// Takes the pictures of the connect page and the connections page, from a real server:
//
//   node docs/pictures/make.mjs
//
// Writes docs/images/{consent,connections}-{light,dark,phone}.png and consent-folder.png. Needs what the browser tests need (`npm install` in
// tests/browser, Chromium) and a Python with this package: the one on the PATH, or what PYTHON says.

import { execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const fromHere = (path) => fileURLToPath(new URL(path, import.meta.url));
const puppeteer = createRequire(fromHere("../../tests/browser/package.json"))("puppeteer-core");

const PYTHON = process.env.PYTHON ?? "python3";
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const SITE = "https://www.escherpad.com";
// What the pictures show, whatever port the server really has.
const SERVER = "http://localhost:8888";
const PASSWORD = randomBytes(24).toString("hex");
const LOOKS = {
  light: { width: 760, scheme: "light" },
  dark: { width: 760, scheme: "dark" },
  phone: { width: 360, scheme: "light" },
};

// The pictures show this folder: the same each time, and nobody's already.
const home = join(tmpdir(), "ada");
await mkdir(home);
const environment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("JUPYTER")),
  ),
  JUPYTER_CONFIG_DIR: join(home, "config"),
  JUPYTER_DATA_DIR: join(home, "data"),
  JUPYTER_RUNTIME_DIR: join(home, "runtime"),
  JUPYTER_TOKEN: PASSWORD,
  LOGNAME: "ada",
};
await mkdir(join(home, "thesis", "data", "raw"), { recursive: true });
const port = await freePort();
const server = startServer();
const browser = await puppeteer.launch({
  executablePath: CHROMIUM,
  // A container's browser runs as root and without the namespaces that Chromium's sandbox needs.
  args: [
    "--no-sandbox",
    "--disable-gpu",
    `--host-resolver-rules=MAP localhost:8888 127.0.0.1:${port}`,
  ],
});
try {
  await serverAnswers();
  const page = await browser.newPage();
  await siteIsHere(page);
  const verifier = randomBytes(32).toString("base64url");
  await logInAndAsk(page, verifier);
  await takePictures(page, "consent");
  const code = await allow(page);
  await page.goto(questionOf(verifier, { scope: "edit", folder: "data/raw" }));
  await takePictures(page, "consent", { folder: LOOKS.light });
  await connectScripts();
  await use(await exchange(code, verifier));
  await page.goto(`${SERVER}/escherpad/`);
  await takePictures(page, "connections");
} finally {
  await browser.close();
  server.kill();
  await new Promise((ended) => server.once("exit", ended));
  await rm(home, { recursive: true, force: true });
}

function freePort() {
  return new Promise((found) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

function startServer() {
  const options = [`--port=${port}`, "--ServerApp.port_retries=0", "--no-browser", "--allow-root"];
  const folder = `--ServerApp.root_dir=${join(home, "thesis")}`;
  const extension = "--ServerApp.jpserver_extensions=escherpad_ext=True";
  return spawn(PYTHON, ["-m", "jupyter_server", ...options, folder, extension], {
    env: environment,
    stdio: ["ignore", "ignore", process.env.VERBOSE ? "inherit" : "ignore"],
  });
}

async function serverAnswers() {
  for (let tries = 0; tries < 300; tries++) {
    if (server.exitCode !== null) break;
    const answer = await fetch(`http://127.0.0.1:${port}/api`).catch(() => null);
    if (answer) return;
    await wait(100);
  }
  throw new Error("The Jupyter server did not start. VERBOSE=1 shows what it says.");
}

/** The site is far away: whatever the browser asks it for is answered with an empty page. */
async function siteIsHere(page) {
  await page.setRequestInterception(true);
  page.on("request", (request) =>
    request.url().startsWith(`${SITE}/`)
      ? request.respond({
          contentType: "text/html",
          body: "<!doctype html><title>Escherpad</title>",
        })
      : request.continue(),
  );
}

function questionOf(verifier, asked) {
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const query = new URLSearchParams({
    response_type: "code",
    client_id: `${SITE}/`,
    redirect_uri: `${SITE}/`,
    state: "picture",
    code_challenge: challenge,
    code_challenge_method: "S256",
    ...asked,
  });
  return `${SERVER}/escherpad/authorize?${query}`;
}

async function logInAndAsk(page, verifier) {
  await page.goto(questionOf(verifier, { scope: "run" }));
  await Promise.all([page.waitForNavigation(), page.click("#go")]);
  await page.type("#password_input", PASSWORD);
  await Promise.all([page.waitForNavigation(), page.click("#login_submit")]);
}

async function takePictures(page, name, looks = LOOKS) {
  for (const [look, { width, scheme }] of Object.entries(looks)) {
    await page.emulateMediaFeatures([
      { name: "prefers-color-scheme", value: scheme },
      { name: "prefers-reduced-motion", value: "reduce" },
    ]);
    await resize(page, width, 600);
    await resize(page, width, await page.evaluate(wholeHeight));
    await page.screenshot({ path: fromHere(`../images/${name}-${look}.png`) });
  }
}

/** How high the window must be to show all of a page. On the consent page the text scrolls by itself. */
function wholeHeight() {
  const details = document.querySelector(".details");
  const hidden = details ? details.scrollHeight - details.clientHeight : 0;
  return document.documentElement.scrollHeight + hidden;
}

/** Allow falls asleep when the window's size changes, which the page learns with the next frame. */
async function resize(page, width, height) {
  await page.setViewport({ width, height, deviceScaleFactor: 1.5 });
  await page.evaluate(
    () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
  );
  await allowIsAwake(page);
}

async function allow(page) {
  await allowIsAwake(page);
  await Promise.all([page.waitForNavigation(), page.click("#allow")]);
  return new URL(page.url()).searchParams.get("code");
}

function allowIsAwake(page) {
  return page.waitForFunction(() => !document.querySelector("#allow:disabled"));
}

function ask(path, options) {
  return fetch(`http://127.0.0.1:${port}/${path}`, options);
}

async function exchange(code, verifier) {
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    code,
    client_id: `${SITE}/`,
    redirect_uri: `${SITE}/`,
    code_verifier: verifier,
  });
  const answer = await ask("escherpad/token", { method: "POST", headers: { Origin: SITE }, body });
  return (await answer.json()).access_token;
}

async function use(token) {
  const headers = { Origin: SITE, Authorization: `Bearer ${token}` };
  const answer = await ask("api/contents", { headers });
  if (!answer.ok) throw new Error(`The token does not work: ${await answer.text()}`);
}

/** Two more apps, by the command. */
async function connectScripts() {
  const create = ["-m", "escherpad_ext.cli", "token", "create"];
  for (const options of [
    [
      "--origin",
      "https://lab.example.edu",
      "--scope",
      "view",
      "--expires",
      "30d",
      "--name",
      "dashboard",
    ],
    ["--origin", "none", "--scope", "edit", "--expires", "7d", "--name", "nightly backup"],
  ])
    execFileSync(PYTHON, [...create, ...options], { env: environment, stdio: "ignore" });
}
