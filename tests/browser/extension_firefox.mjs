// Drives Firefox with browser extensions that use a server, and listens to what they report.
//   node extension_firefox.mjs '{"browser", "executable", "profile", "acts": [{"name", "folder", "id", "uuid", "server", "token", "login"}]}'
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { launch, openPage, record } from "./harness.mjs";
import { visit } from "./tabs.mjs";

const plan = JSON.parse(process.argv[2]);
const uuids = Object.fromEntries(plan.acts.map(({ id, uuid }) => [id, uuid]));
const preferences = { "extensions.webextensions.uuids": JSON.stringify(uuids) };
const browser = await launch(plan, { preferences });

/** Install an extension; resolves when its background script and its page have reported. */
async function run({ name, folder, server, token }) {
  const listener = createServer(async (request, response) => {
    const { place, ...rest } = JSON.parse(await text(request));
    record("step", { page: name, name: place, ok: true, seconds: 0, detail: JSON.stringify(rest) });
    response.end();
    listener.emit(place);
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (listener.address());
  const report = `http://127.0.0.1:${port}`;
  writeFileSync(`${folder}/given.json`, JSON.stringify({ server, token, report }));
  const both = Promise.all(["background", "page"].map((place) => once(listener, place)));
  await browser.installExtension(folder);
  await both;
  listener.close();
}

try {
  const owner = await openPage(browser);
  await visit(owner, plan.acts[0].login); // so that the browser has the owner's cookie
  for (const act of plan.acts) await run(act);
} finally {
  await browser.close();
}
