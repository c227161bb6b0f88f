// What keeps people from using a page, as axe-core finds it.
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Resolves with what axe-core finds. */
export async function barriers(page) {
  await page.evaluate(`globalThis.axe || (() => { ${AXE} })();void 0`);
  return page.evaluate(async () => {
    const { violations } = await globalThis["axe"].run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}
