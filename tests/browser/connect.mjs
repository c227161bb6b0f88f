// Drives one browser through what people do who connect sites to their servers.
//   node connect.mjs '{"browser", "executable", "profile", "acts": [{"act": "…", …}]}'
// Each act is a function in connect_flows.mjs or its siblings; it ends by returning, or fails by throwing.
import * as alive from "./connect_alive.mjs";
import * as button from "./connect_allow.mjs";
import * as device from "./connect_device.mjs";
import * as ends from "./connect_ends.mjs";
import * as flows from "./connect_flows.mjs";
import * as folder from "./connect_folder.mjs";
import * as forged from "./connect_forged.mjs";
import * as hostile from "./connect_hostile.mjs";
import * as lab from "./connect_lab.mjs";
import * as labKernels from "./connect_lab_kernels.mjs";
import * as layout from "./connect_layout.mjs";
import { tellSecrets } from "./connect_person.mjs";
import * as tunnel from "./connect_tunnel.mjs";
import { launch, record } from "./harness.mjs";
import { describeTabs } from "./tabs.mjs";

const ACTS = {
  ...flows,
  ...device,
  ...ends,
  ...hostile,
  ...forged,
  ...alive,
  ...button,
  ...folder,
  ...lab,
  ...labKernels,
  ...layout,
  ...tunnel,
};
const SECONDS = 120;

const plan = JSON.parse(process.argv[2]);
const sites = [...new Set(plan.acts.map(({ site }) => site))];
const spaces = sites.map((site) => `127.0.0.1:${new URL(site).port}=public`);
const browser = await launch(plan, {
  // The sites are as far from the server as the public internet.
  flags: [`--ip-address-space-overrides=${spaces}`],
  // Popups are blocked as in people's browsers.
  without: ["--disable-popup-blocking"],
  preferences: { "dom.disable_open_during_load": true },
});

/** Chromium's permission, which has two names: https://wicg.github.io/local-network-access/ */
async function letSitesReachThisMachine() {
  if (plan.browser !== "chrome") return;
  const session = await browser.target().createCDPSession();
  const grant = (origin, name) =>
    session.send("Browser.setPermission", { origin, permission: { name }, setting: "granted" });
  for (const site of sites) {
    await grant(site, "loopback-network").catch(() => grant(site, "local-network-access"));
  }
}

async function perform({ act, name = act, ...given }) {
  const start = performance.now();
  const timeout = new Promise((_, reject) => {
    setTimeout(reject, SECONDS * 1000, new Error(`not done after ${SECONDS} s`)).unref();
  });
  const result = await Promise.race([ACTS[act]({ browser, ...given }), timeout]).then(
    (detail) => ({ ok: true, detail: String(detail ?? "") }),
    async (error) => ({ ok: false, detail: `${error.stack}\n${await describeTabs(browser)}` }),
  );
  const seconds = Math.round(performance.now() - start) / 1000;
  record("step", { page: "connect", name, seconds, ...result });
}

/** Close what an act has opened; the first tab, which the browser started with, keeps it running. */
async function closePages() {
  const [, ...others] = await browser.pages();
  for (const page of others) {
    await tellSecrets(page).catch(() => {}); // it is not the site
    await page.close().catch(() => {}); // it closed itself
  }
}

try {
  await letSitesReachThisMachine();
  for (const act of plan.acts) {
    await perform(act);
    await closePages();
  }
} finally {
  await browser.close();
}
