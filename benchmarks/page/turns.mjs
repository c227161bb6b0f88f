// Lets pages take turns in one browser: node turns.mjs '{"browser", "executable", "profile", "acts": [...]}'
//   {act: "turn", side, url, connection, path, times, runs}      a new page saves and reads a file, in one or two runs
//   {act: "changes", side, url, connection, path, file, texts}  a page reads what was written to the disk just before
import { writeFile } from "node:fs/promises";
import { launch, record } from "../../tests/browser/harness.mjs";

const ACTS = {
  async turn(page, { side, path, times, runs }) {
    for (const name of runs) {
      const seconds = await page.evaluate((...given) => window.saveAndRead(...given), path, times);
      record("step", { page: side, name, ok: true, detail: path, seconds });
    }
  },

  async changes(page, { side, path, file, texts }) {
    for (const text of texts) {
      await writeFile(file, text);
      const found = await page.evaluate((given) => window.read(given), path);
      const detail = `the file has ${text}, the page read ${found}`;
      record("step", { page: side, name: "change", ok: found === text, detail, seconds: 0 });
    }
  },
};

const plan = JSON.parse(process.argv[2]);
const browser = await launch(plan);
try {
  for (const act of plan.acts) {
    const page = await browser.newPage();
    await page.goto(act.url);
    await page.evaluate((...given) => window.prepare(...given), act.side, act.connection);
    await ACTS[act.act](page, act);
    await page.close();
  }
} finally {
  await browser.close();
}
