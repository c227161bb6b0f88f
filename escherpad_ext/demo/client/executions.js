// Code that was sent to a kernel: what it has come to.

/** @typedef {import("./messages.js").Message} Message */

/**
 * How code ended. "aborted": it did not run, since other code failed before. "stopped": the kernel
 * stopped. "lost": it ran while there was no connection, so some of its output may be missing.
 * @typedef {{status: "ok"|"error"|"aborted"|"stopped"|"lost",
 *   execution_count?: number | null}} Reply
 *
 * @typedef {{onOutput?: (message: Message) => void,
 *   onInput?: (prompt: string, password: boolean) => Promise<string>}} Handlers
 * @typedef {{handlers: Handlers, resolve: (reply: Reply) => void, reply?: Reply,
 *   idle?: boolean}} Execution
 */

export class Executions {
  /** @type {Map<string | undefined, Execution>} */
  #requests = new Map(); // by msg_id; kept when done, since a thread may print later
  /** @type {{id: string, earlier: string[]}} a request, and those that are answered before it */
  #checkpoint = { id: "", earlier: [] };

  /**
   * @param {string} id
   * @param {Handlers} handlers
   * @returns {Promise<Reply>} when the code is done and all its output is there
   */
  add(id, handlers) {
    return new Promise((resolve) => this.#requests.set(id, { handlers, resolve }));
  }

  /** @param {string} [id] */
  handlers(id) {
    return this.#requests.get(id)?.handlers;
  }

  /**
   * An execution is done when both its reply and its "idle" came; they race.
   * @param {string | undefined} id
   * @param {{reply?: Reply, idle?: boolean}} news
   */
  settle(id, news) {
    const request = this.#requests.get(id);
    if (!request) return;
    Object.assign(request, news);
    if (request.reply && request.idle) request.resolve(request.reply);
  }

  /**
   * Another request is sent after these.
   * @param {string} id
   * @param {Map<string, unknown>} unsent
   */
  mark(id, unsent) {
    const earlier = [...this.#requests.keys()].filter((sent) => sent && !unsent.has(sent));
    this.#checkpoint = { id, earlier: /** @type {string[]} */ (earlier) };
  }

  /**
   * A kernel answers in turn. So if the answer to the marked request is here and that to an earlier
   * one is not, it was lost with the connection.
   * @param {string} [id] which request was answered
   */
  settleEarlier(id) {
    if (id !== this.#checkpoint.id) return;
    for (const each of this.#checkpoint.earlier) {
      const request = this.#requests.get(each);
      request?.resolve(request.reply ?? { status: "lost" });
    }
  }

  /**
   * This page will not see them end.
   * @param {"stopped" | "lost"} status
   */
  stopAll(status) {
    for (const { resolve } of this.#requests.values()) resolve({ status });
    this.#requests.clear();
  }
}
