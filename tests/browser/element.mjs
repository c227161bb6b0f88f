// Drives <jupyter-connect> through all its states, with the keyboard alone.
//   node element.mjs '{"browser", "executable", "profile", "acts": [{"url"}]}'
import { barriers } from "./barriers.mjs";
import { check, equal, until } from "./connect_person.mjs";
import { launch, openPage, record } from "./harness.mjs";
import { visit } from "./tabs.mjs";

const SERVER = "http://localhost:8888";
const HOSTILE = '<img src=x onerror="window.hacked=1">\u202e';
const LANGUAGES = ["en", "de-CH", "fr", "es", "zh-Hans", "it"];

const plan = JSON.parse(process.argv[2]);
const browser = await launch(plan);
const page = await openPage(browser);

const inside = (css) => `jupyter-connect >>> ${css}`;
const seen = () =>
  page.$eval("jupyter-connect", ({ shadowRoot }) => ({
    form: !shadowRoot.querySelector("form").hidden,
    message: shadowRoot.querySelector(".message").textContent,
    isError: shadowRoot.querySelector(".message").classList.contains("error"),
    focus: shadowRoot.activeElement?.className ?? "",
    field: shadowRoot.querySelector(".field").value,
    buttons: [...shadowRoot.querySelectorAll("button")]
      .filter((button) => button.checkVisibility())
      .map((button) => button.textContent),
    fix: shadowRoot.querySelector(".fix").checkVisibility()
      ? shadowRoot.querySelector(".commands").textContent
      : "",
    server: shadowRoot.querySelector(".server").textContent,
    allowed: [...shadowRoot.querySelectorAll(".allowed li")].map((item) => item.textContent),
    folder: shadowRoot.querySelector(".folder").textContent,
    until: shadowRoot.querySelector(".until").textContent,
  }));

/** Wait until the element says so; axe-core finds nothing then. */
async function says(text) {
  await until(async () => (await seen()).message.includes(text), `"${text}"`);
  await isReadable(text);
  return seen();
}

async function isReadable(state) {
  const schemes = plan.browser === "firefox" ? [""] : ["light", "dark"];
  for (const value of schemes) {
    if (value) await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
    equal(await barriers(page), [], `what axe-core finds: ${state} ${value}`);
  }
}

/** What is selected, where the browser does not let the page copy. */
const copied = () => page.evaluate(() => getSelection().toString().includes("jupyter lab"));

/** Tab to a button and press it. */
async function press(name) {
  await focus(name);
  await page.keyboard.press("Enter");
}

/** Behind the last element, Firefox does not begin again: the way is the shorter one. */
async function focus(name) {
  for (let steps = 0; steps < 20; steps++) {
    const way = await page.$eval("jupyter-connect", wayTo, `.${name}`);
    if (!way) return;
    if (way === "back") await page.keyboard.down("Shift");
    await page.keyboard.press("Tab");
    if (way === "back") await page.keyboard.up("Shift");
  }
  throw new Error(`the keyboard does not reach ${name}`);
}

/** "" if it has the focus. */
function wayTo({ shadowRoot }, css) {
  const [here, there] = [shadowRoot.activeElement, shadowRoot.querySelector(css)];
  if (here?.matches(css)) return "";
  return here && here.compareDocumentPosition(there) & Node.DOCUMENT_POSITION_PRECEDING
    ? "back"
    : "on";
}

async function type(text) {
  await focus("field");
  await page.keyboard.down("Control");
  await page.keyboard.press("a");
  await page.keyboard.up("Control");
  await page.keyboard.type(text);
}

const set = (values) => page.evaluate((given) => void Object.assign(window["site"], given), values);
const fake = (command) => page.evaluate((name) => window["site"].fake[name](), command);
const decide = (decision) => set({ decision });
/** The connection asks, as it does every half minute. */
const look = () =>
  page.$eval("jupyter-connect", (element) => element["connection"]?.check().catch(() => {}));
const happens = (event) =>
  page.$eval(
    "jupyter-connect",
    (element, name) => {
      element["connection"].dispatchEvent(new Event(name));
    },
    event,
  );

async function leftNothing(secret) {
  const everything = await page.evaluate(() => window["site"].everything());
  check(!everything.includes(secret), `${secret} is in ${everything}`);
}

/** The address in the attribute has no token any more, nor has what a person pastes or types. */
const steps = {
  async "starts with the address, and drops its token"() {
    const { field, form, buttons } = await seen();
    equal([field, form, buttons], [SERVER, true, ["Connect"]], "at first");
    const role = await page.$eval(inside(".message"), (message) => message.getAttribute("role"));
    equal(role, "status", "what screen readers read when it changes");
    await isReadable("at first");
    await leftNothing("a-secret");
  },

  async "drops the token of a pasted address before it is in the field"() {
    const isPasted = await page.$eval(inside(".field"), (field) => {
      const data = "http://localhost:8888/lab?token=a-secret-2";
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", data);
      const ofFirefox = { data, dataType: "text/plain" };
      const init = { clipboardData, ...ofFirefox, bubbles: true, cancelable: true };
      return field.dispatchEvent(new ClipboardEvent("paste", init));
    });
    equal(isPasted, false, "the browser pastes it");
    equal((await says("token in the address was dropped")).field, SERVER, "the field");
    await leftNothing("a-secret");
  },

  async "keeps nothing of an address but the address"() {
    const kept = [];
    for (const text of [
      "http://ana:a-secret-5@localhost:8888/lab",
      "localhost:8888/?%74oken=a-secret-6",
      "localhost:8888/lab#a-secret-7",
      "ftp://nothing?a-secret-8",
      "x://ana:a-secret-9@nothing",
      "localhost:8888/lab&token=a-secret-10",
      "ftp://nothing%3Ftoken%3Da-secret-11",
    ]) {
      await page.$eval(
        "jupyter-connect",
        (element, server) => element.setAttribute("server", server),
        text,
      );
      kept.push((await seen()).field);
      await leftNothing("a-secret");
    }
    const nothing = ["ftp://nothing", "x://nothing", SERVER, "ftp://nothing"];
    equal(kept, [SERVER, SERVER, SERVER, ...nothing], "kept");
    await page.$eval(
      "jupyter-connect",
      (element, server) => element.setAttribute("server", server),
      SERVER,
    );
  },

  async "waits, also for an address that was typed with its token"() {
    await decide(null);
    await type("localhost:8888/lab?token=a-secret-3");
    await page.keyboard.press("Enter");
    const { buttons, field, message } = await says("asks you in a separate window");
    equal(buttons, ["Ask again", "Cancel"], "buttons");
    equal(field, SERVER, "field");
    check(message.includes("was dropped"), message);
    await leftNothing("a-secret");
  },

  async "can be canceled"() {
    await press("cancel");
    equal((await says("Connecting was canceled")).focus, "button primary connect", "focus");
    await press("connect");
    await says("asks you in a separate window");
    await page.keyboard.press("Escape");
    await says("Connecting was canceled");
  },

  async "asks once for a double click, and for a key that is held down"() {
    const asked = () =>
      page.evaluate(() => window["site"].events.filter(([type]) => type === "connecting").length);
    const before = await asked();
    await page.click(inside(".connect"), { count: 2 });
    await page.focus(inside(".field"));
    await page.evaluate(() => window["site"].presses(["Enter", true]));
    await says("asks you in a separate window");
    equal(await asked(), before + 1, "questions");
    await page.keyboard.press("Escape");
    await says("Connecting was canceled");
  },

  async "asks again"() {
    const asked = () => page.evaluate(() => window["site"].asked.length);
    await press("connect");
    await says("asks you in a separate window");
    const before = await asked();
    await press("connect");
    await until(async () => (await asked()) > before, "another question");
    const { buttons: still, message } = await seen();
    equal(still, ["Ask again", "Cancel"], "buttons");
    check(message.includes("separate window"), message);
    await decide("deny");
    await press("connect");
    const { buttons, isError } = await says("access was denied");
    equal([buttons, isError], [["Connect"], true], "after no");
  },

  async "does not go where the page does not want it"() {
    await set({ refuses: "connecting" });
    await press("connect");
    await says("does not connect to this address");
    await set({ refuses: "" });
  },

  async "says what is wrong, and the fix"() {
    await type("ftp://localhost/?token=a-secret-4");
    await page.keyboard.press("Enter");
    await says("not the address of a server");
    await leftNothing("a-secret");
    await type(SERVER);
    await fake("stop");
    await page.keyboard.press("Enter");
    const { fix, buttons } = await says("Nothing answers at this address");
    check(fix.includes("jupyter lab"), `the fix: ${fix}`);
    equal(buttons, ["Connect", "Copy"], "buttons");
    await press("copy");
    await until(async () => (await copied()) || (await seen()).message === "Copied.", "the copy");
    await fake("start");
  },

  async "shows what was allowed, and until when"() {
    await decide({ scopes: ["edit", "terminals:read"], folder: "data/raw" });
    await press("connect");
    await until(async () => !(await seen()).form, "the connection");
    await isReadable("connected");
    const { server, allowed, folder, until: end, focus: has, message } = await seen();
    equal(server, `Connected to ${SERVER}`, "server");
    equal(
      allowed,
      ["see your files and what is running", "change your files", "use terminals:read"],
      "allowed",
    );
    equal(folder, "Only in the folder data/raw", "folder");
    check(/^Until .*\d/.test(end), end);
    equal([has, message], ["panel connection", ""], "focus and message");
  },

  async extends() {
    await happens("expiring");
    equal((await says("Extend it to go on")).buttons, ["Extend", "Disconnect"], "buttons");
    await decide(null);
    await press("extend");
    equal((await says("separate window")).buttons, ["Extend", "Disconnect", "Cancel"], "buttons");
    await page.keyboard.press("Escape");
    equal((await says("canceled")).buttons, ["Extend", "Disconnect"], "buttons");
    await decide({ seconds: 7200 });
    await press("extend");
    const { buttons, focus: has } = await says("now lasts until");
    equal([buttons, has], [["Disconnect"], "panel connection"], "buttons and focus");
  },

  async "tells when the server is lost, and back"() {
    await happens("lost");
    equal((await says("has not answered for a minute")).isError, true, "an error");
    await happens("back");
    equal((await says("answers again")).isError, false, "an error");
  },

  async disconnects() {
    await press("disconnect");
    const { form, focus: has, isError } = await says("Disconnected.");
    equal([form, has, isError], [true, "button primary connect", false], "after it");
  },

  async "tells when the owner ends it, and marks full control"() {
    await decide({});
    await press("connect");
    await until(async () => !(await seen()).form, "the connection");
    equal((await seen()).allowed.at(-1), "run code full control", "the mark");
    await fake("revoke");
    await look();
    equal((await says("was disconnected on your server")).form, true, "the form");
  },

  async "tells when it has expired, and keeps the focus of the page"() {
    await press("connect");
    await until(async () => !(await seen()).form, "the connection");
    await page.evaluate(() => {
      const button = Object.assign(document.createElement("button"), { textContent: "The site's" });
      document.querySelector("main").append(button);
      button.focus();
    });
    await fake("expire");
    await look();
    await says("has expired");
    const focused = await page.evaluate(() => document.activeElement.textContent);
    equal(focused, "The site's", "the focus");
    await page.evaluate(() => document.querySelector("main > button").remove());
  },

  async "goes on when it is moved, and tells what happened meanwhile"() {
    await press("connect");
    await until(async () => !(await seen()).form, "the connection");
    await page.evaluate(() => {
      const element = document.querySelector("jupyter-connect");
      document.querySelector("main").append(element);
      window["site"].away = element;
      element.remove();
    });
    await fake("revoke");
    await page.evaluate(() => window["site"].away.connection.check());
    await page.evaluate(() => document.querySelector("main").append(window["site"].away));
    equal((await says("was disconnected on your server")).form, true, "the form");
  },

  async "says when it is loaded that its server is gone"() {
    await press("connect");
    await until(async () => !(await seen()).form, "the connection");
    const parts = await page.evaluate(() => {
      const element = document.querySelector("jupyter-connect");
      const [mine, other] = ["", "http://other.localhost:1"].map((server) => {
        const made = document.createElement("jupyter-connect");
        if (server) made.setAttribute("server", server);
        else for (const { name, value } of element.attributes) made.setAttribute(name, value);
        return made;
      });
      window["site"].away = element;
      window["site"].fake.stop();
      element.replaceWith(mine, other);
      return [mine, other].map((each) => each.shadowRoot.querySelector("input").value);
    });
    equal(parts, [SERVER, "http://other.localhost:1"], "fields");
    const { fix } = await says("Nothing answers at this address");
    check(fix.includes("jupyter lab"), `the fix: ${fix}`);
    const silent = await page.$$eval(
      "jupyter-connect",
      ([, { shadowRoot }]) => shadowRoot.querySelector(".message").textContent,
    );
    equal(silent, "", "what the other element says of a server that is not its own");
    await page.evaluate(() => {
      const [mine, other] = document.querySelectorAll("jupyter-connect");
      other.remove();
      window["site"].fake.start();
      mine.replaceWith(window["site"].away);
    });
    await press("disconnect");
    await says("Disconnected.");
  },

  async "offers the servers of before, and forgets them"() {
    await type("http://nowhere.localhost:1");
    equal((await seen()).buttons, ["Connect", SERVER, "Forget these addresses"], "buttons");
    await press("server-used");
    await until(async () => !(await seen()).form, "the connection");
    await press("disconnect");
    await says("Disconnected.");
    await press("forget");
    const { buttons, focus: has } = await seen();
    equal([buttons, has], [["Connect"], "button primary connect"], "buttons and focus");
  },

  async "speaks the language of the page, and words of its own"() {
    const labels = [];
    for (const lang of LANGUAGES) {
      await page.evaluate((name) => {
        document.documentElement.lang = name;
        document.querySelector("jupyter-connect").setAttribute("server", "localhost:8888");
        document.querySelector("jupyter-connect").setAttribute("lang", "");
      }, lang);
      const spoken = lang === "it" ? "en" : lang.slice(0, 2);
      const read = () =>
        page.$eval(inside(".panel"), (panel) => [
          panel["lang"],
          panel.querySelector("label").textContent,
        ]);
      await until(async () => (await read())[0] === spoken, lang);
      labels.push((await read())[1]);
      await isReadable(lang);
    }
    equal(new Set(labels).size, LANGUAGES.length - 1, "languages");
    await page.evaluate(() => {
      document.documentElement.lang = "constructor";
      document.querySelector("jupyter-connect")["texts"] = {
        connect: "Open",
        __proto__: { forget: "x" },
        label: 3,
      };
    });
    equal((await seen()).buttons, ["Open"], "own words");
    await page.evaluate(() => {
      document.documentElement.lang = "en";
      document.querySelector("jupyter-connect")["texts"] = {};
    });
  },

  async "fits narrow windows, also in pages from right to left"() {
    const fits = async (state) => {
      const [wide, room] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
      ]);
      check(wide <= room, `${state}: ${wide} wide in ${room}`);
      await isReadable(state);
    };
    const long = `http://${"long-".repeat(12)}x.localhost:8888`;
    await page.setViewport({ width: 240, height: 600 });
    await page.evaluate(() => (document.documentElement.dir = "rtl"));
    await type(`ftp://${long}`);
    await page.keyboard.press("Enter");
    await says("not the address of a server");
    await fits("a message");
    await type("mybox:8888");
    await decide({ scopes: ["edit", `${"x".repeat(90)}:read`], folder: "y".repeat(90) });
    await press("connect");
    await until(async () => !(await seen()).form, "the connection");
    await fits("connected");
    const { allowed } = await seen();
    equal(allowed[1], "change your files full control", "without https, on another machine");
    const [start, field] = await page.$eval(inside(".field"), (input) => [
      getComputedStyle(input.parentElement).direction,
      getComputedStyle(input).direction,
    ]);
    equal([start, field], ["rtl", "ltr"], "directions of the page and of addresses");
    await press("disconnect");
    await says("Disconnected.");
    await page.evaluate((server) => {
      localStorage.setItem("escherpad-ext:servers", JSON.stringify([server]));
      document.documentElement.dir = "ltr";
    }, long);
    await type(SERVER);
    await page.$eval("jupyter-connect", (element) => (element["texts"] = {})); // draws it again
    await fits("addresses used before");
    await press("forget");
    await page.setViewport({ width: 800, height: 600 });
  },

  async "shows what a hostile server says as text"() {
    await decide({
      scopes: [HOSTILE, "x".repeat(9000), ...Array(99).keys()].map(String),
      folder: HOSTILE,
    });
    await press("connect");
    await until(async () => !(await seen()).form, "the connection");
    const { allowed, folder } = await seen();
    check(allowed[0].includes("<img") && folder.includes("<img"), "it is not shown as it is");
    check(allowed.length <= 20 && allowed.every((text) => text.length < 600), "it is too long");
    await press("disconnect");
    await says("Disconnected.");
    await decide({ seconds: "soon" });
    await press("connect");
    await says("cannot be used");
    const found = await page.$eval("jupyter-connect", ({ shadowRoot }) => [
      shadowRoot.querySelectorAll("img, script, [style], [onerror]").length,
      window["hacked"],
    ]);
    equal(found, [0, null], "markup of the server");
  },

  async "tells the page all of it, and keeps no token"() {
    const { names, asked, everything } = await page.evaluate(() => ({
      names: [...new Set(window["site"].events.map(([type]) => type))],
      asked: window["site"].asked[0],
      everything: window["site"].everything(),
    }));
    equal(
      names.sort(),
      ["back", "connected", "connecting", "ended", "expiring", "extended", "failed", "lost"],
      "events",
    );
    equal([asked.scopes, asked.folder], [["run"], null], "what was asked");
    check(!everything.includes("a-secret"), "a token was kept");
  },
};

page.on("console", (message) => {
  const isPolicy = /Content.Security.Policy|Trusted/i.test(message.text());
  // What `diagnose` tries is blocked by the page's own policy.
  if (isPolicy && !/localhost:8888/.test(message.text()))
    record("console", `policy: ${message.text()}`);
});
try {
  await visit(page, plan.acts[0].url);
  await until(() => page.evaluate(() => window["site"]?.ready), "the page");
  for (const [name, act] of Object.entries(steps)) {
    const start = performance.now();
    const { ok, detail } = await act().then(
      () => ({ ok: true, detail: "" }),
      async (error) => ({ ok: false, detail: `${error.stack} ${JSON.stringify(await seen())}` }),
    );
    const seconds = Math.round(performance.now() - start) / 1000;
    record("step", { page: "element", name, ok, detail, seconds });
    if (!ok) break;
  }
} finally {
  await browser.close();
}
