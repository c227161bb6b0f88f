// Finds out when a server does not answer, and when it answers again.

import { ServerError } from "./jupyter.js";

const MILLISECONDS_QUIET = 5000; // without a sign of life, we ask
const MILLISECONDS_TO_ANSWER = 5000;
const LONGEST_WAIT = 5000;

/**
 * @typedef {{onSilence: () => void, onAnswer: (answer: any) => void,
 *   onRefusal: (error: ServerError) => void}} Handlers `onAnswer` comes after `onSilence` only
 */

export class Heartbeat {
  #ask;
  #handlers;
  #isSilent = false;
  #isStopped = false;
  #lastHeard = Date.now();
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #expecting;

  /**
   * @param {(signal: AbortSignal) => Promise<any>} ask rejects with `ServerError`
   * @param {Handlers} handlers
   */
  constructor(ask, handlers) {
    this.#ask = ask;
    this.#handlers = handlers;
    this.#wait(MILLISECONDS_QUIET);
  }

  /** There is a sign of life: no need to ask for a while. */
  hear() {
    this.#lastHeard = Date.now();
    this.#failures = 0;
    clearTimeout(this.#expecting);
    if (this.#isSilent) this.hurry();
  }

  /** There is a reason to believe that the server is gone. */
  doubt() {
    if (this.#isStopped) return;
    if (!this.#isSilent) this.#fallSilent();
    this.#wait(this.#pause());
  }

  /** Ask at once. */
  hurry() {
    if (!this.#isStopped) this.#wait(0);
  }

  /**
   * Do something if nothing is heard for a while.
   * @param {() => void} otherwise
   */
  expect(otherwise) {
    clearTimeout(this.#expecting);
    this.#expecting = setTimeout(otherwise, MILLISECONDS_TO_ANSWER);
  }

  stop() {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#expecting);
  }

  /** @param {number} milliseconds */
  #wait(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), milliseconds);
  }

  #pause() {
    return Math.min(500 * 2 ** this.#failures++, LONGEST_WAIT);
  }

  #fallSilent() {
    this.#isSilent = true;
    this.#handlers.onSilence();
  }

  async #look() {
    const isQuiet = Date.now() - this.#lastHeard >= MILLISECONDS_QUIET;
    if (!this.#isSilent && (!isQuiet || document.hidden)) return this.#wait(MILLISECONDS_QUIET);
    try {
      const answer = await this.#ask(AbortSignal.timeout(MILLISECONDS_TO_ANSWER));
      if (this.#isStopped) return;
      if (this.#isSilent) this.#handlers.onAnswer(answer);
      this.#isSilent = false;
      this.#wait(MILLISECONDS_QUIET);
    } catch (error) {
      if (!this.#isStopped) this.#fail(/** @type {ServerError} */ (error));
    }
  }

  /** @param {ServerError} error */
  #fail(error) {
    // 5xx is a proxy's answer while the server is down.
    if (error.status > 0 && error.status < 500) return this.#handlers.onRefusal(error);
    this.doubt();
  }
}
