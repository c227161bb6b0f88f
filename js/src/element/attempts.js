// Attempts to connect or to extend: one waits at a time, and the next one ends it.

/** @typedef {import("../connect.js").Connection} Connection */
/** @typedef {{connection?: Connection | null, error?: unknown}} Outcome */

export class Attempts {
  /** @type {AbortController | null} */
  #waiting = null;

  get isWaiting() {
    return Boolean(this.#waiting);
  }

  /**
   * Resolves with undefined if nobody waits for it any more.
   * @param {(signal: AbortSignal) => Promise<Connection | null>} begin is called at once: it may
   *   open a window, which browsers let a page do in a click only
   * @returns {Promise<Outcome | undefined>}
   */
  async run(begin) {
    const attempt = new AbortController();
    const asked = begin(attempt.signal);
    this.#waiting = attempt;
    const outcome = await asked.then(
      (connection) => ({ connection }),
      (error) => ({ error }),
    );
    if (attempt !== this.#waiting) return;
    this.#waiting = null;
    return outcome;
  }

  /** End it, and hear that it was canceled. */
  cancel() {
    this.#waiting?.abort();
  }

  /** End it, and hear nothing. */
  giveUp() {
    const attempt = this.#waiting;
    this.#waiting = null;
    attempt?.abort();
  }
}
