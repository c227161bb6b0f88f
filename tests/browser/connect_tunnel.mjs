// A tunnel that answers browsers with a warning, unless their requests have a header of its own.
import {
  allow,
  check,
  connected,
  equal,
  goToLogin,
  logIn,
  openSite,
  outcome,
  press,
  refused,
  resumed,
} from "./connect_person.mjs";
import { reload } from "./tabs.mjs";

/** Without the header the cause is told; with it, everything works, also after a reload. */
export async function tunnelWithWarning({ browser, site, server, secret, header }) {
  const page = await openSite(browser, site);
  await press(page, { server });
  await refused(page, "not_found");
  const { finding } = (await outcome(page)).error;
  equal(finding?.code, "browser_answered_differently", "finding");
  check(finding.fix.includes(header), `the fix names another header: ${finding.fix}`);
  const window = await press(page, { server, headers: { [header]: "1" } });
  await goToLogin(window);
  await logIn(window, secret);
  await allow(window);
  const { token } = await connected(page);
  await checkRequests(page);
  await reload(page);
  equal((await resumed(page)).connection?.token, token, "token");
  await checkRequests(page);
  await page.evaluate(() => window.site.disconnect());
  equal(await page.evaluate(() => window.site.connection.ended), "disconnected", "how it ended");
}

async function checkRequests(page) {
  const ask = (by) => page.evaluate((way) => window.site[way]("api/contents"), by);
  equal([await ask("fetch"), await ask("request")], [200, 200], "status");
}
