// JupyterLab's or Notebook's page, with what it shows of the apps that are connected.
import { allow, connected, press, until } from "./connect_person.mjs";
import { openPage } from "./harness.mjs";
import { visit } from "./tabs.mjs";

/** JupyterLab on a busy machine takes its time. */
export const timeout = 90_000;
export const MARK = ".jp-escherpad-Mark";
export const TOAST = ".jp-toast-message";
export const SECTION = "#jp-running-sessions";

/** The name of the mark for who cannot see it; "" where there is none to be seen. */
export const markOf = (page) =>
  page.evaluate((selector) => {
    const mark = document.querySelector(selector);
    const isSeen = mark && mark.checkVisibility() && mark.getBoundingClientRect().height > 0;
    return isSeen ? mark.querySelector("button").getAttribute("aria-label") : "";
  }, MARK);

export async function shows(page, name) {
  await page.bringToFront();
  let last;
  await until(async () => (last = await markOf(page)) === name, `the mark "${name}"`).catch(
    (error) => {
      throw new Error(`${error.message}, but "${last}"`);
    },
  );
}

/** Whether an element is where it was two frames ago. */
async function isAtRest(element) {
  const frame = () => new Promise(requestAnimationFrame);
  const { x, y } = element.getBoundingClientRect();
  await frame().then(frame);
  const now = element.getBoundingClientRect();
  return now.x === x && now.y === y;
}

/** Press a button of the notification that has this text. */
export async function pressInNotice(page, text, label) {
  await page.bringToFront();
  const found = () =>
    page.evaluateHandle(
      (selector, wanted, button) => {
        const isWanted = ({ textContent }) => textContent.includes(wanted);
        const notice = [...document.querySelectorAll(selector)].find(isWanted);
        const buttons = notice?.parentElement.querySelectorAll("button, jp-button") ?? [];
        return [...buttons].find(({ textContent }) => textContent.trim() === button) ?? null;
      },
      TOAST,
      text,
      label,
    );
  const button = await until(async () => (await found()).asElement(), `the notice "${text}"`);
  await until(() => button.evaluate(isAtRest), "the notice, which slides in");
  await button.click(); // a person's: Firefox opens no window for another
}

/** Connect the site of a page; resolves with when the button was pressed. */
export const connect = async (page, options) => {
  await allow(await press(page, options));
  const at = Date.now();
  await connected(page);
  return at;
};

/** JupyterLab's page; `prepare` runs in it before all else. */
export async function openLab(browser, url, prepare = () => {}) {
  const lab = await openPage(browser);
  await lab.setViewport({ width: 1280, height: 900 });
  await lab.evaluateOnNewDocument(prepare);
  await visit(lab, url, { waitUntil: "domcontentloaded" });
  await lab.bringToFront();
  await lab.waitForSelector(MARK, { timeout });
  await lab.$eval(MARK, (mark) => {
    const note = () => (globalThis.changedAt = Date.now());
    new MutationObserver(note).observe(mark, { attributes: true, subtree: true });
  });
  return lab;
}

/** Open the panel of what runs, and a section in it: JupyterLab 4.1 folds them up. */
export async function openPanel(lab, section) {
  const title = `${SECTION} .lm-AccordionPanel-title[aria-label="${section} Section"]`;
  await lab.waitForSelector(title, { timeout });
  const isOpen = (element) =>
    element.checkVisibility() ? element.getAttribute("aria-expanded") === "true" : null;
  await until(async () => {
    const found = await lab.$eval(title, isOpen);
    if (found === null) await lab.click('.lm-TabBar-tab[data-id="jp-running-sessions"]');
    if (found === false) await lab.click(title);
    return found;
  }, `the open section "${section}"`);
}

/** Press the button of a row, which is seen when pointed at. JupyterLab 4.1 wants a real mouse. */
export async function shutDown(row) {
  await row.hover();
  await (await row.$(".jp-RunningSessions-itemShutdown")).click();
}
