// fetch, XMLHttpRequest and sendBeacon, with every kind of credential.
import { READS, withToken, writes } from "./attack_targets.js";

// name → [url, init] of a request that carries that credential.
const CREDENTIALS = {
  cookie: (url) => [url, { credentials: "include" }],
  header: (url, { token }) => [url, { headers: { Authorization: `token ${token}` } }],
  url: (url, given) => [withToken(url, given), {}],
  everything: (url, given) => [
    withToken(url, given),
    {
      credentials: "include",
      headers: { Authorization: `Bearer ${given.token}`, "X-XSRFToken": given.xsrf },
    },
  ],
};

// What could be read of a response: all of it, or nothing where the browser hides it.
async function readable(response) {
  if (response.type === "opaque" || response.type === "opaqueredirect") return "";
  return `${response.status} ${(await response.text()).slice(0, 80)}`;
}

const blocked = () => "";

async function tryFetch(method, path, body, credential, mode, given) {
  const [url, { headers, ...init }] = CREDENTIALS[credential](given.server + path, given);
  const json = body === undefined ? undefined : JSON.stringify(body);
  return fetch(url, { ...init, method, mode, headers: { ...headers }, body: json })
    .then(readable)
    .catch(blocked);
}

function tryXhr(method, path, body, given) {
  const xhr = new XMLHttpRequest();
  xhr.open(method, withToken(given.server + path, given));
  xhr.withCredentials = true;
  return new Promise((resolve) => {
    xhr.onload = () => resolve(`${xhr.status} ${xhr.responseText.slice(0, 80)}`);
    xhr.onerror = () => resolve("");
    xhr.send(body === undefined ? null : JSON.stringify(body));
  });
}

function fetchAttempts(mode, given) {
  return Object.keys(CREDENTIALS).flatMap((credential) => {
    const requests = [
      ...READS.map((path) => ["GET", path]),
      ...writes(given, `${mode}-${credential}`),
    ];
    return requests.map(([method, path, body]) => [
      `fetch ${mode} ${credential}: ${method} ${path}`,
      () => tryFetch(method, path, body, credential, mode, given),
    ]);
  });
}

function xhrAttempts(given) {
  const requests = [...READS.map((path) => ["GET", path]), ...writes(given, "xhr")];
  return requests.map(([method, path, body]) => [
    `XMLHttpRequest: ${method} ${path}`,
    () => tryXhr(method, path, body, given),
  ]);
}

function beaconAttempts(given) {
  const posts = writes(given, "beacon").filter(([method]) => method === "POST");
  return posts.map(([, path, body]) => [
    `sendBeacon: ${path}`,
    async () =>
      void navigator.sendBeacon(withToken(given.server + path, given), JSON.stringify(body ?? {})),
  ]);
}

export function requestAttempts(given) {
  return [
    ...fetchAttempts("cors", given),
    ...fetchAttempts("no-cors", given),
    ...xhrAttempts(given),
    ...beaconAttempts(given),
  ];
}
