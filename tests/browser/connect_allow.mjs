// The Allow button: for a person who has the page before them, and not for a click meant for another page.
import { askedOwner } from "./connect_hostile.mjs";
import { arrive, check, equal, until } from "./connect_person.mjs";
import { openPage } from "./harness.mjs";
import { visit } from "./tabs.mjs";

const isAwake = (page) => page.$eval("#allow", (button) => !button.disabled);
const ticked = (page) => page.$$eval("[name=scope]:checked", (boxes) => boxes.map((b) => b.value));

/** Press where the button is, asleep or not, as somebody does who aims at what was there before. */
async function pressThere(page) {
  const { x, y, width, height } = await (await page.$("#allow")).boundingBox();
  await page.mouse.click(x + width / 2, y + height / 2);
}

export async function doubleClick(given) {
  const { owner, question } = await askedOwner(given);
  await owner.setViewport({ width: 900, height: 1400 });
  await visit(owner, question);
  await arrive(owner, "consent");
  equal(await isAwake(owner), false, "awake as soon as the page is there");
  await pressThere(owner);
  await pressThere(owner);
  const pressed = performance.now();
  await until(() => isAwake(owner), "Allow to become available");
  check(performance.now() - pressed > 900, "awake within a second of a click");
  await arrive(owner, "consent"); // nothing was sent
}

export async function outOfSight(given) {
  const { owner } = await askedOwner(given);
  await until(() => isAwake(owner), "Allow to become available");
  const other = await openPage(given.browser);
  await other.bringToFront();
  await until(async () => !(await isAwake(owner)), "Allow to sleep behind another tab");
  await owner.bringToFront();
  equal(await isAwake(owner), false, "awake as soon as it is before somebody again");
  await until(() => isAwake(owner), "Allow to become available again");
}

export async function scriptedClick(given) {
  const { owner } = await askedOwner(given);
  await until(() => isAwake(owner), "Allow to become available");
  await owner.evaluate(() => document.getElementById("allow").click());
  await arrive(owner, "consent");
  equal(await isAwake(owner), true, "it was sent");
}

export async function ticks(given) {
  const { owner } = await askedOwner(given);
  const tick = (name) => owner.click(`input[value="${name}"]`);
  equal(await ticked(owner), ["view", "edit", "run"], "ticked at first");
  await tick("edit");
  equal(await ticked(owner), ["view"], "whoever may not change files may not run code");
  await tick("view");
  equal(await ticked(owner), [], "nothing ticked");
  check((await owner.$eval("#hint", (hint) => hint.textContent)).includes("Nothing"), "not said");
  equal(await isAwake(owner), false, "awake, with nothing to allow");
  await tick("run");
  equal(await ticked(owner), ["view", "edit", "run"], "whoever may run code may do the rest");
}
