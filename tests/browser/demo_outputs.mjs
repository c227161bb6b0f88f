// What the demo's page makes of output, which it does not trust.
import { barriers } from "./barriers.mjs";
import { hook, kernelIs, outputHas, run, until } from "./demo_person.mjs";
import { check, equal } from "./connect_person.mjs";

const FORMULAS = String.raw`from IPython.display import *; display(Math(r'\frac{1}{x^2}'), Latex(r'It is $\href{javascript:alert(1)}{y}\class{notice}{z}$.'))`;
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
      const box = document.querySelector('[data-testid="stdout"]');
      if (!box?.textContent.includes("line 19999")) return false;
      return box.scrollTop + box.clientHeight > box.scrollHeight - 10;
    });
    const shown = await page.$eval(hook("stdout"), ({ textContent }) => textContent.length);
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
