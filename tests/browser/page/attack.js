// A page that was not allowed. It holds a valid token, the owner's cookies go along with what it sends (it is on
// the server's own site, another port), and it can even read the server's _xsrf cookie. It tries everything.
//
// An attempt returns what it could read, or nothing. What it may have changed is looked up on the server's side.
import { embedAttempts } from "./attack_embeds.js";
import { formAttempts } from "./attack_forms.js";
import { requestAttempts } from "./attack_requests.js";
import { socketAttempts } from "./attack_sockets.js";
import { check, provideSteps } from "./steps.js";

const attempts = (given) => [
  ...requestAttempts(given),
  ...embedAttempts(given),
  ...formAttempts(given),
  ...socketAttempts(given),
];

function asStep([name, attempt]) {
  return [
    name,
    async () => {
      const read = await attempt();
      check(!read, `read ${read}`);
    },
  ];
}

function xsrfCookie() {
  return document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)?.[1] ?? "";
}

provideSteps((given) => attempts({ ...given, xsrf: xsrfCookie() }).map(asStep));
