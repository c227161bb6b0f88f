// Finds out whether a kernel's status is heard.

const MILLISECONDS_TO_PUBLISH = 1000; // answer and status race

/**
 * Asks a kernel for its info until it is heard on both channels: it answers on one, and publishes on
 * the other that it is idle. After a restart, the server connects each of them again, and what was
 * published before is lost. The server asks in this way, too, when a page connects.
 */
export class Nudge {
  #ask;
  #unheard = "";

  /** @param {() => string} ask returns the request's msg_id */
  constructor(ask) {
    this.#ask = ask;
  }

  start() {
    this.#unheard = this.#ask();
  }

  stop() {
    this.#unheard = "";
  }

  /** The kernel published that it is idle. @param {string} [id] of the request */
  published(id) {
    if (id === this.#unheard) this.stop();
  }

  /** The kernel answered. @param {string} [id] of the request */
  answered(id) {
    if (id !== this.#unheard) return;
    setTimeout(() => id === this.#unheard && this.start(), MILLISECONDS_TO_PUBLISH);
  }
}
