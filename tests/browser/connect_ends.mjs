// How a connection ends while a kernel runs, and what the site is told.
import {
  allow,
  arrive,
  check,
  connected,
  equal,
  leave,
  openSite,
  press,
} from "./connect_person.mjs";

/** A kernel's socket is closed when the grant ends, and the site can find out why. */
async function checkItEnds(page, kernel, end, events) {
  await page.evaluate((id) => window.site.openKernelSocket(id), kernel);
  await end();
  const start = Date.now();
  equal(await page.evaluate(() => window.site.closed), 4401, "close code");
  const waited = Date.now() - start;
  equal(await page.evaluate(() => window.site.resume()), { connection: null }, "resumed");
  equal(await page.evaluate(() => sessionStorage.getItem("escherpad-ext:grant")), "null", "kept");
  const told = await page.evaluate(() => window.site.events);
  equal(
    told.filter(([type]) => type !== "expiring"), // the server may close the socket sooner
    events,
    "events",
  );
  return waited;
}

/** The time that was chosen is over. */
export async function expiry({ browser, site, server, kernel, seconds }) {
  const page = await openSite(browser, site);
  await allow(await press(page, { server }), { seconds });
  const given = await connected(page);
  check(given.seconds <= seconds, `it ends in ${given.seconds} s`);
  await checkItEnds(page, kernel, async () => {}, [["ended", "expired"]]);
}

/** The site gives its token back, or the owner takes it. */
export async function disconnect({ browser, site, server, kernel }) {
  const page = await openSite(browser, site);
  const disconnected = async () =>
    equal(await page.evaluate(() => window.site.disconnect()), { connection: null }, "outcome");
  const waited = [];
  const ends = { disconnected, revoked: () => disconnectAsOwner(browser, server) };
  for (const [reason, end] of Object.entries(ends)) {
    await allow(await press(page, { server }));
    await connected(page);
    const status = await page.evaluate(() => window.site.fetch("api/kernels"));
    equal(status, 200, "status with the connection's fetch");
    waited.push(await checkItEnds(page, kernel, end, [["ended", reason]]));
  }
  await disconnected(); // once more does no harm
  check(Math.max(...waited) < 5000, `the sockets were closed after ${waited} ms`);
  return `after ${waited} ms`;
}

/**
 * A new connection ends the tab's earlier one; a token of another server is not sent. The server's
 * own token, in the address that a person pastes, is kept nowhere.
 */
export async function connectAgain({ browser, site, server, pasted }) {
  const page = await openSite(browser, site);
  const tokens = [];
  const again = async () => {
    await allow(await press(page, { server: pasted }));
    const given = await connected(page);
    equal(given.server, server, "server");
    tokens.push(given.token);
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...sessionStorage }, document.cookie]),
    );
    check(!kept.includes(new URL(pasted).searchParams.get("token")), "the pasted token is kept");
  };
  const status = (token) =>
    page.evaluate(
      (url, headers) => fetch(url, { headers }).then((answer) => answer.status),
      `${server}/escherpad/grant`,
      { Authorization: `Bearer ${token}` },
    );
  await again();
  await again();
  equal(await Promise.all(tokens.map(status)), [401, 200], "status of both tokens");
  await page.evaluate(() => {
    const name = "escherpad-ext:grant";
    const grant = JSON.parse(sessionStorage.getItem(name));
    sessionStorage.setItem(name, JSON.stringify({ ...grant, server: "https://other.example" }));
  });
  await again();
  equal(await Promise.all(tokens.map(status)), [401, 200, 200], "status of all tokens");
}

async function disconnectAsOwner(browser, server) {
  const page = await openSite(browser, `${server}/escherpad/`);
  await arrive(page, "connections");
  const all = "button[name=disconnect][value=all]";
  await leave(page, async () => page.click((await page.$(all)) ? all : "button[name=disconnect]"));
  await arrive(page, "connections");
}
