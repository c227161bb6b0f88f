// A person limits a site to one folder, with the keyboard alone.
import { arrive, ask, connected, equal, openSite, press, until } from "./connect_person.mjs";
import { reload } from "./tabs.mjs";

const TABS = 30;

/** Whether an element has the focus. */
const isFocused = (page, selector) => page.$eval(selector, (e) => e === document.activeElement);

/** Press Tab until an element has the focus. */
async function tabTo(page, selector) {
  for (let presses = 0; presses < TABS; presses++) {
    if (await isFocused(page, selector)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to ${selector}`);
}

/** The site asks for all files; the person says which folder it may see. */
export async function folderByKeyboard({ browser, site, server, folder, inside, outside }) {
  const page = await openSite(browser, site);
  const popup = await press(page, { server, scope: "view" });
  await arrive(popup, "consent");
  await tabTo(popup, "#files-all");
  await popup.keyboard.press("ArrowRight");
  equal(await isFocused(popup, "#files-folder"), true, "the arrow key chooses the folder");
  await tabTo(popup, "#folder");
  await popup.keyboard.type(folder);
  await popup.waitForSelector("#allow:not([disabled])");
  await tabTo(popup, "#allow");
  await popup.keyboard.press("Enter").catch(() => {}); // the window may be gone before it says so
  equal((await connected(page)).folder, folder, "the folder of the connection");
  equal(await ask(page, `api/contents/${inside}`), 200, "status inside");
  equal(await ask(page, `api/contents/${outside}`), 403, "status outside");
}

/** The site suggests a folder. After a reload it still knows which it has. */
export async function suggestedFolder({ browser, site, server, folder, outside }) {
  const page = await openSite(browser, site);
  const popup = await press(page, { server, scope: "edit", folder });
  await arrive(popup, "consent");
  equal(await popup.$eval("#folder", (field) => field.value), folder, "what the field says");
  await popup.waitForSelector("#allow:not([disabled])");
  await popup.click("#allow").catch(() => {});
  await connected(page);
  await reload(page, { waitUntil: "domcontentloaded" });
  const { connection } = await until(() => page.evaluate(() => window.site.resumed), "resume");
  equal([connection.folder, connection.scopes], [folder, ["view", "edit"]], "what it has");
  equal(await ask(page, `api/contents/${outside}`), 403, "status outside");
}
