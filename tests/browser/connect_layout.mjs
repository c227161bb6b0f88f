// What is in view without scrolling, in windows of the sizes that people have, and whether everybody can read it.
import { barriers } from "./barriers.mjs";
import { arrive, check, equal, goToLogin, logIn, until } from "./connect_person.mjs";
import { openPage } from "./harness.mjs";
import { visit } from "./tabs.mjs";

/** Width and height: the library's popup in Chromium and in Firefox, a small screen; each also at 200 %. @type {[number, number][]} */
const WINDOWS = [
  [540, 760],
  [540, 727],
  [1280, 800],
  [270, 380],
  [640, 400],
  [360, 640],
];

function question(server, { client, ...asked }) {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: `${client}/`,
    redirect_uri: `${client}/`,
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
    ...asked,
  });
  return `${server}/escherpad/authorize?${query}`;
}

/** The elements that are not wholly in view, or have something in front of them. */
function outOfView(selectors) {
  const isInView = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    const points = [left + 2, right - 2].flatMap((x) => [top + 2, bottom - 2].map((y) => [x, y]));
    const hits = points.map(([x, y]) => document.elementFromPoint(x, y));
    // Not the element itself where its corners are round, or while it is disabled.
    const isFree = (hit) => hit && (element.contains(hit) || hit.contains(element));
    return top >= 0 && bottom <= innerHeight && hits.every(isFree);
  };
  return selectors.filter((selector) => !isInView(document.querySelector(selector)));
}

async function checkReadable(browser, page, name) {
  const schemes = browser.process().spawnfile.includes("firefox") ? [""] : ["light", "dark"];
  for (const value of schemes) {
    const still = { name: "prefers-reduced-motion", value: "reduce" }; // no colour on its way to another
    if (value) await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }, still]);
    equal(await barriers(page), [], `what axe-core finds on ${name} ${value}`);
  }
}

/** The page before the login, then that of each request, then the others of the owner. */
export async function layout({ browser, server, secret, requests, pictures }) {
  const page = await openPage(browser);
  const [first] = Object.values(requests);
  await visit(page, question(server, first));
  await arrive(page, "before");
  for (const [width, height] of WINDOWS) {
    await page.setViewport({ width, height });
    equal(
      await page.evaluate(outOfView, ["#client"]),
      [],
      `before the login, ${width} × ${height}`,
    );
    if (pictures) await page.screenshot({ path: `${pictures}/before-${width}.png` });
  }
  await checkReadable(browser, page, "the page before the login");
  await goToLogin(page);
  await logIn(page, secret);
  for (const [name, { powerful, ...asked }] of Object.entries(requests)) {
    await visit(page, question(server, asked));
    await arrive(page, "consent");
    for (const size of WINDOWS) await checkFits(page, size, { name, powerful, pictures });
    await checkReadable(browser, page, name);
  }
  for (const path of ["escherpad/", "escherpad/authorize"]) {
    await visit(page, `${server}/${path}`);
    await checkReadable(browser, page, path);
  }
}

/** The windows in which the least fits. @type {[number, number][]} */
const SMALL = [
  [540, 727],
  [270, 380],
  [360, 640],
];

/** The pages in each language, by its name and its direction. */
export async function languages({
  browser,
  server,
  secret,
  requests,
  languages: wanted,
  pictures,
}) {
  const page = await openPage(browser);
  await visit(page, `${server}/login?token=${secret}`);
  for (const [language, direction] of Object.entries(wanted)) {
    await page.setExtraHTTPHeaders({ "Accept-Language": language });
    for (const [name, { powerful, ...asked }] of Object.entries(requests)) {
      await visit(page, question(server, asked));
      await arrive(page, "consent");
      equal(await page.evaluate(directions), [language, direction, "ltr", "ltr"], "what runs how");
      for (const size of SMALL)
        await checkFits(page, size, { name: `${name} in ${language}`, powerful, pictures });
    }
    await checkReadable(browser, page, `the page in ${language}`);
    for (const path of ["escherpad/device", "escherpad/open?address=nowhere", "escherpad/"]) {
      await visit(page, `${server}/${path}`);
      await checkNotWide(page, `${path} in ${language}`);
      if (direction === "rtl") await checkReadable(browser, page, `${path} in ${language}`);
    }
  }
}

/** The page's language; then how the text, the asker's address and the server's run, as they are laid out. */
function directions() {
  const runs = (selector) => getComputedStyle(document.querySelector(selector)).direction;
  const { left, right } = document.querySelector(".details h1").getBoundingClientRect();
  const text = document.createRange();
  text.selectNodeContents(document.querySelector(".details h1"));
  const { left: start, right: end } = text.getBoundingClientRect();
  const laidOut = start - left <= right - end ? "ltr" : "rtl";
  return [document.documentElement.lang, laidOut, runs("#client"), runs("dd .address")];
}

async function checkNotWide(page, where) {
  const isWide = await page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll(".details")].some(
      ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth,
    ),
  );
  check(!isWide, `${where}: it scrolls sideways`);
}

async function checkFits(page, [width, height], { name, powerful, pictures }) {
  await page.setViewport({ width, height });
  const seen = ["#client", "#deny", "#allow", ...(powerful ? [".power .mark"] : [])];
  const where = `${name}, ${width} × ${height}`;
  if (pictures) await page.screenshot({ path: `${pictures}/${name}-${width}-${height}.png` });
  equal(await page.evaluate(outOfView, seen), [], where);
  await checkNotWide(page, where);
}

/** The buttons move with the lower edge of the window: then Allow waits again. */
export async function lowerEdge({ browser, server, secret, requests }) {
  const page = await openPage(browser);
  await visit(page, `${server}/login?token=${secret}`);
  await visit(page, question(server, Object.values(requests)[0]));
  await arrive(page, "consent");
  const isAwake = () => page.$eval("#allow", (button) => !button.disabled);
  await until(isAwake, "Allow to become available");
  await page.evaluate(() => {
    const allow = /** @type {HTMLButtonElement} */ (document.getElementById("allow"));
    const remember = () => allow.disabled && (document.body.dataset.slept = "yes");
    new MutationObserver(remember).observe(allow, { attributes: true });
  });
  const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  await page.setViewport({ width, height: height - 100 });
  await until(() => page.evaluate(() => document.body.dataset.slept), "Allow to wait again");
  await until(isAwake, "Allow to become available again");
  // No text moves them: what the page says stands above.
  const top = () => page.$eval("#allow", (button) => button.getBoundingClientRect().top);
  const before = await top();
  for (const scope of ["run", "edit", "view"]) await page.click(`input[value="${scope}"]`);
  equal(await top(), before, "where Allow is when nothing is ticked");
}
