// What a kernel publishes can get lost between it and the server; this page loses it on purpose.

/** In the page, before its scripts: while `window.losing`, it does not hear how its info is served. */
export function canLoseStatus() {
  const { set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
  const isLost = ({ data }) => {
    const text = typeof data === "string" ? data : new TextDecoder("latin1").decode(data);
    return ["execution_state", "kernel_info_request"].every((part) => text.includes(part));
  };
  Object.defineProperty(WebSocket.prototype, "onmessage", {
    set(receive) {
      set.call(this, (event) => {
        if (window["losing"] && isLost(event)) window["lost"] += 1;
        else receive(event);
      });
    },
  });
}

/** Do something; until the page has lost that its kernel is busy and idle, it hears neither. */
export async function withLostStatus(page, act) {
  await page.evaluate(() => Object.assign(window, { losing: true, lost: 0 }));
  await act();
  await page.waitForFunction(() => window["lost"] >= 2);
  await page.evaluate(() => (window["losing"] = false));
}
