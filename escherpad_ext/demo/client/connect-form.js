// The form that asks for a server, and says why there is no connection.

import { readAddress, TOKEN_DROPPED } from "./connect.js";
import { byId } from "./dom.js";

/**
 * Such as a `ConnectError` or a `ServerError`. `finding` has the cause and the fix.
 * @typedef {{message: string, code?: string, finding?: import("./connect.js").Finding | null}} Failure
 */

const form = /** @type {HTMLFormElement} */ (byId("connect"));
const field = /** @type {HTMLInputElement} */ (byId("server"));
const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
const message = byId("connect-message");
const remedy = byId("connect-remedy");
// A limit of this demo: its Content-Security-Policy allows these hosts only.
const REACHABLE = ["localhost", "127.0.0.1"];
const WAITING = "Your server asks you in a separate window. If you closed it, press Connect again.";

export class ConnectForm {
  #attempts = 0;

  /** @param {(server: string) => Promise<void>} connect rejects with what people should read */
  constructor(connect) {
    this.connect = connect;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(field.value.trim());
    });
  }

  /** @param {string} server its address  @param {string} [news] why people see the form */
  show(server, news = "", { mayChange = true } = {}) {
    field.value = server;
    field.readOnly = !mayChange;
    form.hidden = false;
    this.#tell("news", news);
    if (news) button.focus();
  }

  hide() {
    this.#attempts++;
    form.hidden = true;
  }

  /** @param {Failure} failure */
  complain({ code, message, finding }) {
    if (code === "access_denied") this.#tell("error", "Not connected: you denied access.");
    else if (finding?.severity !== "error") this.#tell("error", message);
    else {
      this.#tell("error", `${finding.what} ${finding.why}`);
      remedy.textContent = finding.fix;
      remedy.hidden = false;
    }
  }

  // No `await` before `connect`: it opens a window, which browsers let a page do in a click only.
  /** @param {string} server */
  async #submit(server) {
    const attempt = ++this.#attempts;
    const address = readAddress(server);
    field.value = address?.server ?? server.replace(/[?#].*/, ""); // a pasted token does not stay
    this.#tell("waiting", address?.hadToken ? `${TOKEN_DROPPED} ${WAITING}` : WAITING);
    try {
      if (address) checkReachable(address.server);
      await this.connect(server);
    } catch (error) {
      // An attempt ends, with an error, when the next one begins.
      if (attempt !== this.#attempts) return;
      this.complain(/** @type {Failure} */ (error));
    }
  }

  /** @param {"news" | "waiting" | "error"} kind @param {string} text */
  #tell(kind, text) {
    message.dataset.kind = kind;
    message.textContent = text;
    remedy.hidden = true;
  }
}

/** @param {string} server */
function checkReachable(server) {
  if (REACHABLE.includes(new URL(server).hostname)) return;
  throw new Error(
    `This demo connects to servers on this machine only, at ${REACHABLE.join(" or ")}.`,
  );
}
