// Sees what the page's scripts send and open. Imported first, so that they find these instead of the browser's own.
export const witness = { forms: [], channels: [], opened: [] };

const { fetch, BroadcastChannel, WebSocket } = window;

window.fetch = (input, init) => {
  if (init?.body instanceof URLSearchParams) witness.forms.push(Object.fromEntries(init.body));
  return fetch(input, init);
};

window.BroadcastChannel = class extends BroadcastChannel {
  constructor(name) {
    super(name);
    if (!name.endsWith(":tabs")) witness.channels.push(name); // that one has no secret name
  }
};

window.WebSocket = class extends WebSocket {
  constructor(url, protocols) {
    super(url, protocols);
    witness.opened.push(this);
  }
};

// A popup is gone before anybody can look at it.
if (location.search) {
  const seen = JSON.parse(localStorage.getItem("callbacks") ?? "[]");
  localStorage.setItem("callbacks", JSON.stringify([...seen, document.referrer]));
}

/** What this page has sent and listened to, that nobody but the two may ever see. */
export function sent() {
  const values = witness.forms.flatMap((form) => [form.code, form.code_verifier, form.token]);
  return [...values, ...witness.channels.map((name) => name.split(":").pop())].filter(Boolean);
}

/** The same of all pages of this site, also of those that are gone. */
export function secrets() {
  const all = [...JSON.parse(localStorage.getItem("secrets") ?? "[]"), ...sent()];
  localStorage.setItem("secrets", JSON.stringify([...new Set(all)]));
  return all;
}

addEventListener("pagehide", secrets);
