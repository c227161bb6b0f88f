// The page of connected apps while apps come, work and go: it keeps up, and the focus and what is typed stay.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { barriers } from "./barriers.mjs";
import { arrive, check, equal, until } from "./connect_person.mjs";
import { openPage } from "./harness.mjs";
import { leave, visit } from "./tabs.mjs";

/** What an app may call a file; it does not break the page, nor make it wide. */
const NAMES = ["a\u202egpj.exe", "&lt;b&gt;.txt", "a".repeat(200)];
/** A phone: its width and height. */
const PHONE = { width: 360, height: 640 };

const text = (page) => page.evaluate(() => document.querySelector("main").innerText);
const focused = (page) => page.evaluate(() => document.activeElement?.textContent);

async function shows(page, words) {
  await page.bringToFront();
  await until(async () => (await text(page)).includes(words), `"${words}" on the page`);
}

async function checkReadable(page, name) {
  await page.setViewport(PHONE);
  const isWide = () => document.documentElement.scrollWidth > document.documentElement.clientWidth;
  check(!(await page.evaluate(isWide)), `${name} scrolls sideways`);
  equal(await barriers(page), [], `what axe-core finds on ${name}`);
}

/** `command` is the beginning of a command on the owner's machine, `env` its environment. */
export async function alive({ browser, server, secret, command, env }) {
  const [program, ...first] = command;
  const owner = async (...words) =>
    (
      await promisify(execFile)(program, [...first, ...words], { env: { ...process.env, ...env } })
    ).stdout.trim();
  const page = await openPage(browser);
  await visit(page, `${server}/login?token=${secret}`);
  await visit(page, `${server}/escherpad/`);
  await arrive(page, "connections");
  await page.evaluate(() => (document.body.id = "same"));
  const answers = [];
  page.on("response", (answer) => {
    if (answer.url().includes("/escherpad/live")) answers.push(answer.status());
  });
  await shows(page, "No app is connected");

  const token = await owner("create", "--origin", "none", "--scope", "run", "--name", "first");
  await shows(page, "first");
  await page.focus("button[name=disconnect]");
  const headers = { Authorization: `token ${token}`, "Content-Type": "application/json" };
  const use = async (method, path, body) => {
    const sent = body && JSON.stringify(body);
    const answer = await fetch(`${server}/api/${path}`, { method, headers, body: sent });
    check(answer.ok, `${method} ${path}: ${answer.status}`);
    return answer.json();
  };
  for (const name of NAMES)
    await use("PUT", `contents/${encodeURIComponent(name)}`, {
      type: "file",
      format: "text",
      content: "",
    });
  await use("POST", "kernels");
  await shows(page, "&lt;b&gt;.txt");
  await shows(page, "A kernel without a notebook");
  check((await focused(page)).startsWith("Disconnect"), "the focus is elsewhere");
  await checkReadable(page, "the page");

  await owner("create", "--origin", "https://site.example", "--scope", "view");
  await shows(page, "https://site.example");
  check((await focused(page)).startsWith("Disconnect"), "the focus is elsewhere");
  await settles(answers);
  const [{ id }] = JSON.parse(await owner("list", "--json")).filter((each) => each.name);
  await owner("revoke", id);
  await until(async () => (await focused(page)) === "Connected apps", "the focus on the heading");
  await shows(page, "Disconnected apps left this running");
  check(await page.evaluate(() => document.body.id === "same"), "the page was loaded again");
  await leave(page, () => page.click("button[name=shut_down]"), { waitUntil: "load" });
  await shows(page, "Its kernels are shut down");
  await typeName(page);
}

/** Once nothing happens, the answers are empty. */
async function settles(answers) {
  const QUIET = 3;
  const isQuiet = async () =>
    answers.length >= QUIET && answers.slice(-QUIET).every((each) => each === 204);
  await until(isQuiet, "answers without a page");
}

/** The page of many apps with long names, on a phone and beside it, with scripts and without. */
export async function crowd({ browser, server, secret, pictures }) {
  const page = await openPage(browser);
  await visit(page, `${server}/login?token=${secret}`);
  await visit(page, `${server}/escherpad/`);
  await arrive(page, "connections");
  const cards = () => document.querySelectorAll(".grants > li").length;
  equal(await page.evaluate(cards), 30, "cards");
  for (const width of [320, 360, 540, 1280]) {
    await page.setViewport({ width, height: 640 });
    equal(await page.evaluate(tooWide), [], `what is too wide for ${width}`);
    equal(await page.evaluate(brokenWords), [], `buttons with a word on two lines, ${width}`);
  }
  equal(await page.evaluate(tooHigh), [], "what pushes the buttons down");
  if (pictures) await page.screenshot({ path: `${pictures}/crowd.png`, fullPage: true });
  await checkReadable(page, "the page of many apps");
  await page.click(".grants > li:last-child a[href*='escherpad/app?']");
  await until(() => page.evaluate(() => document.querySelector(".deeds") !== null), "the record");
  await page.setViewport({ ...PHONE, width: 320 });
  equal(await page.evaluate(tooWide), [], "what is too wide on the page of the app");
  equal(await page.evaluate(brokenWords), [], "buttons with a word on two lines");
  if (pictures) await page.screenshot({ path: `${pictures}/app.png`, fullPage: true });
  await checkReadable(page, "the page of the app with long names");
  if (!browser.process().spawnfile.includes("firefox")) await workWithoutScripts(page, server);
}

/** Everything can be pressed, and says what became of it. */
async function workWithoutScripts(page, server) {
  await page.setJavaScriptEnabled(false);
  await visit(page, `${server}/escherpad/`);
  for (const [button, words] of [
    ["disconnect", "Disconnected."],
    ["block", "Blocked."],
    ["unblock", "Unblocked."],
  ]) {
    await leave(page, () => page.click(`button[name=${button}]`), { waitUntil: "load" });
    check((await text(page)).includes(words), `"${words}" without scripts`);
    check((await text(page)).includes(" UTC"), "times without scripts");
  }
}

/** What is wider than the window, or reaches out of it. */
function tooWide() {
  const width = document.documentElement.clientWidth;
  const isOut = (element) => {
    const { left, right } = element.getBoundingClientRect();
    return right > width + 1 || left < -1;
  };
  const found = [...document.querySelectorAll("body *:not(.unseen)")].filter(isOut);
  if (document.documentElement.scrollWidth > width) found.push(document.documentElement);
  return found.map((each) => each.outerHTML.slice(0, 100));
}

/** What an app did, where it has more than three lines. */
function tooHigh() {
  const MOST = 3.5;
  const lines = (each) => each.clientHeight / parseFloat(getComputedStyle(each).lineHeight);
  const found = [...document.querySelectorAll(".grants .lately bdi")];
  if (!found.length) return ["nothing"];
  return found.filter((each) => lines(each) > MOST).map((each) => each.textContent.slice(0, 50));
}

/** What stands on buttons, where a line ends within a word. */
function brokenWords() {
  const found = [];
  for (const button of document.querySelectorAll("button")) {
    const texts = [...button.childNodes].filter((each) => each.nodeType === Node.TEXT_NODE);
    for (const text of texts)
      for (const { 0: word, index } of text.textContent.matchAll(/\S+/g)) {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        if (range.getClientRects().length > 1) found.push(word);
      }
  }
  return found;
}

/** On the page of one app, Enter in the field renames, and ends nothing. */
async function typeName(page) {
  const isThere = () => document.querySelector("#name") !== null;
  await page.click("li.sheet a[href*='escherpad/app?']");
  await until(() => page.evaluate(isThere), "the page of the app");
  await page.type("#name", "Our site");
  await checkReadable(page, "the page of the app");
  await page.keyboard.press("Enter");
  await shows(page, "Renamed.");
  equal(await page.$eval("#name", ({ value }) => value), "Our site", "the name");
}
