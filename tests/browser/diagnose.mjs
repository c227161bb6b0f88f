// Lets pages find out what keeps them from servers:
//   node diagnose.mjs '{"browser", "executable", "profile", "acts": [{"name", "page", "server", …}]}'
//   options, policy, served   as page/diagnose.js has them
//   permission                what the person said of the local network; "prompt": does not say anything, while a
//                             headless Chromium would say no
//   framed                    in a sandboxed frame
//   distrusts                 the browser does not accept any certificate
//   slow                      takes its time, so do the others meanwhile
import { mkdirSync } from "node:fs";
import { launch, openPage, record } from "./harness.mjs";
import { visit } from "./tabs.mjs";

const NEARBY = ["loopback-network", "local-network"];

const plan = JSON.parse(process.argv[2]);
const far = plan.acts
  .map(({ page }) => new URL(page))
  .filter(({ hostname }) => hostname.endsWith(".test"));
const spaces = [...new Set(far.map(({ port }) => `127.0.0.1:${port}`))];

function open(distrusts) {
  const options = {
    flags: [
      "--host-resolver-rules=MAP *.test 127.0.0.1",
      `--ip-address-space-overrides=${spaces.map((space) => `${space}=public`)}`,
    ],
    preferences: {
      "network.dns.localDomains": [...far.map(({ hostname }) => hostname), "jupyter.test"].join(),
      "network.lna.enabled": true,
      "network.lna.blocking": true,
      "network.lna.address_space.public.override": String(spaces),
    },
    acceptInsecureCerts: !distrusts,
  };
  const profile = `${plan.profile}/${distrusts}`;
  mkdirSync(profile);
  return launch({ ...plan, profile }, options);
}

const tabs = new Map();

/** A tab that shows a page; one that an act left as it was serves the next ones. */
async function tabFor(browser, url, alone) {
  if (!alone && tabs.has(url)) return tabs.get(url);
  const page = await openPage(browser);
  await visit(page, url);
  if (!alone) tabs.set(url, page);
  return page;
}

async function perform(browser, { name, page: url, permission, framed, slow, ...given }) {
  if (permission) {
    const asked = NEARBY.map((each) => ({ permission: { name: each }, state: permission }));
    await browser.defaultBrowserContext().setPermission(new URL(url).origin, ...asked);
  }
  const page = await tabFor(browser, url, framed || slow || given.policy);
  if (framed) await page.evaluate(() => window.frame());
  const frame = framed ? page.mainFrame().childFrames()[0] : page;
  const { found, seconds } = await frame.evaluate((all) => window.diagnose(all), given);
  record("step", { page: "diagnose", name, ok: true, detail: JSON.stringify(found), seconds });
}

for (const distrusts of [false, true]) {
  const acts = plan.acts.filter((act) => Boolean(act.distrusts) === distrusts);
  if (!acts.length) continue;
  const browser = await open(distrusts);
  try {
    const slow = acts.filter((act) => act.slow).map((act) => perform(browser, act));
    for (const act of acts.filter((each) => !each.slow)) await perform(browser, act);
    await Promise.all(slow);
  } finally {
    tabs.clear();
    await browser.close();
  }
}
