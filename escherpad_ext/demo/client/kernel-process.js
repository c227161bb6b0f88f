// Notices when a kernel is another process than before.

/**
 * The session in the header of what a kernel sends names its process. The server tells of a restart
 * only those who are connected at that moment; whoever reconnects later finds another session:
 * https://jupyter-client.readthedocs.io/en/stable/messaging.html#general-message-format
 */
export class KernelProcess {
  #own;
  #current = "";
  /** @type {Set<string>} */
  #ended = new Set(); // what they sent last may come late

  /** @param {string} own the session of this page, which the server uses in its own messages */
  constructor(own) {
    this.#own = own;
  }

  /**
   * Return whether a message is the first of a process that was not expected.
   * @param {import("./messages.js").Message} message
   */
  isAnother({ header: { session }, parent_header }) {
    // Some kernels repeat the session of the request instead of having one.
    if (!session || session === this.#own || session === parent_header.session) return false;
    if (session === this.#current || this.#ended.has(session)) return false;
    const isExpected = this.#current === "";
    this.expectAnother();
    this.#current = session;
    return !isExpected;
  }

  /** It is restarted, and this page knows. */
  expectAnother() {
    if (this.#current) this.#ended.add(this.#current);
    this.#current = "";
  }
}
