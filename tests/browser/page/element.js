// A site with the element, and a fake server that does what the test says.
import { fakeServer } from "../../../js/src/testing.js";

const EVENTS = "connecting connected failed expiring extended lost back ended".split(" ");

const site = {
  /** What the person decides; null is nothing yet. */
  decision: {},
  asked: [],
  events: [],
  /** Everywhere that something could be left. */
  everything() {
    const element = document.querySelector("jupyter-connect");
    return JSON.stringify([
      document.documentElement.outerHTML,
      element.shadowRoot.innerHTML,
      [...element.shadowRoot.querySelectorAll("input")].map(({ value }) => value),
      { ...localStorage },
      { ...sessionStorage },
      history.state,
      location.href,
      site.events,
    ]);
  },
};
/** Keys in the field of the element, as a keyboard sends them: whether they repeat. */
site.presses = (...keys) => {
  const { form, field } = Object.fromEntries(
    ["form", "field"].map((name) => [
      name,
      document.querySelector("jupyter-connect").shadowRoot.querySelector(`.${name}`),
    ]),
  );
  for (const [key, repeat] of keys) {
    const init = { key, repeat, bubbles: true, composed: true, cancelable: true };
    if (field.dispatchEvent(new KeyboardEvent("keydown", init))) form.requestSubmit();
  }
};
window["site"] = site;
const decide = (asked) => {
  site.asked.push(asked);
  return site.decision;
};
site.fake = fakeServer({ decide });
fakeServer({ url: "http://mybox:8888", decide });
for (const type of EVENTS)
  addEventListener(type, (event) => {
    const { connection, error, ...rest } = /** @type {CustomEvent} */ (event).detail;
    site.events.push([type, error?.code ?? connection?.server ?? "", rest]);
    if (type === site.refuses) event.preventDefault();
  });
await import("../../../js/src/element.js");
site.ready = true;
