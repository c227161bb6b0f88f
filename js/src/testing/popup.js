// The window that the library opens, where nobody is asked: a function of yours decides.

import { NAME } from "../storage.js";

/**
 * @param {(url: URL) => Promise<URLSearchParams | null>} decide what the server answers, or null
 *   if it never does
 */
export function fakePopup(decide) {
  const popup = {
    closed: false,
    opener: null,
    document: { title: "", documentElement: { lang: "" }, body: { textContent: "" } },
    close: () => void (popup.closed = true),
    location: {
      /** @param {string} address */
      async assign(address) {
        const url = new URL(address);
        const answer = await decide(url);
        if (answer && !popup.closed) answerTo(url.searchParams.get("state") ?? "", answer);
      },
    },
  };
  return popup;
}

/** As the page that a person returns to. @param {string} state @param {URLSearchParams} answer */
function answerTo(state, answer) {
  const channel = new BroadcastChannel(NAME + state);
  channel.onmessage = () => channel.close();
  channel.postMessage(`?${answer}`);
}
