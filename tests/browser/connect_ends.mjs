// How a connection ends while a kernel runs, and what the site is told.
import { barriers } from "./barriers.mjs";
import {
  allow,
  arrive,
  ask,
  check,
  connected,
  equal,
  goToLogin,
  logIn,
  openSite,
  press,
  resumed,
  takesOver,
  until,
} from "./connect_person.mjs";
import { leave, reload } from "./tabs.mjs";

/** A kernel's socket is closed when the grant ends, and the site can find out why. */
async function checkItEnds(page, kernel, end, events) {
  await page.evaluate((id) => window.site.openKernelSocket(id), kernel);
  await end();
  const start = Date.now();
  equal(await page.evaluate(() => window.site.closed), 4401, "close code");
  const waited = Date.now() - start;
  equal(await page.evaluate(() => window.site.resume()), { connection: null }, "resumed");
  equal(await page.evaluate(() => sessionStorage.getItem("escherpad-ext:grants")), "{}", "kept");
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
 * A new connection ends the earlier one of this browser profile, also when all tabs are closed; a
 * token of another server is not sent. The server's own token, in the address that a person
 * pastes, is kept nowhere, and no token in localStorage.
 */
export async function connectAgain({ browser, site, server, pasted }) {
  let page = await openSite(browser, site);
  const tokens = [];
  const again = async () => {
    await allow(await press(page, { server: pasted }));
    const given = await connected(page);
    equal(given.server, server, "server");
    tokens.push(given.token);
    const [forAll, ...kept] = await page.evaluate(() => {
      const { secrets, ...others } = localStorage; // the test's own
      return [others, { ...sessionStorage }, document.cookie].map((each) => JSON.stringify(each));
    });
    const secret = new URL(pasted).searchParams.get("token");
    check(![forAll, ...kept].join().includes(secret), "the pasted token is kept");
    check(!forAll.includes(given.token), "the token is in localStorage");
  };
  const statusOf = (token) =>
    page.evaluate(
      (url, headers) => fetch(url, { headers }).then((answer) => answer.status),
      `${server}/escherpad/grant`,
      { Authorization: `Bearer ${token}` },
    );
  const statuses = () => Promise.all(tokens.map(statusOf));
  await again();
  await again();
  equal(await statuses(), [401, 200], "status of both tokens");
  await page.evaluate(() => {
    for (const storage of [sessionStorage, localStorage])
      for (const name of ["escherpad-ext:grants", "escherpad-ext:ids"]) {
        const [[, value] = ["", null]] = Object.entries(JSON.parse(storage.getItem(name) ?? "{}"));
        const elsewhere = { ...value, server: "https://other.example" };
        const other = typeof value === "string" ? value : elsewhere;
        if (value) storage.setItem(name, JSON.stringify({ "https://other.example": other }));
      }
  });
  await again();
  equal(await statuses(), [401, 200, 200], "status of all tokens");
  await page.close();
  page = await openSite(browser, site);
  await again();
  equal(await statuses(), [401, 200, 401, 200], "status when all tabs had been closed");
}

/** More time by one click: the connection goes on with a new token, in all tabs. */
export async function extend({ browser, site, server }) {
  const page = await openSite(browser, site);
  await allow(await press(page, { server }));
  const { token } = await connected(page);
  const other = await openSite(browser, site);
  await takesOver(other, token);
  const short = await press(page, { extend: true });
  await arrive(short, "consent");
  const heading = await short.$eval("h1", ({ textContent }) => textContent);
  equal(heading, "This site asks for more time", "the page");
  equal(await barriers(short), [], "what axe-core finds");
  await allow(short, { seconds: 28800 });
  const given = await connected(page);
  check(given.token !== token, "it has the same token");
  check(given.seconds > 3600, `it ends in ${given.seconds} s`);
  for (const tab of [page, other]) {
    const now = () => tab.evaluate(() => window.site.connection.token);
    await until(async () => (await now()) === given.token, "the new token");
    equal(await tab.evaluate(() => window.site.events), [["extended", null]], "events");
    equal(await tab.evaluate(() => window.site.fetch("api/contents")), 200, "status");
  }
  equal(
    await page.evaluate(
      (old) => window.site.ask("escherpad/grant", { token: old }).then((a) => a.status),
      token,
    ),
    401,
    "status with the old token",
  );
}

/** Connections to several servers, each by its address; the newest by default. */
export async function twoServers({ browser, site, server, other, secret }) {
  const page = await openSite(browser, site);
  await allow(await press(page, { server }));
  const first = await connected(page);
  const popup = await press(page, { server: other });
  await goToLogin(popup);
  await logIn(popup, secret);
  await allow(popup);
  const second = await connected(page);
  equal([first.server, second.server], [server, other], "servers");
  await reload(page, { waitUntil: "domcontentloaded" });
  equal((await resumed(page)).connection?.server, other, "the newest");
  for (const { server: address, token } of [first, second]) {
    const { connection } = await page.evaluate((which) => window.site.resume(which), address);
    equal(connection?.token, token, `the token for ${address}`);
    equal(await ask(page, "api/contents"), 200, "status");
  }
  const another = await openSite(browser, site);
  await takesOver(another, second.token);
  const third = await openSite(browser, site);
  const both = [`${server}/lab`, other];
  const resumedAtOnce = () =>
    third.evaluate(
      async (all) =>
        (await Promise.all(all.map(window.site.resume))).map((each) => each.connection?.server),
      both,
    );
  const found = async () => (await resumedAtOnce()).join();
  await until(async () => (await found()) === [server, other].join(), "both, from other tabs");
}

async function disconnectAsOwner(browser, server) {
  const page = await openSite(browser, `${server}/escherpad/`);
  await arrive(page, "connections");
  const all = "button[name=disconnect][value=all]";
  if (await page.$(all)) {
    await leave(page, async () => page.click(all));
    await page.waitForSelector("[name=sure]", { state: "attached" });
    await leave(page, async () => page.click(all));
  } else {
    await leave(page, async () => page.click("button[name=disconnect]"));
  }
  await arrive(page, "connections");
}
