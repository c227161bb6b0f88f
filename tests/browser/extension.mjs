// Drives Chromium with browser extensions that use a server.
//   node extension.mjs '{"executable", "profile", "acts": [{"folder", "id", "server", "token", "login"}]}'
import { launch, openPage, record } from "./harness.mjs";
import { visit } from "./tabs.mjs";

const plan = JSON.parse(process.argv[2]);
const browser = await launch(plan, { extensions: plan.acts.map(({ folder }) => folder) });

/** What the extension's own page and its service worker come to. */
async function* results({ id, server, token }) {
  const target = await browser.waitForTarget(
    (each) => each.type() === "service_worker" && each.url().includes(id),
  );
  const worker = await target.worker();
  const page = await openPage(browser);
  await visit(page, `chrome-extension://${id}/page.html`);
  for (const [name, place] of Object.entries({ page, worker })) {
    const use = (...given) => globalThis.useServer(...given);
    yield [name, await place.evaluate(use, server, token)];
  }
}

try {
  const owner = await openPage(browser);
  await visit(owner, plan.acts[0].login); // so that the browser has the owner's cookie
  for (const act of plan.acts) {
    for await (const [name, result] of results(act))
      record("step", {
        page: act.name,
        name,
        ok: true,
        seconds: 0,
        detail: JSON.stringify(result),
      });
  }
} finally {
  await browser.close();
}
