// Drives one browser through a list of acts: node run.mjs '{"browser", "executable", "profile", "acts": [...]}'
//   {act: "visit", url}                     the owner opens an address, as a link from the terminal
//   {act: "logIn", url, password}           the owner fills in the server's own login form
//   {act: "steps", name, url, input}        a page runs its steps (page/steps.js)
//   {act: "cookies"}                        what the browser's cookie jar holds now
//   {act: "forget"}                         all cookies go, as in a new profile; every server and every page of these
//                                           acts is an origin of its own, so they share nothing else
import { launch, openPage, recordCookies, runSteps } from "./harness.mjs";
import { leave, visit } from "./tabs.mjs";

const ACTS = {
  async visit(browser, { url }) {
    const page = await openPage(browser);
    await visit(page, url, { waitUntil: "domcontentloaded" });
    await page.close();
  },

  async logIn(browser, { url, password }) {
    const page = await openPage(browser);
    await visit(page, url, { waitUntil: "domcontentloaded" });
    await page.type("input[name=password]", password);
    await leave(page, () => page.click("#login_submit"));
    await page.close();
  },

  steps: runSteps,
  cookies: recordCookies,

  async forget(browser) {
    await browser.deleteCookie(...(await browser.cookies()));
    const left = await browser.cookies();
    if (left.length > 0) throw new Error(`cookies are left: ${JSON.stringify(left)}`);
  },
};

const plan = JSON.parse(process.argv[2]);
const browser = await launch(plan);
try {
  for (const act of plan.acts) await ACTS[act.act](browser, act);
} finally {
  await browser.close();
}
