// People at one notebook: one in JupyterLab, others in pages on another origin.
//   node collaboration.mjs '{"browser", "executable", "profile", "acts": [{…}]}', with one act:
//   second                  the other browser, as {browser, executable}
//   lab                     JupyterLab's address, with the owner's token
//   page, other, refused    pages: of the tokens, of another origin that is allowed, of one that is not
//   server, path, room      the server, the notebook on it, and the address of its room
//   tokens                  by name, as {id, token}
//   give, revoke            the owner's commands, to which a lifetime or an id is added
import { deepEqual, equal, ok } from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { promisify } from "node:util";
import { launch, openPage, record } from "./harness.mjs";
import { visit } from "./tabs.mjs";

const PATIENCE = 60_000;
const LEAVES_WITHIN = 2000;
const plan = JSON.parse(process.argv[2]);
const [given] = plan.acts;
const { server, path, room, tokens } = given;
const letters = {};

async function step(name, act) {
  const started = Date.now();
  const told = (ok, detail) =>
    record("step", { page: "people", name, ok, detail, seconds: (Date.now() - started) / 1000 });
  try {
    told(true, JSON.stringify((await act()) ?? ""));
  } catch (error) {
    told(false, error.stack);
    throw error; // what comes after rests on it
  }
}

async function command([program, ...words], ...more) {
  const { stdout } = await promisify(execFile)(program, [...words, ...more], { env: given.env });
  return stdout.trim();
}

// Pages

const call = (page, name, ...all) =>
  page.evaluate((what, some) => window.collaboration[what](...some), name, all);
const until = (page, what, ...all) =>
  page
    .waitForFunction(what, { timeout: PATIENCE, polling: 50 }, ...all)
    .then((handle) => handle.jsonValue());
const untilEnded = (page, name) => until(page, (who) => window.collaboration.ended(who), name);
/** Until somebody is shown so many times among those who are there. */
const untilSeen = (page, name, whom, times) =>
  until(
    page,
    (...all) => {
      const [by, who, count] = all;
      return window.collaboration.members(by).filter((member) => member === who).length === count;
    },
    name,
    whom,
    times,
  );
const reads = (page, name) =>
  until(
    page,
    (who, all) => {
      const text = window.collaboration.source(who);
      return Object.entries(all).every(
        ([letter, times]) => text.split(letter).length === times + 1,
      );
    },
    name,
    letters,
  );

async function openAt(context, address) {
  const page = await openPage(context);
  await visit(page, address);
  return page;
}

const open = (page, name, way, token = tokens[name].token) =>
  call(page, "open", { name, server, path, way, token });

async function write(page, name, letter, times = 20) {
  letters[letter] = times;
  await call(page, "write", name, letter.repeat(times));
}

/** The last one that opened: the provider may have tried another one since. */
const lastSocket = async (page) => (await call(page, "sockets")).findLast(({ opened }) => opened);

// JupyterLab

async function openLab(context) {
  const page = await openAt(context, given.lab);
  await until(page, () => window.jupyterapp?.commands.hasCommand("docmanager:open"));
  await page.evaluate(async (file) => {
    await window.jupyterapp.restored;
    const kernelPreference = { shouldStart: false, canStart: false };
    await window.jupyterapp.commands.execute("docmanager:open", { path: file, kernelPreference });
  }, path);
  await page.waitForSelector(".jp-Notebook .cm-content", { timeout: PATIENCE });
  return page;
}

const labReads = (page) =>
  until(
    page,
    (all) => {
      const text = document.querySelector(".jp-Notebook .cm-content").textContent;
      return Object.entries(all).every(
        ([letter, times]) => text.split(letter).length === times + 1,
      );
    },
    letters,
  );

async function typeInLab(page, letter, times = 20) {
  letters[letter] = times;
  await page.bringToFront();
  await page.click(".jp-Notebook .cm-content");
  await page.keyboard.press("End");
  await page.keyboard.type(letter.repeat(times));
}

// What is to hold

async function writeTogether({ lab, anna, ben }) {
  await Promise.all([typeInLab(lab, "l"), write(anna, "anna", "a"), write(ben, "ben", "b")]);
  await Promise.all([labReads(lab), reads(anna, "anna"), reads(ben, "ben")]);
  equal(await call(anna, "source", "anna"), await call(ben, "source", "ben"));
  await Promise.all([untilSeen(anna, "anna", "ben", 1), untilSeen(ben, "ben", "anna", 1)]);
  equal((await call(anna, "members", "anna")).length, 3); // and who is in JupyterLab
  for (const page of [anna, ben]) {
    const urls = (await call(page, "sockets")).map(({ url }) => url);
    deepEqual(
      urls.filter((url) => url.includes("token")),
      [],
    );
  }
}

/** A client that can do no better puts the token into the socket's address. */
async function tokenInAddress({ lab, anna }) {
  equal(await open(anna, "carla", "url", tokens.anna.token), "");
  ok((await lastSocket(anna)).url.includes("token="));
  await write(anna, "carla", "c");
  await Promise.all([labReads(lab), reads(anna, "anna")]);
  await untilSeen(anna, "anna", "anna", 2); // it is her token
  await call(anna, "close", "carla");
  await untilSeen(anna, "anna", "anna", 1);
}

async function viewOnly({ anna }) {
  const { token } = tokens.vera;
  const file = { type: "file", format: "text", content: "vera was here" };
  match(await open(anna, "vera", "page"), "less than this request needs");
  deepEqual(await call(anna, "ask", "PUT", `${server}api/contents/vera.txt`, token, file), [
    403,
    "scope_missing",
  ]);
  deepEqual(await call(anna, "ask", "GET", `${server}api/contents/${path}`, token), [200, ""]);
  equal(await call(anna, "socketOpens", room, token), false);
  equal(await call(anna, "socketOpens", room, tokens.anna.token), true);
}

/** Pages in the browser of the owner, who is logged in all the while. */
async function strangers({ home, lab }) {
  const [other, refused] = await Promise.all(
    [given.other, given.refused].map((page) => openAt(home, page)),
  );
  const session = ["PUT", `${server}api/collaboration/session/${path}`];
  const kind = { format: "json", type: "notebook" };
  const { token } = tokens.anna;
  deepEqual(await call(other, "ask", ...session, "", kind), [401, "no_token"]);
  deepEqual(await call(other, "ask", ...session, token, kind), [401, "wrong_origin"]);
  for (const each of ["", token]) equal(await call(refused, "ask", ...session, each, kind), null);
  for (const page of [other, refused]) {
    for (const each of ["", token]) equal(await call(page, "socketOpens", room, each), false);
  }
  // The cookie is a good one.
  equal(
    await lab.evaluate(
      (url) =>
        new Promise((resolve) => {
          const socket = new WebSocket(url);
          socket.onopen = () => socket.close() ?? resolve(true);
          socket.onclose = () => resolve(false);
        }),
      room,
    ),
    true,
  );
  await Promise.all([other, refused].map((page) => page.close()));
}

const match = (text, part) => ok(text.includes(part), `“${text}” does not say “${part}”`);

async function revoke({ lab, anna, ben }) {
  const same = { name: "careless", server, path, token: tokens.ben.token };
  await call(anna, "openCarelessly", same);
  const careless = (await call(anna, "sockets")).length - 1;
  await command(given.revoke, tokens.ben.id);
  const revoked = Date.now();
  equal(await untilEnded(ben, "ben"), "revoked");
  const { code, reason, closed } = await lastSocket(ben);
  deepEqual([code, reason], [4401, "revoked"]);
  ok(closed - revoked < LEAVES_WITHIN, `closed after ${closed - revoked} ms`);

  await untilSeen(anna, "anna", "ben", 0);
  const gone = Date.now() - revoked;
  ok(gone < LEAVES_WITHIN, `seen for ${gone} ms`);

  await call(ben, "write", "ben", "ω"); // into his own copy, that is all
  await write(anna, "anna", "A");
  await Promise.all([labReads(lab), reads(anna, "anna")]);
  ok(!(await call(ben, "source", "ben")).includes("A"));

  equal(await open(ben, "ben", "page"), "The owner has revoked the token.");
  await until(
    anna,
    (from) => {
      const later = window.collaboration.sockets().slice(from + 1);
      return later.filter(({ opened, closed: over }) => over && !opened).length >= 3;
    },
    careless,
  );
  await call(anna, "close", "careless");
  return `closed after ${closed - revoked} ms, gone after ${gone} ms`;
}

/** Comes with a token that ends soon, and writes; longer ones are for machines that are busy. */
async function comeForAWhile({ anna, short }) {
  for (const [letter, seconds] of Object.entries({ s: 4, t: 15, u: 60 })) {
    const token = await command(given.give, "--expires", `${seconds}s`);
    const name = `for ${seconds} s`;
    if (await open(short, name, "page", token)) continue;
    await call(short, "write", name, letter.repeat(20));
    const arrives = until(
      anna,
      (text) => window.collaboration.source("anna").includes(text),
      letter.repeat(20),
    );
    const inTime = await Promise.race([
      arrives,
      untilEnded(short, name).then(
        () => false,
        () => false,
      ),
    ]);
    if (!inTime) continue;
    letters[letter] = 20;
    return { name, token };
  }
  throw new Error("a minute was not enough");
}

async function expire(page, { name, token }) {
  equal(await untilEnded(page, name), "expired");
  const { exp } = JSON.parse(atob(token.split(".")[1]));
  const { code, reason, closed } = await lastSocket(page);
  deepEqual([code, reason], [4401, "expired"]);
  const late = closed - exp * 1000;
  ok(late >= 0 && late < LEAVES_WITHIN, `closed after ${late} ms`);
  match(await open(page, name, "page", token), "expired");
  return `closed after ${late} ms`;
}

async function people(browsers) {
  const [home, away, elsewhere] = await Promise.all(
    [1, 2, 3].map(() => browsers[0].createBrowserContext()),
  );
  const [lab, anna, short, ben] = await Promise.all([
    openLab(home),
    openAt(away, given.page),
    openAt(elsewhere, given.page),
    openAt(browsers[1], given.page),
  ]);
  return { home, lab, anna, ben, short };
}

async function work(browsers) {
  const all = await people(browsers);
  const { anna, ben, short } = all;
  await step("they enter", async () => {
    deepEqual(await Promise.all([open(anna, "anna", "page"), open(ben, "ben", "connect")]), [
      "",
      "",
    ]);
  });
  await step("they write at the same time", () => writeTogether(all));
  await step("a token in the socket's address", () => tokenInAddress(all));
  const visit = await comeForAWhile(all);
  await step("a token to view", () => viewOnly(all));
  await step("pages that are refused", () => strangers(all));
  await step("the list of who is there", async () => {
    deepEqual(await call(anna, "awareness", server, tokens.anna.token), [false, true]);
  });
  await step("a token that is revoked", () => revoke(all));
  await step("a token that expires", () => expire(short, visit));
  await step("those who are left go on", async () => {
    await Promise.all([typeInLab(all.lab, "L"), write(anna, "anna", "z")]);
    await Promise.all([labReads(all.lab), reads(anna, "anna")]);
    return letters;
  });
}

const browsers = await Promise.all(
  [plan, given.second].map((each, index) => {
    const profile = `${plan.profile}/${index}`;
    mkdirSync(profile);
    return launch({ ...each, profile });
  }),
);
try {
  await work(browsers);
} finally {
  await Promise.all(browsers.map((browser) => browser.close()));
}
