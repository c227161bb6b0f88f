// What the demo's page makes of output, which it does not trust.
import { barriers } from "./barriers.mjs";
import { hook, kernelIs, outputHas, run, until } from "./demo_person.mjs";
import { check, equal } from "./connect_person.mjs";

const FORMULAS = String.raw`from IPython.display import *; display(Math(r'\frac{1}{x^2}'), Latex(r'It is $\href{javascript:alert(1)}{y}\class{notice}{z}$.'))`;
const HOSTILE_FORMULAS = [
  String.raw`\href{javascript:a-hostile}{y}`,
  String.raw`\url{javascript:a-hostile}`,
  String.raw`\class{a-hostile}{y}`,
  String.raw`\id{a-hostile}{y}`,
  String.raw`\style{background:url(a-hostile)}{y}`,
  String.raw`\data{x=a-hostile}{y}`,
  String.raw`\includegraphics{https://a-hostile.example/a.png}`,
];
/** What Temml must not make of a formula, and the page must not take. */
const HOSTILE_TREE = {
  type: "a",
  attributes: { href: "javascript:alert(1)", onclick: "alert(1)", id: "a", style: "color:red" },
  classes: ["notice"],
  style: { position: "fixed", backgroundImage: "url(/a.png)" },
  children: [
    {
      type: "script",
      attributes: { src: "/a.js" },
      children: [{ type: "mi", children: [{ text: "<img>" }] }],
    },
    { type: "annotation-xml", attributes: { encoding: "text/html", href: "/" } },
  ],
};
const DATA = String.raw`JSON({'numbers': list(range(250)), 'html': '<img src=x onerror=alert(1)>'})`;
const LONG = "print(*(f'line {i}' for i in range(20000)), sep='\\n')";
const TALL = "HTML('<p>p</p>' * 300 + '<b>the end</b>')";

export const outputs = {
  async "shows formulas, and only formulas"({ page }) {
    await run(page, FORMULAS);
    await page.waitForSelector(`${hook("outputs")} math mfrac msup`);
    await outputHas(page, "It is");
    const found = await page.$$eval(`${hook("outputs")} :is(a, .notice)`, (all) => all.length);
    equal(found, 0, "links and classes of a formula");
  },

  async "has Temml refuse links, classes and styles of what is not trusted"({ page }) {
    const found = await page.evaluate(async (sources) => {
      const { UNTRUSTED } = await import(new URL("math.js", document.baseURI).href);
      const { __renderToMathMLTree: render } = window["temml"];
      const made = (source) => {
        try {
          return JSON.stringify(render(source, { ...UNTRUSTED }));
        } catch ({ name }) {
          return name;
        }
      };
      return [...new Set(sources.map(made))];
    }, HOSTILE_FORMULAS);
    equal(found, ["ParseError"], "what Temml makes of them");
  },

  async "takes only formulas from Temml, whatever it makes"({ page }) {
    const [elements, html] = await page.evaluate(async (tree) => {
      const real = window["temml"];
      const hostile = { __renderToMathMLTree: () => tree };
      const replace = () => Object.assign(window, { temml: hostile });
      document.addEventListener("load", replace, { capture: true, once: true }); // of the library
      const { formula } = await import(new URL("math.js?hostile", document.baseURI).href);
      const shown = formula("x", false);
      document.querySelector("main").append(shown);
      await new Promise((resolve) =>
        new MutationObserver(resolve).observe(shown, { childList: true }),
      );
      const all = [...shown.querySelectorAll("*")].map(({ localName }) => localName);
      const made = shown.innerHTML;
      shown.remove();
      Object.assign(window, { temml: real });
      return [all, made];
    }, HOSTILE_TREE);
    equal(elements, ["mrow", "mrow", "mi", "mrow"], "elements");
    check(html.includes("&lt;img&gt;") && !/href|onclick|class|style|src=|id=/.test(html), html);
  },

  async "shows JSON level by level, as text"({ page }) {
    await run(page, DATA);
    await outputHas(page, '"<img src=x onerror=alert(1)>"');
    await page.click(`${hook("json")} details details summary`);
    await outputHas(page, "99: 99");
    await page.click(`${hook("json")} button`);
    await outputHas(page, "199: 199");
    equal((await page.$$(`${hook("json")} img`)).length, 0, "pictures in JSON");
  },

  async "leads to the end of long output, and shows all of it"({ page }) {
    await run(page, LONG);
    await until(page, () => {
      const box = document.querySelector('[data-index="1"] [data-testid="stdout"]');
      if (!box?.textContent.includes("line 19999")) return false;
      return box.scrollTop + box.clientHeight > box.scrollHeight - 10;
    });
    const shown = await page.$eval(
      `[data-index="1"] ${hook("stdout")}`,
      ({ textContent }) => textContent.length,
    );
    check(shown < 50_000, `${shown} characters are in the page`);
    const button = `[data-index="1"] ${hook("show-all")}`;
    // In the page: while output arrives, the button may be another one a moment later.
    const press = () => page.$eval(button, (found) => found["click"]());
    await page.waitForSelector(button, { visible: true });
    await press();
    await outputHas(page, "line 0\n");
    await press();
  },

  async "leads to the end of tall HTML"({ page }) {
    await run(page, TALL);
    const element = await page.waitForSelector(`${hook("outputs")} iframe`);
    const frame = await element.contentFrame();
    await frame.waitForFunction(() => {
      const page = document.documentElement;
      page.scrollTop = page.scrollHeight;
      const end = document.querySelector("b");
      return end && end.getBoundingClientRect().bottom <= innerHeight;
    });
    await kernelIs(page, "idle");
  },

  async "is for everybody, in light and dark, and on narrow screens"({ page }) {
    const still = { name: "prefers-reduced-motion", value: "reduce" };
    const isChrome = page.browser().process().spawnfile.includes("chrom");
    for (const value of isChrome ? ["light", "dark"] : [""]) {
      if (value) await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }, still]);
      equal(await barriers(page), [], `what axe-core finds ${value}`);
    }
    await page.setViewport({ width: 360, height: 640 });
    const [wide, room] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ]);
    check(wide <= room, `the page is ${wide} wide in ${room}`);
    equal(await barriers(page), [], "what axe-core finds on a narrow screen");
    await page.setViewport({ width: 1280, height: 900 });
    if (isChrome) await page.emulateMediaFeatures([]);
  },
};
