// Drives one browser whose driver is told nothing of where its tabs are, and says what tabs.mjs makes of it.
//   node lost_events.mjs '{"browser", "executable", "profile", "acts": [{}]}'
import { createServer } from "node:http";
import { check, equal, popupOf, until } from "./connect_person.mjs";
import { launch, record } from "./harness.mjs";
import * as tabs from "./tabs.mjs";

/** Long enough to look at the tabs, too short for a driver that waits in vain. */
const timeout = 10_000;
const LINKS = `<!doctype html><a href=other>to the other page</a><a href=never>to none</a>
<button onclick='window.open("closes")'>a popup</button>`;
const PAGES = { "/": LINKS, "/other": LINKS, "/closes": "<button onclick='window.close()'>close" };

/** One page never comes. */
const server = createServer(({ url }, response) => {
  if (url in PAGES) response.setHeader("Content-Type", "text/html").end(PAGES[url]);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
const site = `http://127.0.0.1:${port}/`;

/** Firefox says when tabs come, and what they ask for; nothing of where they are, nor when they go. */
function loseEvents(browser) {
  const { connection } = browser;
  const tell = connection.emit.bind(connection);
  const isLost = (type) => type.startsWith("browsingContext.") && !type.endsWith("contextCreated");
  connection.emit = (type, event) => isLost(type) || tell(type, event);
}

async function fails(act) {
  const error = await act.then(
    () => null,
    (reason) => reason,
  );
  check(/timeout|timed out/i.test(error?.message), `it did not fail, or else: ${error}`);
}

const isClick = () => navigator.userActivation.isActive;
const follow = (page, link) => tabs.leave(page, () => page.click(`a[href=${link}]`), { timeout });

const steps = {
  async "goes to a page, follows a link, and loads again"(page) {
    await tabs.visit(page, site, { timeout });
    equal(await tabs.addressOf(page), site, "address");
    await follow(page, "other");
    equal(await tabs.addressOf(page), `${site}other`, "address after a link");
    await page.evaluate(() => (document.title = "the document before"));
    await tabs.reload(page, { timeout });
    equal(await page.title(), "", "title after loading again");
  },

  async "asks without a click"(page) {
    await tabs.visit(page, site, { timeout });
    equal(await tabs.look(page, isClick), false, "whether asking counts as a click");
    equal(await page.evaluate(isClick), true, "whether the driver's own way does");
  },

  async "sees that a popup came and closed"(page) {
    const { length } = await tabs.openTabs(page.browser());
    const popup = await popupOf(page.browser(), () => page.click("button"));
    equal(await tabs.isClosed(popup), false, "whether it is closed");
    await until(() => popup.$("button"), "the popup's page");
    equal((await tabs.openTabs(page.browser())).length, length + 1, "tabs");
    const description = await tabs.describeTabs(page.browser());
    check(description.includes(`"address":"${site}closes"`), description);
    await popup.click("button").catch(() => {}); // it may be gone before it says so
    await until(() => tabs.isClosed(popup), "the closed popup");
    equal((await tabs.openTabs(page.browser())).length, length, "tabs that are left");
  },

  async "does not take the old page for one that never comes"(page) {
    await fails(tabs.leave(page, () => page.click("a[href=never]"), { timeout: 2000 }));
    await fails(tabs.visit(page, `${site}never`, { timeout: 2000 }));
  },
};

const browser = await launch(JSON.parse(process.argv[2]));
try {
  if ("connection" in browser) loseEvents(browser);
  const page = await browser.newPage();
  for (const [name, act] of Object.entries(steps)) {
    const result = await act(page).then(
      () => ({ ok: true, detail: "" }),
      (error) => ({ ok: false, detail: error.stack }),
    );
    record("step", { page: "tabs", name, seconds: 0, ...result });
  }
} finally {
  await browser.close();
  server.closeAllConnections();
  server.close();
}
