// A page with a grant token: what its scopes cover works, the rest is refused in words.
import { connect, tokenProtocols } from "./connection.js";
import { contentsSteps } from "./contents_steps.js";
import { kernelSteps } from "./kernel_steps.js";
import { errorSteps, headerSteps, serverSteps } from "./server_steps.js";
import { check, equal, provideSteps } from "./steps.js";

// What needs more than `run`: a resource that the bundle has not, or a handler that declares none.
const BEYOND_RUN = [
  "/metrics",
  "terminal",
  "403: a handler that says no",
  "404: an unknown route",
  "405: a method that the route does not have",
  "500: a handler that crashes",
];

const JSON_TYPE = { "Content-Type": "application/json" };

const refusal =
  (status, error, reason, path, init) =>
  async ({ ask }) => {
    const response = await ask(path, init);
    equal(response.status, status, `status of ${path}`);
    const body = await response.json();
    equal([body.error, body.reason], [error, reason], `refusal of ${path}`);
    check(body.message.length > 10, "it says nothing");
    check(response.headers.get("WWW-Authenticate").includes(error), "no challenge");
  };

const send = (method, body = {}) => ({ method, body: JSON.stringify(body), headers: JSON_TYPE });

const beyond = (scope, path, init = {}) => [
  `${init.method ?? "GET"} ${path} needs ${scope || "more"}`,
  refusal(403, "insufficient_scope", "scope_missing", path, init),
];

const outOfReach = (path, init) => [
  `nobody's: ${path}`,
  refusal(403, "insufficient_scope", "out_of_reach", path, init),
];

// Resolves with whether the socket opened, and leaves it closed.
function opens(server, path, token) {
  return new Promise((resolve) => {
    const socket = new WebSocket(server.replace(/^http/, "ws") + path, tokenProtocols(token));
    socket.onopen = () => {
      socket.close();
      resolve(true);
    };
    socket.onerror = () => resolve(false);
  });
}

const closed = (path) => [
  `no socket at ${path}`,
  async ({ server, token }) => {
    check(!(await opens(server, path, token)), "it opened");
  },
];

const readable = (path) => [
  `reads ${path}`,
  async ({ ask }) => {
    const response = await ask(path);
    equal(response.status, 200, "status");
    check((await response.text()).length > 0, "nothing");
  },
];

const SCRIPT = { type: "file", format: "text", content: "print(1)" };

const KINDS = {
  run: [
    ...[...serverSteps, ...contentsSteps, ...kernelSteps, ...errorSteps, ...headerSteps].filter(
      ([name]) => !BEYOND_RUN.includes(String(name)),
    ),
    beyond("terminals:write", "api/terminals", send("POST")),
    beyond("full", "failing/crash"),
    outOfReach("api/shutdown", send("POST")),
    outOfReach("api/config/notebook", send("PATCH", { a: 1 })),
    closed("terminals/websocket/1"),
  ],
  view: [
    readable("api/contents"),
    readable("api/contents/secret.txt?content=1"),
    readable("files/secret.txt"),
    readable("api/status"),
    readable("api/kernelspecs"),
    readable("api/kernels"),
    readable("api/sessions"),
    readable("api/terminals"),
    readable("api/me"),
    beyond("contents:write", "api/contents/evil.py", send("PUT", SCRIPT)),
    beyond("contents:write", "api/contents/victim.txt", { method: "DELETE" }),
    beyond("contents:write", "api/contents/victim.txt", send("PATCH", { path: "gone.txt" })),
    beyond("contents:write", "api/contents", send("POST")),
    beyond("kernels:write", "api/kernels", send("POST")),
    beyond("sessions:write", "api/sessions", send("POST")),
    beyond("terminals:write", "api/terminals", send("POST")),
    beyond("nbconvert:read", "nbconvert/html/sample.ipynb"),
    beyond("config:read", "api/config/notebook"),
    beyond("full", "failing/crash"),
    outOfReach("api/shutdown", send("POST")),
    outOfReach("logout", send("POST")),
    closed("api/events/subscribe"),
    closed("terminals/websocket/1"),
  ],
  stranger: [
    ["reading", refusal(401, "invalid_token", "wrong_origin", "api/contents")],
    [
      "writing",
      refusal(401, "invalid_token", "wrong_origin", "api/contents/evil.py", send("PUT", SCRIPT)),
    ],
    ["starting", refusal(401, "invalid_token", "wrong_origin", "api/kernels", send("POST"))],
    closed("api/events/subscribe"),
  ],
};

provideSteps(
  ({ kind }) => KINDS[kind],
  ({ kind, ...given }) => (kind === "run" ? connect(given) : lightly(given)),
);

// Without the client library's managers, which ask for all sorts of things by themselves.
function lightly({ server, token }) {
  const ask = (path, { headers = {}, ...init } = {}) =>
    fetch(server + path, {
      credentials: "omit",
      ...init,
      headers: { Authorization: `Bearer ${token}`, ...headers },
    });
  return { server, token, ask, opened: [] };
}
