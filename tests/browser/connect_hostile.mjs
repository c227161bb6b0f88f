// What others try, who want a token without the owner's consent. The owner is logged in, and sees none of it.
import {
  arrive,
  check,
  equal,
  kindOfPage,
  openSite,
  popupOf,
  press,
  until,
} from "./connect_person.mjs";
import { openPage, record } from "./harness.mjs";
import { addressOf, visit } from "./tabs.mjs";

/** The owner has logged in, and has the connect page of a site that asked before them. */
export async function askedOwner({ browser, site, server, secret }) {
  const owner = await openSite(browser, `${server}/login?token=${secret}`);
  const { question } = await ask(browser, site, server);
  await visit(owner, question, { waitUntil: "domcontentloaded" });
  await arrive(owner, "consent");
  const fields = await owner.$$eval("#consent [name]", (all) =>
    all.filter(({ tagName }) => tagName !== "BUTTON").map(({ name, value }) => [name, value]),
  );
  check(
    fields.some(([name]) => name === "nonce"),
    "no nonce",
  );
  return { owner, question, fields: [...fields, ["decision", "allow"]] };
}

/** What a site asks with, as it goes to the server in a popup. */
async function ask(browser, site, server) {
  const page = await openSite(browser, site);
  const popup = await press(page, { server });
  await until(async () => (await addressOf(popup)).startsWith(server), "the popup at the server");
  await popup.close();
  const state = await page.evaluate(() => window.site.sent().at(-1));
  const question = new URL(`${server}/escherpad/authorize`);
  question.search = `${new URLSearchParams({
    response_type: "code",
    client_id: `${site}/`,
    redirect_uri: `${site}/`,
    scope: "run",
    state,
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
  })}`;
  return { page, state, question: question.href };
}

/** Run a script in a page when it has loaded: not by the driver, who is a person to the browser. */
async function inPage(browser, url, script, ...given) {
  const page = await openPage(browser);
  await page.evaluateOnNewDocument(
    (where, source, values) => {
      if (window !== window.top || location.href !== where) return;
      addEventListener("load", () => {
        window.result = eval(`(${source})`)(...values).catch(
          (error) => `${error.name}: ${error.message}`,
        );
      });
    },
    new URL(url).href,
    String(script),
    given,
  );
  await visit(page, url);
  return page;
}

const result = (page) => until(() => page.evaluate(() => window.result), "what came of the attack");

async function attempt(name, act) {
  const step = { page: "hostile", name, seconds: 0 };
  await act().then(
    (detail) => record("step", { ...step, ok: true, detail: String(detail ?? "") }),
    (error) => record("step", { ...step, ok: false, detail: error.stack }),
  );
}

const isRefusal = (text) => /"(owner_only|missing_token|origin_refused)"/.test(text);

// Scripts of the attackers' pages

async function fetchIt(url, fields, token) {
  const xsrf = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)?.[1] ?? "";
  const body = fields && new URLSearchParams([...fields, ["_xsrf", xsrf]]);
  /** @type {Record<string, string>} */
  const headers = {
    ...(body && { "X-XSRFToken": xsrf }),
    ...(token && { Authorization: `token ${token}` }),
  };
  const method = body ? "POST" : "GET";
  const response = await fetch(url, { method, body, headers, credentials: "include" });
  return `${response.status} ${await response.text()}`;
}

async function frameIt(url) {
  const frame = document.createElement("iframe");
  await new Promise((resolve) => {
    frame.onload = resolve;
    setTimeout(resolve, 3000);
    frame.src = url;
    document.body.append(frame);
  });
  return frame.contentDocument?.body?.textContent ?? "nothing to see";
}

async function postIt(url, fields, target) {
  const form = Object.assign(document.createElement("form"), {
    action: url,
    method: "POST",
    target,
  });
  for (const [name, value] of fields) {
    form.append(Object.assign(document.createElement("input"), { name, value, type: "hidden" }));
  }
  document.body.append(form);
  form.submit();
}

/** Notebook output, on the server's own origin: it knows even the nonce, and approves nothing. */
export async function ownOrigin({ browser, site, server, secret }) {
  const { question, fields } = await askedOwner({ browser, site, server, secret });
  const home = `${server}/no/such/page`;
  const form = `${server}/escherpad/authorize`;
  const reads = {
    "fetch of the page": [question],
    "fetch of the page with a token": [question, null, secret],
  };
  const posts = {
    "fetch of the form": [form, fields],
    "fetch of the form with a token": [form, fields, secret],
  };
  for (const [name, given] of Object.entries({ ...reads, ...posts })) {
    await attempt(name, async () => {
      const text = await result(await inPage(browser, home, fetchIt, ...given));
      check(text.startsWith("403") && isRefusal(text), text);
    });
  }
  await attempt("the page in a frame", async () => {
    const page = await inPage(browser, home, frameIt, question);
    const text = await result(page);
    check(isRefusal(text) || text === "nothing to see" || text === "", text);
    await checkNoFrameHasIt(page);
  });
  await attempt("the form without a click", async () => {
    const page = await inPage(browser, home, postIt, form, fields, "_self");
    await checkRefusedPage(page);
  });
  const openers = { "without a policy": home, "with a policy": `${server}/failing/severed` };
  const pages = { consent: question, connections: `${server}/escherpad/` };
  for (const [which, opener] of Object.entries(openers)) {
    for (const [kind, url] of Object.entries(pages)) {
      await attempt(`a script in an opener ${which}: ${kind}`, async () => {
        const shown = await scriptThePopup(browser, opener, url, kind);
        await scriptThePopup(browser, opener, shown, kind); // its own address, once more
      });
    }
  }
}

/** A page of the same origin that answers, for the server, with what the browser preloaded. */
export async function serviceWorker({ browser, site, server, secret }) {
  const { owner, question } = await askedOwner({ browser, site, server, secret });
  const page = await openSite(browser, `${server}/no/such/page`);
  const registered = await page.evaluate(async (url) => {
    await navigator.serviceWorker.register(url, { scope: "/" });
    await navigator.serviceWorker.ready;
    return true;
  }, `${server}/failing/worker.js`);
  check(registered, "no worker");
  for (const url of [question, `${server}/escherpad/`]) {
    await attempt(`a service worker with navigation preload: ${url.slice(0, 60)}`, async () => {
      await visit(owner, url, { waitUntil: "domcontentloaded" });
      const text = await owner.evaluate(() => document.documentElement.outerHTML);
      check(text.includes("A disguise"), `the worker did not answer: ${text}`);
      check(!/name="?nonce/.test(text), "the worker has the page's nonce");
      check(isRefusal(text) || text.includes("<!---->"), text); // a redirect tells it nothing
    });
  }
}

async function checkRefusedPage(page) {
  const text = await until(
    () => page.evaluate(() => location.pathname.endsWith("authorize") && document.body.textContent),
    "an answer",
  );
  check(isRefusal(text), text);
}

async function checkNoFrameHasIt(page) {
  for (const frame of page.frames().slice(1)) {
    const kind = await frame.evaluate(kindOfPage).catch(() => "");
    check(kind !== "consent", `a frame shows ${frame.url()}`);
  }
}

/**
 * Press the button that opens a popup; resolves with the popup. Firefox 153, one time in some
 * hundreds, opens it and never asks for its page; then it is pressed again.
 */
async function openPopup(browser, page) {
  for (let tries = 0; tries < 3; tries++) {
    await page.bringToFront();
    const popup = await popupOf(browser, () => page.click("#open"));
    const left = async () => (await addressOf(popup)) !== "about:blank";
    if (await until(left, "the popup's page", 10).catch(() => false)) return popup;
    await popup.close();
  }
  throw new Error("a popup that stays empty");
}

/** Open a page from another one, which tries to read and press it; return its address. */
async function scriptThePopup(browser, home, url, kind) {
  const page = await openSite(browser, home);
  await page.evaluate((where) => {
    const read = (look) => {
      try {
        return look();
      } catch (error) {
        return error.name;
      }
    };
    window.read = () =>
      read(() => window.opened.document?.querySelector("[name=nonce]")?.value ?? "");
    window.press = () => read(() => window.opened.document?.getElementById("allow")?.click());
    document.body.innerHTML = "<button id=open>A plot</button>";
    document.getElementById("open").onclick = () => (window.opened = open(where));
  }, url);
  const popup = await openPopup(browser, page);
  await arrive(popup, kind);
  // The browser may tell the opener a moment later: what it reads until then counts, too.
  const read = await until(
    () =>
      page.evaluate(() => {
        (window.found ??= []).push(window.read());
        return window.opened.closed && window.found;
      }),
    "a severed opener",
  );
  check(
    read.every((text) => /^(\w*Error)?$/.test(text)),
    `read ${read}`,
  );
  await page.evaluate(() => window.press());
  equal(await popup.evaluate(kindOfPage), kind, "page after a press by script");
  equal(await popup.evaluate(() => window.opener), null, "opener");
  return addressOf(popup);
}

/** Another page: it frames the page, or posts its form, although it knows the nonce. */
export async function otherOrigin({ browser, site, server, secret, origins }) {
  const { question, fields } = await askedOwner({ browser, site, server, secret });
  for (const origin of origins) {
    await attempt(`${origin}: the page in a frame`, async () => {
      const page = await inPage(browser, origin, frameIt, question);
      await result(page);
      await checkNoFrameHasIt(page);
    });
    await attempt(`${origin}: the form`, async () => {
      const page = await inPage(
        browser,
        origin,
        postIt,
        `${server}/escherpad/authorize`,
        fields,
        "_self",
      );
      await checkRefusedPage(page);
    });
    await attempt(`${origin}: fetch of the page`, async () => {
      const text = await result(await inPage(browser, origin, fetchIt, question));
      check(text.startsWith("TypeError"), text);
    });
  }
}

/** Whoever is logged in sees what came of it all. */
export async function nobodyIsConnected({ browser, server }) {
  const page = await openSite(browser, `${server}/escherpad/`);
  await arrive(page, "connections");
  check(await page.$(".empty"), await page.$eval("main", (main) => main.textContent));
}
