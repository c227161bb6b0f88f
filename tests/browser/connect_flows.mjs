// The ways that people go who connect a site to their server; `server` is its address, `secret` its token or password.
import {
  allow,
  arrive,
  ask,
  check,
  connected,
  decide,
  equal,
  goToLogin,
  logIn,
  openSite,
  outcome,
  press,
  refused,
  resumed,
  takesOver,
  until,
  waits,
} from "./connect_person.mjs";
import { record } from "./harness.mjs";
import { addressOf, isClosed, leave, openTabs, reload } from "./tabs.mjs";

const ALL = ["view", "edit", "run"];

/** The site has its connection: with it, it works; and nothing secret is left in the tab. */
async function checkItWorks(page, server, given) {
  equal([given.server, given.scopes], [server, ALL], "server and scopes");
  check(given.seconds > 3500 && given.seconds <= 3600, `it ends in ${given.seconds} s`);
  equal(await ask(page, "api/contents"), 200, "status");
  await checkNothingIsLeft(page);
}

async function checkNothingIsLeft(page) {
  const left = await page.evaluate(() => ({
    secrets: window.site.secrets(),
    referrers: [document.referrer, localStorage.getItem("callbacks")],
    entries: (window.navigation?.entries() ?? []).map(({ url }) => url),
    here: [location.href, JSON.stringify(history.state), window.name, document.cookie],
  }));
  check(left.secrets.length > 0, "there was no secret");
  check(left.referrers[1], "nobody came back");
  const found = JSON.stringify([left.referrers, left.entries, left.here]);
  equal(
    left.secrets.filter((secret) => found.includes(secret)),
    [],
    `secrets in ${found}`,
  );
}

/** Log in on the way (with a wrong password first), then reload: the connection is still there. */
export async function popup({ browser, site, server, secret, wrong, kernel }) {
  const page = await openSite(browser, site);
  equal(await resumed(page), { connection: null }, "what a new tab resumes");
  const window = await press(page, { server });
  await goToLogin(window);
  if (wrong) await logIn(window, wrong);
  await logIn(window, secret);
  await allow(window);
  const given = await connected(page);
  await until(() => isClosed(window), "the popup closes");
  await checkItWorks(page, server, given);
  if (kernel) await page.evaluate((id) => window.site.openKernelSocket(id), kernel);
  await reload(page);
  const again = await resumed(page);
  equal(again.connection?.token, given.token, `token (${JSON.stringify(again)})`);
  await checkItWorks(page, server, again.connection);
  const other = await openSite(browser, site);
  await takesOver(other, given.token);
}

/** Leave the page and come back to where one was, with parameters of its own. */
export async function fullPage({ browser, site, server }) {
  const place = `${site}/?state=mine&x=%20y#there`;
  const page = await openSite(browser, place);
  await resumed(page);
  await page.evaluate((options) => (window.site.options = options), { server, mode: "page" });
  await leave(page, () => page.click("#connect"));
  await comeBack(page, place, server);
  const redirectUri = `${site}/?x=%20y&z`;
  await page.evaluate((options) => (window.site.options = options), {
    server,
    mode: "page",
    redirectUri,
  });
  await leave(page, () => page.click("#connect"));
  await comeBack(page, redirectUri, server);
}

async function comeBack(page, place, server) {
  await allow(page);
  const { connection, error } = await resumed(page);
  check(connection, `no connection: ${JSON.stringify(error)}`);
  equal(await addressOf(page), place, "address");
  await checkItWorks(page, server, connection);
}

/** Without a click no popup opens, so the page goes to the server itself. */
export async function blockedPopup({ browser, site, server }) {
  const place = `${site}/#${encodeURIComponent(JSON.stringify({ server }))}`;
  const before = (await openTabs(browser)).length;
  const page = await openSite(browser, place);
  // Not by `evaluate`, which counts as a click.
  await until(async () => (await addressOf(page)).startsWith(server), "the server's page");
  await arrive(page, "consent");
  // The driver may lose sight of a tab that goes elsewhere, for a moment.
  const isOnlyOneMore = async () => (await openTabs(browser)).length === before + 1;
  await until(isOnlyOneMore, "there is this tab, and no popup");
  await comeBack(page, place, server);
}

/** No is no, in either way; what the tab had before stays. */
export async function deny({ browser, site, server }) {
  const page = await openSite(browser, site);
  const window = await press(page, { server });
  await decide(window, "deny");
  await refused(page, "access_denied");
  await until(() => isClosed(window), "the popup closes");
  await page.evaluate((options) => (window.site.options = options), { server, mode: "page" });
  await leave(page, () => page.click("#connect"));
  await decide(page, "deny");
  const { error } = await resumed(page);
  equal(error?.code, "access_denied", "code");
  equal(await addressOf(page), `${site}/`, "address");
  equal(await page.evaluate(() => window.site.resume()), { connection: null }, "resumed once more");
}

/** A popup that was closed is not waited for, or at least the next click is good. */
export async function closedHalfWay({ browser, site, server, pid }) {
  const page = await openSite(browser, site);
  process.kill(pid, "SIGSTOP"); // so that the popup still looks for it
  try {
    await (await press(page, { server })).close();
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await refused(page, "closed");
  const second = await press(page, { server });
  await arrive(second, "consent");
  await second.close();
  check(await waits(page), "no browser can tell that it was closed, and still it is told");
  const third = await press(page, { server, abortable: true });
  equal((await outcome(page, 1)).error?.code, "closed", "code of the call before");
  await arrive(third, "consent");
  await page.evaluate(() => window.site.abort());
  await refused(page, "closed");
  const fourth = await press(page, { server });
  await allow(third); // that nobody waits for any more
  await until(() => isClosed(third), "the popup that was given up closes");
  check(await waits(page), "another popup's answer was taken");
  await allow(fourth);
  equal((await connected(page)).scopes, ALL, "scopes");
}

/** Back from the server's page by the browser's button: the page can be used as before. */
export async function backButton({ browser, site, server }) {
  const page = await openSite(browser, site);
  await page.evaluate((options) => (window.site.options = options), { server, mode: "page" });
  await leave(page, () => page.click("#connect"));
  await arrive(page, "consent");
  await page.evaluate(() => void setTimeout(() => history.back())); // it may take this page away
  const kept = await until(() => page.evaluate(() => `${window.site.outcomes.length}`), "the site");
  if (kept > 0) await refused(page, "closed"); // it was frozen meanwhile; else it was loaded again
  const window = await press(page, { server });
  await allow(window);
  await connected(page);
  return kept > 0 ? "the page had been kept" : "the page was loaded again";
}

/** Two tabs that ask at once get each its answer; then both go on with the later token. */
export async function twoTabs({ browser, site, server }) {
  const pages = [await openSite(browser, site), await openSite(browser, site)];
  const popups = [await press(pages[0], { server }), await press(pages[1], { server })];
  await allow(popups[1]);
  const second = await connected(pages[1]);
  check(await waits(pages[0]), "the first tab took the second one's answer");
  await allow(popups[0]);
  const first = await connected(pages[0]);
  check(first.token !== second.token, "both have the same token at first");
  const now = () => pages[1].evaluate(() => window.site.connection.token);
  await until(async () => (await now()) === first.token, "the second tab has the later token");
  for (const page of pages) equal(await ask(page, "api/contents"), 200, "status");
}

/** What was unticked was not given. */
export async function fewerScopes({ browser, site, server }) {
  const page = await openSite(browser, site);
  await allow(await press(page, { server }), { untick: ["run"] });
  equal((await connected(page)).scopes, ["view", "edit"], "scopes");
  equal(await ask(page, "api/contents", { method: "POST" }), 201, "status of a new file");
  equal(await ask(page, "api/kernels", { method: "POST" }), 403, "status of a new kernel");
  equal(await page.evaluate(() => window.site.fetch("api/nbconvert")), 403, "status of nbconvert");
  const told = () => page.evaluate(() => window.site.events);
  equal(await until(async () => (await told()).at(-1), "events"), ["refused", null], "event");
}

/** All that a notebook needs, by the settings of the connection. */
export async function session({ browser, site, server, spoken }) {
  const page = await openSite(browser, site);
  await allow(await press(page, { server, scope: "full" }));
  await connected(page);
  const { steps, sockets } = await page.evaluate((given) => window.runSteps(given), { spoken });
  for (const step of steps) record("step", { page: "session", ...step });
  for (const socket of sockets) record("url", socket);
  check(sockets.length > 2, `${sockets.length} sockets`);
}

/** What is wrong with an address, in words; and no popup is left. */
export async function wrongAddresses({ browser, site, addresses }) {
  const page = await openSite(browser, site);
  const before = (await openTabs(browser)).length;
  const said = [];
  for (const [address, [code, finding]] of Object.entries(addresses)) {
    await page.evaluate((options) => (window.site.options = options), { server: address });
    await page.click("#connect");
    said.push(await refused(page, code));
    const { error } = await outcome(page);
    equal(error.finding?.code ?? null, finding, `finding for ${address}`);
    check(finding === null || error.finding.fix, "no fix");
    check(!JSON.stringify(error).includes("a-secret"), "the error has the token");
    await until(async () => (await openTabs(browser)).length === before, `popup for ${address}`);
  }
  return said.join("\n");
}

/** A page in a frame is told why it cannot connect. */
export async function frames({ browser, site, server }) {
  const page = await openSite(browser, site);
  const said = [];
  for (const sandbox of ["allow-scripts", "allow-scripts allow-same-origin"]) {
    await page.evaluate((limits) => {
      const frame = Object.assign(document.createElement("iframe"), { srcdoc: "<p>A page" });
      frame.sandbox.value = limits;
      document.body.replaceChildren(frame);
      return new Promise((resolve) => (frame.onload = resolve));
    }, sandbox);
    const frame = await (await page.$("iframe")).contentFrame();
    const code = frame.evaluate(async (address) => {
      const { connect } = await import(`${address}/escherpad/static/connect.js`);
      return connect({ server: address }).then(String, ({ code }) => code);
    }, server);
    said.push(await code);
  }
  equal(said, ["null_origin", "blocked_frame"], "codes");
}

/** A worker is told that it cannot connect, and uses the token of its page. */
export async function webWorker({ browser, site, server }) {
  const page = await openSite(browser, site);
  await allow(await press(page, { server }));
  const { token, scopes } = await connected(page);
  const said = await page.evaluate(
    (grant) => {
      const program = `onmessage = async ({ data }) => {
        const library = await import(data.server + "/escherpad/static/connect.js");
        const code = (asked) => asked.then(String, ({ code }) => code);
        const connection = new library.Connection(data);
        postMessage([
          await code(library.connect(data)),
          await code(library.diagnose(data.server)),
          await library.resume(),
          (await connection.fetch("api/contents")).status,
        ]);
      }`;
      const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
      const worker = new Worker(url, { type: "module" });
      worker.postMessage(grant);
      return new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
    },
    { server, token, scopes, expires: Date.now() + 3_600_000 },
  );
  equal(said, ["no_page", "no_page", null, 200], "what the worker says");
}

/** Sites may also import the server's own connect.js. */
export async function importFromServer({ browser, site, server }) {
  const page = await openSite(browser, site);
  const url = `${server}/escherpad/static/connect.js`;
  const names = await page.evaluate((from) => import(from).then(Object.keys), url);
  check(
    ["connect", "resume"].every((name) => names.includes(name)),
    `it exports ${names}`,
  );
}

/** By another library, from the metadata alone. */
export async function independent({ browser, site, server }) {
  const page = await openSite(browser, site);
  await leave(page, () => page.evaluate((issuer) => void window.begin(issuer), server));
  await allow(page);
  const given = await until(() => page.evaluate(() => window.finished), "what the library got");
  equal([given.type, given.scope, given.seconds], ["bearer", "view", 3600], "answer");
  check(given.files > 0, "no files");
}
