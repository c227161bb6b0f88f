// Answers that come to a site and are not the ones that it waits for.
import {
  allow,
  arrive,
  check,
  connected,
  equal,
  openSite,
  press,
  refused,
  resumed,
  until,
  waits,
} from "./connect_person.mjs";
import { addressOf, visit } from "./tabs.mjs";

/** Somebody leads a tab of the site to an answer that nobody waits for. */
export async function forgedCallback({ browser, site, server }) {
  const waiting = await openSite(browser, site);
  const popup = await press(waiting, { server });
  await arrive(popup, "consent");
  const queries = [
    "code=stolen&state=guess",
    "error=access_denied&state=guess",
    "code=stolen&state=",
  ];
  for (const query of queries) {
    const url = `${site}/?${query}&iss=${encodeURIComponent(server)}`;
    const page = await openSite(browser, url);
    equal(await resumed(page), { connection: null }, "resumed");
    equal(await addressOf(page), url, "address");
    equal(await page.evaluate(() => window.site.sent().filter((s) => s !== "guess")), [], "sent");
    await page.close();
  }
  check(await waits(waiting), "the flow took an answer that was not its own");
  await allow(popup);
  const { token } = await connected(waiting);
  // In the very tab that went to the server, too.
  const page = await openSite(browser, site);
  await page.evaluate((options) => (window.site.options = options), { server, mode: "page" });
  await page.click("#connect");
  await arrive(page, "consent");
  const forged = `${site}/?code=stolen&state=guess&iss=${encodeURIComponent(server)}`;
  await visit(page, forged, { waitUntil: "domcontentloaded" });
  const { connection, error } = await resumed(page); // maybe what the other tab has
  equal([connection?.token ?? token, error], [token, undefined], "resumed");
  equal(await addressOf(page), forged, "address");
  const sent = await page.evaluate(() => window.site.sent());
  check(!sent.includes("stolen"), "the code was sent on");
}

/** A server sends the person on to another one, whose answer would give it that one's code (RFC 9207). */
export async function mixUp({ browser, site, server, other }) {
  for (const iss of [server, null]) {
    const page = await openSite(browser, site);
    const popup = await press(page, { server: other });
    await until(async () => (await addressOf(popup)).startsWith(other), "the other server's page");
    const state = await page.evaluate(() => window.site.sent().at(-1));
    const answer = new URLSearchParams({ code: "of-the-honest-one", state, ...(iss && { iss }) });
    await visit(popup, `${site}/?${answer}`).catch(() => {}); // it closes
    await refused(page, "wrong_issuer");
    const sent = await page.evaluate(() => window.site.sent());
    check(!sent.includes("of-the-honest-one"), "the code was sent on");
  }
}
