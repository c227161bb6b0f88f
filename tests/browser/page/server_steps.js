// The server as a whole: identity, status, errors a page can read, headers both ways.
import { check, equal } from "./steps.js";

const JSON_TYPE = { "Content-Type": "application/json" };

async function refused(response, status, error) {
  equal(response.status, status, "status");
  const body = await response.json();
  equal(body.error, error, "error");
  check(body.reason && body.message.length > 10, `the refusal says only ${JSON.stringify(body)}`);
  check(!body.message.includes("_xsrf"), body.message);
  return response;
}

// A step that asks for `path` and expects to read `status`.
const readable =
  (status, path, init) =>
  async ({ ask }) => {
    const response = await ask(path, init);
    equal(response.status, status, `status of ${path}`);
    await response.text();
  };

export const serverSteps = [
  [
    "status",
    async ({ ask }) => {
      check("kernels" in (await (await ask("api/status")).json()), "no count of kernels");
    },
  ],

  [
    "kernelspecs",
    async ({ manager: { kernelspecs } }) => {
      await kernelspecs.ready;
      check("python3" in kernelspecs.specs.kernelspecs, "no python3");
    },
  ],

  [
    "/metrics",
    async ({ ask }) => {
      const response = await ask("metrics");
      equal(response.status, 200, "status");
      check((await response.text()).includes("http_request_duration_seconds"), "no metrics");
    },
  ],

  [
    "/api/me is the same twice",
    async ({ ask }) => {
      const me = async () => (await ask("api/me")).json();
      const [first, second] = [await me(), await me()];
      check(first.identity.username, "no user name");
      equal(second, first, "the second answer");
    },
  ],
];

export const errorSteps = [
  [
    "400: a body that is no JSON",
    readable(400, "api/contents", { method: "POST", body: "{", headers: JSON_TYPE }),
  ],

  [
    "401: a wrong token",
    async ({ ask }) => {
      const response = await refused(
        await ask("api/contents", { token: "wrong" }),
        401,
        "invalid_token",
      );
      equal(response.headers.get("WWW-Authenticate")?.split(" ")[0], "Bearer", "WWW-Authenticate");
    },
  ],

  [
    "401: a wrong token on a write",
    async ({ ask }) => {
      const init = { token: "wrong", method: "POST", body: "{}", headers: JSON_TYPE };
      await refused(await ask("api/kernels", init), 401, "invalid_token");
    },
  ],

  [
    "401: no token",
    async ({ ask }) => {
      await refused(await ask("api/contents", { token: null }), 401, "missing_token");
    },
  ],

  [
    "401: no token for a page that would redirect to the login",
    async ({ ask }) => {
      await refused(await ask("lab", { token: null }), 401, "missing_token");
    },
  ],

  ["403: a handler that says no", readable(403, "failing/forbid")],
  ["404: a known route", readable(404, "api/contents/nothing.txt")],
  ["404: an unknown route", readable(404, "no/such/route")],
  ["405: a method that the route does not have", readable(405, "api/status", { method: "DELETE" })],
  ["500: a handler that crashes", readable(500, "failing/crash")],
];

export const headerSteps = [
  [
    "Last-Modified can be read",
    async ({ ask }) => {
      const { headers } = await ask("api/contents/secret.txt");
      check(Date.parse(headers.get("Last-Modified")), `it is ${headers.get("Last-Modified")}`);
    },
  ],

  [
    "ETag can be read, If-None-Match is honoured",
    async ({ ask }) => {
      const etag = (await ask("api/kernelspecs")).headers.get("ETag");
      check(etag, "no ETag");
      const again = await ask("api/kernelspecs", { headers: { "If-None-Match": etag } });
      equal(again.status, 304, "status");
    },
  ],

  [
    "Range is honoured",
    async ({ ask }) => {
      const response = await ask("files/secret.txt", { headers: { Range: "bytes=4-8" } });
      equal([response.status, await response.text()], [206, "owner"], "status and content");
    },
  ],

  [
    "X-XSRFToken and X-Requested-With may be sent",
    async ({ ask }) => {
      const headers = {
        "X-XSRFToken": "2|a|b|1",
        "X-Requested-With": "XMLHttpRequest",
        ...JSON_TYPE,
      };
      const body = JSON.stringify({ type: "file", format: "text", content: "x" });
      const response = await ask("api/contents/x.txt", { method: "PUT", body, headers });
      equal(response.status, 201, "status");
    },
  ],
];
