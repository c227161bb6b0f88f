// Opens notebooks in JupyterLab: node lab.mjs '{"browser", "executable", "profile", "acts": [...]}'
//   {side, name, enter, pasted, address, path}   after `enter`, the page goes to `address`; seconds until the first output
import { launch, record } from "../../tests/browser/harness.mjs";

const WAITING = { timeout: 120_000, polling: 20 };

/** Whether the notebook is open, and its kernel ready. */
function isReady(path) {
  const widget = window.jupyterapp?.shell.currentWidget;
  const session = widget?.sessionContext;
  return session?.path === path && session.session?.kernel?.status === "idle";
}

function hasOutput() {
  const output = document.querySelector(".jp-OutputArea-output");
  return output !== null && output.textContent.includes("42");
}

const plan = JSON.parse(process.argv[2]);
const browser = await launch(plan);
try {
  for (const { side, name, enter, pasted, address, path } of plan.acts) {
    const page = await browser.newPage();
    await page.goto(enter, { timeout: WAITING.timeout });
    if (pasted)
      await page.evaluate(
        (given) => sessionStorage.setItem("pasted", given),
        JSON.stringify(pasted),
      );
    const before = performance.now();
    await page.goto(address, { waitUntil: "domcontentloaded", timeout: WAITING.timeout });
    await page.waitForFunction(isReady, WAITING, path);
    await page.evaluate(() => window.jupyterapp.commands.execute("notebook:run-all-cells"));
    await page.waitForFunction(hasOutput, WAITING);
    record("step", {
      page: side,
      name,
      ok: true,
      detail: path,
      seconds: (performance.now() - before) / 1000,
    });
    await page.close();
  }
} finally {
  await browser.close();
}
