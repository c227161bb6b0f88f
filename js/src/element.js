// <jupyter-connect>: the button, the field, and all that a person sees of a connection.
//
//   <jupyter-connect scope="run"></jupyter-connect>
//   element.addEventListener("connected", ({ detail }) => start(detail.connection));

import { connect, ConnectError, readAddress, resume } from "./connect.js";
import { askedBy, nameOf } from "./element/attributes.js";
import { Attempts } from "./element/attempts.js";
import * as messages from "./element/message.js";
import { dropTokens, withoutSecrets } from "./element/pasted.js";
import { forgetAll, lastOf, remember, remembered, setLast } from "./element/servers.js";
import { onlyOnce } from "./element/presses.js";
import { style } from "./element/style.js";
import { languageOf, Speech } from "./element/texts.js";
import { label, makeView, showConnection, showServers } from "./element/view.js";

/**
 * @typedef {import("./connect.js").Connection} Connection
 * @typedef {import("./element/texts.js").Texts} Texts
 * @typedef {"expiring" | "extended" | "lost" | "back" | "ended"} Change
 */

/** @type {Change[]} */
const CHANGES = ["expiring", "extended", "lost", "back", "ended"];

// There is nothing to extend where a site is built.
const Base = /** @type {typeof HTMLElement} */ (globalThis.HTMLElement ?? class {});

/**
 * Attributes: `server`, the address at first; `scope`, "run" by default; `folder`; `mode`, "popup"
 * or "page"; `lang`.
 *
 * Events, which bubble: "connecting" (the page may prevent it), "connected", "failed" with
 * `detail.error`, and those of the connection: "expiring", "extended", "lost", "back", "ended".
 * `detail.connection` is the connection.
 */
export class JupyterConnect extends Base {
  static observedAttributes = ["server", "lang"];
  /** Headers of all requests, as those of `connect`. @type {Record<string, string> | undefined} */
  headers = undefined;
  /** @type {Connection | null} */
  #connection = null;
  #attempts = new Attempts();
  #listening = new AbortController();
  #isExpiring = false;
  /** @type {Partial<Texts>} */
  #texts = {};
  #said = messages.NOTHING;
  #view = makeView();

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    style(root);
    root.append(this.#view.panel);
    this.#listen();
  }

  /** The connection that lives, or null. */
  get connection() {
    return this.#connection;
  }

  /** Words of your own, in place of those of the language. @type {Partial<Texts>} */
  get texts() {
    return this.#texts;
  }

  set texts(texts) {
    this.#texts = { ...texts };
    this.#draw();
  }

  connectedCallback() {
    const { field } = this.#view;
    field.value ||= lastOf(nameOf(this)) ?? this.getAttribute("server") ?? remembered()[0] ?? "";
    this.#draw();
    if (this.#connection) this.#hearOf(this.#connection);
    else this.#resume();
  }

  disconnectedCallback() {
    this.#listening.abort();
    // Not if it is only moved.
    queueMicrotask(() => this.isConnected || this.#attempts.giveUp());
  }

  /** @param {string} name @param {string | null} _ @param {string | null} value */
  attributeChangedCallback(name, _, value) {
    if (name === "server" && value !== null) this.#setServer(value);
    else if (this.isConnected) this.#draw();
  }

  /** Connect to the server in the field, or to this one. Call it in a click. @param {string} [server] */
  async connect(server = this.#view.field.value) {
    const { text, hadToken } = withoutSecrets(server);
    const known = readAddress(server)?.server;
    this.#view.field.value = text;
    if (known && !this.#tell("connecting", { server: known }))
      return this.#say(messages.problem("elsewhere"));
    if (known) setLast(nameOf(this), known);
    const options = { server, headers: this.headers, ...askedBy(this) };
    await this.#ask(
      (signal) => connect({ ...options, signal }),
      hadToken ? messages.words("token", "waiting") : messages.words("waiting"),
    );
  }

  /** Ask for more time. Call it in a click. */
  async extend() {
    const connection = this.#connection;
    await this.#ask(async (signal) => {
      await connection?.extend({ mode: askedBy(this).mode, signal });
      return connection;
    });
  }

  /** End the connection. */
  async disconnect() {
    await this.#connection?.disconnect().catch((error) => {
      const { says } = messages.failure(error);
      this.#say({ says: (speech) => `${speech.say("kept")} ${says(speech)}`, isError: true });
    });
  }

  /** @param {string} server */
  #setServer(server) {
    const { text } = withoutSecrets(server);
    if (text !== server) return this.setAttribute("server", text); // comes here again
    if (!this.#connection && !this.#attempts.isWaiting) this.#view.field.value = text;
  }

  #listen() {
    onlyOnce(this.#view.panel);
    const { panel, form, field, forget, extend, disconnect, copy, cancel } = this.#view;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.connect();
    });
    dropTokens(field, () => this.#say(messages.words("token")));
    forget.addEventListener("click", () => this.#forget());
    extend.addEventListener("click", () => this.extend());
    disconnect.addEventListener("click", () => this.disconnect());
    copy.addEventListener("click", () => this.#copy());
    cancel.addEventListener("click", () => this.#attempts.cancel());
    panel.addEventListener("keydown", ({ key }) => key === "Escape" && this.#attempts.cancel());
  }

  #forget() {
    forgetAll();
    this.#draw();
  }

  async #copy() {
    const { fix } = this.#said;
    if (await messages.copyFix(this.#view)) this.#say({ ...messages.words("copied"), fix });
  }

  async #resume() {
    const server = lastOf(nameOf(this)) ?? readAddress(this.getAttribute("server") ?? "")?.server;
    const found = await resume(server).catch((error) => this.#fail(error));
    if (found && this.isConnected && !this.#connection && !this.#attempts.isWaiting)
      this.#use(found);
  }

  /** @param {(signal: AbortSignal) => Promise<Connection | null>} begin */
  async #ask(begin, waiting = messages.words("waiting")) {
    const asked = this.#attempts.run(begin);
    this.#say(waiting);
    const outcome = await asked;
    if (outcome?.error) this.#fail(outcome.error);
    else if (outcome?.connection && outcome.connection !== this.#connection)
      this.#use(outcome.connection);
    else if (outcome) this.#draw();
  }

  /** @param {unknown} error */
  #fail(error) {
    const known = error instanceof ConnectError ? error : new ConnectError("unexpected");
    this.#say(messages.failure(known));
    this.#tell("failed", { error: known });
  }

  /** @param {Connection} connection */
  #use(connection) {
    this.#connection = connection;
    this.#isExpiring = false;
    this.#hearOf(connection);
    remember(connection.server);
    setLast(nameOf(this), connection.server);
    this.#view.field.value = connection.server;
    this.#say(connection.lost ? messages.problem("lost") : messages.NOTHING);
    this.#tell("connected", { connection });
  }

  /** @param {Connection} connection */
  #hearOf(connection) {
    this.#listening.abort();
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    for (const type of CHANGES)
      connection.addEventListener(type, () => this.#hear(type, connection), { signal });
    if (connection.ended) this.#hear("ended", connection); // while it was not in the page
  }

  /** @param {Change} type @param {Connection} connection */
  #hear(type, connection) {
    if (type === "expiring") this.#isExpiring = true;
    if (type === "extended") this.#isExpiring = false;
    if (type === "ended") {
      this.#connection = null;
      this.#listening.abort();
      this.#attempts.giveUp();
    }
    this.#say(messages.change(type, connection));
    this.#tell(type, { connection });
  }

  /** Whether the page lets it go on. @param {string} type @param {object} detail */
  #tell(type, detail) {
    const init = { bubbles: true, composed: true, cancelable: type === "connecting", detail };
    return this.dispatchEvent(new CustomEvent(type, init));
  }

  /** @param {import("./element/message.js").Said} said */
  #say(said) {
    this.#said = said;
    this.#draw();
  }

  #draw() {
    const [view, connection] = [this.#view, this.#connection];
    const speech = new Speech(languageOf(this), this.#texts, () => this.#draw());
    const focused = this.shadowRoot?.activeElement;
    label(view, speech);
    view.connect.textContent = speech.say(this.#attempts.isWaiting ? "again" : "connect");
    view.form.hidden = Boolean(connection);
    view.connection.hidden = !connection;
    view.cancel.hidden = !this.#attempts.isWaiting;
    view.extend.hidden = !this.#isExpiring;
    showServers(view, remembered(), (server) => this.connect(server));
    if (connection) showConnection(view, connection, speech);
    messages.showMessage(view, this.#said, speech);
    // What had the focus is gone: it stays here, and not on what ends a connection.
    if (focused && (!focused.isConnected || focused.closest("[hidden]")))
      (connection ? view.connection : view.connect).focus();
  }
}

if (globalThis.customElements && !customElements.get("jupyter-connect"))
  customElements.define("jupyter-connect", JupyterConnect);
