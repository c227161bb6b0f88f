// What keeps people from using a page, as axe-core finds it.
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Resolves with what axe-core finds on a page, or in those of its parts that have a selector. */
export async function barriers(page, ...within) {
  await page.evaluate(`globalThis.axe || (() => { ${AXE} })();void 0`);
  return page.evaluate(async (selectors) => {
    const parts = selectors.map((each) => [each]);
    const { violations } = await globalThis["axe"].run(
      parts.length ? { include: parts } : document,
    );
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  }, within);
}
