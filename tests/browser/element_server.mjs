// <jupyter-connect> and a real server, which hangs, comes back, is asked for more time, and ends it.
// The page's long timers wait for the test, so that nothing is found out by asking in between.
//   node element_server.mjs '{"browser", "executable", "profile", "acts": [{url, server, secret, pid, kernel}]}'
import { allow, check, equal, goToLogin, logIn, popupOf, until } from "./connect_person.mjs";
import { pass, skip, stopClock } from "./fake_clock.mjs";
import { launch, openPage, record } from "./harness.mjs";
import { describeTabs, isClosed, leave, visit } from "./tabs.mjs";

const EIGHT_HOURS = 28_800;
const UNTIL_LOST = 60;
const STEP = 10;

const plan = JSON.parse(process.argv[2]);
const [{ url, server, secret, pid, kernel }] = plan.acts;
const browser = await launch(plan);
const page = await openPage(browser);

const inside = (css) => `jupyter-connect >>> ${css}`;
const message = () => page.$eval(inside(".message"), ({ textContent }) => textContent);
const isConnected = () =>
  page.$eval("jupyter-connect", (element) => Boolean(element["connection"]));
const says = (text) => until(async () => (await message()).includes(text), `"${text}"`);
const told = () => page.evaluate(() => window["told"]);

/** Press a button of the element, and be the person before the window that opens. */
async function ask(button, ...pages) {
  await page.bringToFront();
  const popup = await popupOf(browser, () => page.click(inside(button)));
  for (const act of pages) await act(popup);
  await until(() => isClosed(popup), "the popup closes");
  await page.bringToFront();
}

/** Let time pass until the element says so; returns how many seconds that were. */
async function passUntil(text) {
  let seconds = 0;
  const isSaid = async () => {
    await pass(page, STEP);
    seconds += STEP;
    return (await message()).includes(text);
  };
  await until(isSaid, `"${text}"`);
  return seconds;
}

const steps = {
  async connects() {
    const allowed = (popup) => allow(popup, { seconds: EIGHT_HOURS });
    await ask(".connect", goToLogin, (popup) => logIn(popup, secret), allowed);
    await until(isConnected, "the connection");
  },

  async "is lost while the server hangs, and back when it goes on"() {
    process.kill(pid, "SIGSTOP");
    try {
      const seconds = await passUntil("has not answered for a minute");
      check(seconds >= UNTIL_LOST, `it was lost after ${seconds} s`);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await passUntil("answers again");
    equal(await told(), ["lost", "back"], "events");
  },

  async "is asked for more time before it ends"() {
    await skip(page, EIGHT_HOURS - (await passed()) - 330);
    equal(await told(), ["lost", "back"], "events before the last five minutes");
    await skip(page, 60);
    await says("Extend it to go on");
    await ask(".extend", (popup) => allow(popup, { seconds: EIGHT_HOURS }));
    await says("now lasts until");
    equal((await told()).slice(2), ["expiring", "extended"], "events");
  },

  /** No timer of the page runs: the kernel's socket tells it. */
  async "hears at once that the owner disconnects it"() {
    await page.evaluate((id) => {
      const { connection } = /** @type {any} */ (document.querySelector("jupyter-connect"));
      const address = `${connection.serverSettings.wsUrl}api/kernels/${id}/channels`;
      const socket = new connection.WebSocket(address, "v1.kernel.websocket.jupyter.org");
      return new Promise((resolve, reject) => {
        socket.onopen = resolve;
        socket.onclose = ({ code }) => reject(new Error(`it is closed with ${code}`));
      });
    }, kernel);
    const owner = await openPage(browser);
    await visit(owner, `${server}/escherpad/`);
    await leave(owner, () => owner.click("button[name=disconnect]"));
    const start = performance.now();
    await says("was disconnected on your server");
    return `after ${Math.round(performance.now() - start)} ms`;
  },

  async "expires without a word from the server"() {
    await ask(".connect", (popup) => allow(popup));
    await until(isConnected, "the connection");
    await skip(page, 3600);
    await says("has expired");
    equal((await told()).slice(4), ["ended", "expiring", "ended"], "events");
  },
};

/** How many seconds of the connection have passed. */
const passed = () =>
  page.$eval("jupyter-connect", (element) => {
    const left = (element["connection"].expiresAt - Date.now()) / 1000;
    return 28_800 - left;
  });

try {
  await stopClock(page);
  await visit(page, url);
  await page.evaluate((types) => {
    window["told"] = [];
    for (const type of types) addEventListener(type, () => window["told"].push(type));
  }, "expiring extended lost back ended".split(" "));
  for (const [name, act] of Object.entries(steps)) {
    const start = performance.now();
    const { ok, detail } = await act().then(
      (found) => ({ ok: true, detail: String(found ?? "") }),
      async (error) => ({
        ok: false,
        detail: `${error.stack} ${await message()}\n${await describeTabs(browser)}`,
      }),
    );
    const seconds = Math.round(performance.now() - start) / 1000;
    record("step", { page: "element", name, ok, detail, seconds });
    if (!ok) break;
  }
} finally {
  await browser.close();
}
