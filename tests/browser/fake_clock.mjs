// A page whose long timers wait until the test lets time pass, and which does not notice whether it
// is visible. So it finds nothing out by asking now and then.

/** Give all documents of a page such a clock. @param {import("puppeteer-core").Page} page */
export const stopClock = (page) => page.evaluateOnNewDocument(install);

/** Let time pass. @param {import("puppeteer-core").Page} page @param {number} seconds */
export const pass = (page, seconds) =>
  page.evaluate((given) => window["pass"](given * 1000), seconds);

/**
 * Let a long time pass in which nothing is done again and again: as if the computer had slept, no
 * question of a moment ago is left without an answer.
 * @param {import("puppeteer-core").Page} page @param {number} seconds
 */
export const skip = (page, seconds) =>
  page.evaluate((given) => window["pass"](given * 1000, true), seconds);

function install() {
  const LONG = 20_000; // the page and its libraries need the short ones
  const names = ["setTimeout", "setInterval", "clearTimeout", "clearInterval"];
  const real = Object.fromEntries(names.map((name) => [name, window[name].bind(window)]));
  const [realNow, realTimeout] = [Date.now, AbortSignal.timeout.bind(AbortSignal)];
  /** @type {Map<number, {at: number, act: () => void, every: number}>} */
  const timers = new Map();
  let past = 0;
  let last = 2 ** 32;
  const now = () => realNow() + past;
  const set = (act, milliseconds, every) => {
    timers.set(++last, { at: now() + milliseconds, act, every });
    return last;
  };
  const isLong = (milliseconds) => milliseconds >= LONG;
  Date.now = now;
  addEventListener("visibilitychange", (event) => event.stopImmediatePropagation(), true);
  Object.assign(window, {
    setTimeout: (act, milliseconds, ...all) =>
      isLong(milliseconds)
        ? set(() => act(...all), milliseconds, 0)
        : real.setTimeout(act, milliseconds, ...all),
    setInterval: (act, milliseconds, ...all) =>
      isLong(milliseconds)
        ? set(() => act(...all), milliseconds, milliseconds)
        : real.setInterval(act, milliseconds, ...all),
    clearTimeout: (id) => timers.delete(id) || real.clearTimeout(id),
    clearInterval: (id) => timers.delete(id) || real.clearInterval(id),
    pass(milliseconds, skipsIntervals = false) {
      const end = now() + milliseconds;
      if (skipsIntervals)
        for (const timer of timers.values()) if (timer.every) timer.at = end + timer.every;
      for (;;) {
        const [first] = [...timers].sort(([, a], [, b]) => a.at - b.at);
        if (!first || first[1].at > end) break;
        const [id, { at, act, every }] = first;
        past += Math.max(0, at - now());
        if (every) timers.set(id, { at: at + every, act, every });
        else timers.delete(id);
        act();
      }
      past += Math.max(0, end - now());
    },
  });
  AbortSignal.timeout = (milliseconds) => {
    if (!isLong(milliseconds)) return realTimeout(milliseconds);
    const controller = new AbortController();
    set(() => controller.abort(new DOMException("Too late", "TimeoutError")), milliseconds, 0);
    return controller.signal;
  };
}
