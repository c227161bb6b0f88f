// What a person does in the demo's page, and sees there.
import { createServer, connect as connectTo } from "node:net";
import { once } from "node:events";

const TIMEOUT = 40_000;

export const hook = (name) => `[data-testid="${name}"]`;

/** Wait until `read(argument)` is truthy in the page; returns what it was. */
export async function until(page, read, argument) {
  const handle = await page.waitForFunction(read, { timeout: TIMEOUT, polling: 50 }, argument);
  return handle.jsonValue();
}

export const text = (page, name) => page.$eval(hook(name), (element) => element.textContent.trim());

export const kernelIs = (page, status) =>
  until(
    page,
    (wanted) =>
      document.querySelector(`[data-testid="kernel-status"][data-status="${wanted}"]`) !== null,
    status,
  );

export const outputHas = (page, wanted) =>
  until(
    page,
    (part) =>
      [...document.querySelectorAll('[data-testid="outputs"]')].find((outputs) =>
        outputs.textContent.includes(part),
      )?.textContent,
    wanted,
  );

export const isSaved = (page) =>
  until(
    page,
    () => document.querySelector('[data-testid="save-state"][data-state="saved"]') !== null,
  );

/** Wait for what the bar above the open file says. */
export const newsSay = (page, wanted) =>
  until(
    page,
    (part) => {
      const bar = /** @type {HTMLElement} */ (document.querySelector('[data-testid="news"]'));
      return part === "" ? bar.hidden : !bar.hidden && bar.textContent.includes(part);
    },
    wanted,
  );

export const sources = (page) =>
  page.$$eval(hook("editor"), (editors) => editors.map(({ value }) => value));

/** Press keys, one after the other: "a", "Enter", "Shift+Enter". */
export async function press(page, ...keys) {
  for (const key of keys) {
    const [last, ...held] = key.split("+").reverse();
    for (const each of held) await page.keyboard.down(each);
    await page.keyboard.press(last);
    for (const each of held) await page.keyboard.up(each);
  }
}

/** Write code into the cell that is selected, and run it, once what it ran before has ended. */
export async function run(page, code) {
  await page.waitForSelector(
    '.cell[tabindex="0"]:not([data-state="waiting"], [data-state="running"])',
  );
  await page.focus('.cell[tabindex="0"]');
  await press(page, "Enter", "Control+a");
  await page.keyboard.type(code);
  await press(page, "Control+Enter");
}

/** Open a file by a click on its name. */
export async function open(page, path) {
  const entry = await page.waitForSelector(`${hook("file")}[data-path="${path}"]`);
  await entry.click();
}

/** Answer the dialog that asks, with a text if it wants one. */
export async function agree(page, answer) {
  await page.waitForSelector(hook("ask-agree"));
  if (answer !== undefined) {
    await press(page, "Control+a");
    await page.keyboard.type(answer);
  }
  await page.click(hook("ask-agree"));
  await page.waitForSelector("dialog", { hidden: true });
}

/**
 * A port that leads to another one, until it is closed (as if the server had stopped) or stalled (as
 * if it hung).
 */
export async function openGate(target) {
  const pairs = new Set();
  let state = "open";
  const join = (pair) => {
    const [inner, outer] = pair;
    inner.pipe(outer).pipe(inner);
  };
  const server = createServer((inner) => {
    if (state === "closed") return inner.destroy();
    const pair = [inner, connectTo(target, "127.0.0.1")];
    pairs.add(pair);
    for (const socket of pair)
      socket
        .on("error", () => {})
        .on("close", () => {
          pairs.delete(pair);
          for (const other of pair) other.destroy();
        });
    if (state === "open") join(pair);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const change = (to, act) => () => {
    state = to;
    for (const pair of [...pairs]) act(pair);
  };
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    port,
    close: change("closed", (pair) => pair[0].destroy()),
    stall: change("stalled", (pair) => pair.map((socket) => socket.unpipe().pause())),
    open: change("open", join),
    stop: () => {
      for (const [inner] of pairs) inner.destroy();
      server.close();
    },
  };
}
