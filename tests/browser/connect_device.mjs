// A person types the code of a program, and allows what it asks for.
import { decide, equal, openSite, until } from "./connect_person.mjs";
import { leave } from "./tabs.mjs";

const GRANT = "urn:ietf:params:oauth:grant-type:device_code";

/** What the program, which has no browser, sends and gets. */
async function post(server, path, fields) {
  const body = new URLSearchParams({ client_id: "escherpad-cli", ...fields });
  const answer = await fetch(`${server}/escherpad/${path}`, { method: "POST", body });
  return answer.json();
}

/** A wrong code first, in lower case and without the hyphen; then the right one, with the keyboard. */
export async function deviceCode({ browser, server }) {
  const asked = { scope: "view", device_name: "a job" };
  const codes = await post(server, "device_authorization", asked);
  const page = await openSite(browser, codes.verification_uri);
  await page.waitForSelector("#code");
  await page.type("#code", "bbbbbbbb");
  await leave(page, () => page.keyboard.press("Enter"));
  await until(() => page.$("#problem"), "the page says that no program has this code");
  await page.$eval("#code", (field) => field.select());
  await page.type("#code", codes.user_code);
  await leave(page, () => page.keyboard.press("Enter"));
  equal(await page.$eval("#client", (e) => e.textContent), codes.user_code, "the code shown");
  await decide(page, "allow", { seconds: 604800 });
  await until(() => page.$("#done"), "the page says that it is connected");
  const polled = { grant_type: GRANT, device_code: codes.device_code };
  const token = await post(server, "token", polled);
  equal(token.scope, "view", "scope");
  const headers = { Authorization: `Bearer ${token.access_token}` };
  equal((await fetch(`${server}/api/contents`, { headers })).status, 200, "status");
}
