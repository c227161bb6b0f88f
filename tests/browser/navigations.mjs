// The ways in which a site sends its visitor's browser to an address of another server. None opens it.
//   node navigations.mjs '{"browser", "executable", "profile", "acts": [{server, token, deep, log, marker, folder}]}'
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { check, until } from "./connect_person.mjs";
import { launch, openPage, record } from "./harness.mjs";
import { addressOf, describeTabs, visit } from "./tabs.mjs";

/** How long a browser may take for a navigation that it may also refuse. */
const REFUSED_AFTER = 1500;
const html = (body) => ({ type: "text/html", body: `<!doctype html><title>site</title>${body}` });
const script = (code) => html(`<body><script>${code}</script>`);
const quoted = (text) => JSON.stringify(text).replaceAll("<", "\\u003c");

/** A page with one link that fills it. */
const pdf = (to) => ({
  type: "application/pdf",
  body: `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 600]/Annots[4 0 R]>>endobj
4 0 obj<</Type/Annot/Subtype/Link/Rect[0 0 600 600]/A<</S/URI/URI(${to})>>>>endobj
trailer<</Root 1 0 R>>`,
});
const svg = (to) => ({
  type: "image/svg+xml",
  body: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><a href="${to.replaceAll("&", "&amp;")}"><rect width="9" height="9"/></a></svg>`,
});

/** What the site answers at each path, given where it sends people to. */
const PAGES = {
  blank: () => html("<p>nothing"),
  location: (to) => script(`location = ${quoted(to)}`),
  replace: (to) => script(`location.replace(${quoted(to)})`),
  popup: (to) => script(`open(${quoted(to)})`),
  press: (to) => html(`<button onclick='window.open(${quoted(to)})'>press`),
  link: (to) => html(`<a href='${to}' target=_blank rel=noopener>press</a>`),
  get: (to) => {
    const { origin, pathname, search } = new URL(to);
    const [name, value] = search.slice(1).split("=");
    return html(
      `<form action='${origin}${pathname}'><input name=${name} value=${value}></form><script>document.forms[0].submit()</script>`,
    );
  },
  post: (to) =>
    html(`<form method=post action='${to}'></form><script>document.forms[0].submit()</script>`),
  meta: (to) => html(`<meta http-equiv=refresh content='0;url=${to}'>`),
  refresh: (to) => ({ ...html(""), headers: { Refresh: `0;url=${to}` } }),
  redirect: (to) => ({ status: 302, headers: { Location: to } }),
  frame: (to) => html(`<iframe src='${to}'></iframe>`),
  object: (to) => html(`<object data='${to}'></object><embed src='${to}'>`),
  sandbox: (to) =>
    html(
      `<iframe sandbox='allow-scripts allow-top-navigation' srcdoc='<script>top.location = ${quoted(to)}</script>'></iframe>`,
    ),
  named: (to) =>
    html(
      `<button onclick='window.open("about:blank", "jupyter"); setTimeout(() => window.open(${quoted(to)}, "jupyter"), 300)'>press`,
    ),
  opener: (to) =>
    html(
      `<button onclick='window.open("blank").addEventListener("load", function () { this.opener.location = ${quoted(to)} })'>press`,
    ),
  prerender: (to) =>
    html(
      `<script type=speculationrules>${JSON.stringify({ prerender: [{ source: "list", urls: [to] }], prefetch: [{ source: "list", urls: [to] }] })}</script><link rel=prefetch href='${to}'>`,
    ),
  worker: () =>
    script(
      `navigator.serviceWorker.register("sw").then(() => navigator.serviceWorker.ready).then(() => { window.ready = true })`,
    ),
  pdf,
  svg,
};

function serveSite() {
  const worker = `onfetch = (event) => {
    const url = new URL(event.request.url);
    if (url.searchParams.has("by")) event.respondWith(Response.redirect(url.searchParams.get("to")));
  }; onactivate = (event) => event.waitUntil(clients.claim())`;
  const site = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://site");
    const page =
      pathname === "/sw"
        ? { type: "text/javascript", body: worker }
        : PAGES[pathname.slice(1)]?.(searchParams.get("to"));
    const headers = page ? { "Content-Type": page.type, ...page.headers } : {};
    if (!headers["Content-Type"]) delete headers["Content-Type"];
    response.writeHead(page ? (page.status ?? 200) : 404, headers).end(page?.body);
  });
  return new Promise((resolve) => site.listen(0, "127.0.0.1", () => resolve(site)));
}

/** Go to a page of the site that leads elsewhere at once: the driver need not hear that it came. */
const start = (page, url) =>
  page.goto(url, { waitUntil: "domcontentloaded", timeout: 5000 }).catch(() => {});

const pressIt = (page) =>
  page
    .waitForSelector("button, a", { timeout: 5000 })
    .then((element) => element.click())
    .catch(() => page.mouse.click(300, 250));

async function backAndForth(page, to, { site }) {
  await start(page, to);
  await start(page, `${site}/blank`);
  await page.evaluate(() => history.back()).catch(() => {});
}

async function byWorker(page, to, { local }) {
  await start(page, `${local}/worker`);
  await until(() => page.evaluate(() => window.ready), "the service worker");
  await start(page, `${local}/blank?by=worker&to=${encodeURIComponent(to)}`);
}

async function download(page, to, { folder }) {
  const file = join(folder, "downloaded.html");
  writeFileSync(file, PAGES.location(to).body);
  await start(page, pathToFileURL(file).href);
}

/** Log the owner out first, and lead to the login. */
async function throughLogin(page, to, { server, site, token }) {
  await start(page, `${server}/logout`);
  const { pathname, search } = new URL(to);
  const next = `${server}/login?next=${encodeURIComponent(pathname + search)}`;
  await start(page, `${site}/location?to=${encodeURIComponent(next)}`);
  const field = await page.waitForSelector("input[name=password]", { timeout: 15_000 });
  await field.type(token);
  await field.press("Enter");
  await until(() => page.evaluate(() => document.getElementById("open") !== null), "the question");
}

const at =
  (name) =>
  (page, to, { site }) =>
    start(page, `${site}/${name}?to=${encodeURIComponent(to)}`);
const pressAt = (name) => async (page, to, addresses) => {
  await at(name)(page, to, addresses);
  await pressIt(page);
};

const hops = (page, to, { site, other }) => {
  const last = `${other}/redirect?to=${encodeURIComponent(to)}`;
  return start(page, `${site}/redirect?to=${encodeURIComponent(last)}`);
};

/** The ways that must get as far as the server's question. */
const STOPPED = {
  location: at("location"),
  replace: at("replace"),
  popupByPress: pressAt("press"),
  linkInNewTab: pressAt("link"),
  formGet: at("get"),
  metaRefresh: at("meta"),
  refreshHeader: at("refresh"),
  typedAddressThatRedirects: at("redirect"),
  redirectsThroughOthers: hops,
  typedAddress: (page, to) => start(page, to),
  frame: at("frame"),
  object: at("object"),
  sandboxedFrame: at("sandbox"),
  windowName: pressAt("named"),
  opener: pressAt("opener"),
  linkInSvg: async (page, to, addresses) => {
    await at("svg")(page, to, addresses);
    await page.mouse.click(300, 250);
  },
  serviceWorker: byWorker,
  history: backAndForth,
  downloadedFile: download,
  logoutAndLogin: throughLogin,
};
/** The ways that a browser may refuse by itself. */
const STOPPED_OR_REFUSED = {
  popupWithoutPress: at("popup"),
  formPost: at("post"),
  prerender: at("prerender"),
  linkInPdf: async (page, to, addresses) => {
    await at("pdf")(page, to, addresses);
    await sleep(500);
    await page.mouse.click(300, 250);
  },
};

async function attempt(name, act) {
  const start = performance.now();
  const result = await act().then(
    (detail) => ({ ok: true, detail: String(detail ?? "") }),
    async (error) => ({ ok: false, detail: `${error.stack}\n${await describeTabs(browser)}` }),
  );
  const seconds = Math.round(performance.now() - start) / 1000;
  record("step", { page: "navigations", name, seconds, ...result });
}

const plan = JSON.parse(process.argv[2]);
const [{ server, token, deep, log, marker, folder }] = plan.acts;
const site = await serveSite();
const { port } = site.address();
const addresses = {
  server,
  token,
  folder,
  site: `http://127.0.0.1:${port}`,
  other: `http://other.localhost:${port}`,
  local: `http://localhost:${port}`,
};
const logged = (name) =>
  readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line.includes(`way=${name} `) || line.includes(`way%3D${name} `));
const wasStopped = (name) => logged(name).some((line) => / 303 GET \/(lab|login)/.test(line));
const wasOpened = (name) => logged(name).some((line) => line.includes(` 200 GET ${deep}`));

const browser = await launch(plan);
try {
  const owner = await openPage(browser);
  owner.on("dialog", (dialog) => dialog.accept()); // JupyterLab may ask before it is left
  await visit(owner, `${server}/login?token=${token}`, { waitUntil: "domcontentloaded" });
  const known = new Set(await browser.pages());

  const go = async (name, act, mustAsk) => {
    const page = await openPage(browser);
    await page.bringToFront();
    await act(page, `${server}${deep}?way=${name}`, addresses);
    if (mustAsk) await until(async () => wasStopped(name), `the question after ${name}`);
    else await sleep(REFUSED_AFTER);
    check(!wasOpened(name), `${name} opened it`);
    for (const other of await browser.pages()) if (!known.has(other)) await other.close();
    return wasStopped(name) ? "stopped" : "refused by the browser";
  };
  for (const [name, act] of Object.entries(STOPPED)) await attempt(name, () => go(name, act, true));
  for (const [name, act] of Object.entries(STOPPED_OR_REFUSED))
    await attempt(name, () => go(name, act, false));
  await attempt("nothing ran", async () => check(!existsSync(marker), "it ran"));

  await attempt("start pages", async () => {
    for (const path of ["", "lab"]) {
      await visit(owner, `${server}/${path}`, { waitUntil: "domcontentloaded" });
      const found = new URL(await addressOf(owner)).pathname;
      check(found === `/${path}`, `${path} led to ${found}`);
    }
  });
  await attempt("one click", async () => {
    await start(owner, `${server}${deep}?way=click`);
    await owner.bringToFront();
    await owner.waitForSelector("#open button[value=open]:not(:disabled)", { timeout: 15_000 });
    await owner.click("#open button[value=open]");
    const isThere = async () => (await addressOf(owner)).startsWith(`${server}${deep}`);
    await until(isThere, "where the owner wanted");
    for (let waited = 0; waited < 2 && !existsSync(marker); waited += 1)
      await until(async () => existsSync(marker), "the notebook's kernel").catch(() => {});
    check(existsSync(marker), "the kernel started nothing");
  });
  await attempt("a link within Jupyter", async () => {
    await owner
      .evaluate((to) => (location.href = to), `${server}${deep}?way=inside`)
      .catch(() => {});
    await until(async () => wasOpened("inside"), "the page itself");
  });
} finally {
  await browser.close();
  site.close();
}
