// The form that asks for a server, and says why there is no connection.

import { diagnose } from "./connect.js";
import { byId } from "./dom.js";

/**
 * Such as a `ConnectError` or a `ServerError`.
 * @typedef {{message: string, code?: string}} Failure
 */

const form = /** @type {HTMLFormElement} */ (byId("connect"));
const field = /** @type {HTMLInputElement} */ (byId("server"));
const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
const message = byId("connect-message");
const remedy = byId("connect-remedy");
// A limit of this demo: its Content-Security-Policy allows these hosts only.
const REACHABLE = ["localhost", "127.0.0.1"];
const WAITING = "Your server asks you in a separate window. If you closed it, press Connect again.";
// Codes of errors that may have many causes. All others say what is wrong.
const UNEXPLAINED = ["unreachable", "not_found", "wrong_issuer"];

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
  complain({ code, message }) {
    this.#tell("error", code === "access_denied" ? "Not connected: you denied access." : message);
  }

  // No `await` before `connect`: it opens a window, which browsers let a page do in a click only.
  /** @param {string} server */
  async #submit(server) {
    const attempt = ++this.#attempts;
    this.#tell("waiting", WAITING);
    try {
      checkReachable(server);
      await this.connect(server);
    } catch (error) {
      // An attempt ends, with an error, when the next one begins.
      if (attempt !== this.#attempts) return;
      const failure = /** @type {Failure} */ (error);
      this.complain(failure);
      if (UNEXPLAINED.includes(failure.code ?? "")) await this.#explain(server, attempt);
    }
  }

  /**
   * Find the cause, which may take some seconds, and what fixes it.
   * @param {string} server
   * @param {number} attempt
   */
  async #explain(server, attempt) {
    const [cause] = await diagnose(server);
    if (attempt !== this.#attempts || cause?.severity !== "error") return;
    this.#tell("error", `${cause.what} ${cause.why}`);
    remedy.textContent = cause.fix;
    remedy.hidden = false;
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
  if (!URL.canParse(server) || REACHABLE.includes(new URL(server).hostname)) return;
  throw new Error(
    `This demo connects to servers on this machine only, at ${REACHABLE.join(" or ")}.`,
  );
}
