// Tabs of one site share their connections: a tab that has one hands it over.

import { NAME } from "./storage.js";

/** @typedef {import("./connection.js").Grant} Grant */

const MILLISECONDS_TO_ANSWER = 300;

/**
 * Talk to the other tabs of this site. Only pages of the same origin hear it.
 * @param {{has: (server?: string) => Grant | undefined, renewed: (grant: Grant) => void,
 *   ended: (token: string) => void}} tab what this tab has, and what it does when it hears that a
 *   grant has a new token or has ended
 */
export function tabs({ has, renewed, ended }) {
  const channel = new BroadcastChannel(`${NAME}tabs`);
  /** Those who wait for an answer, by what they ask with. @type {Map<string, (grant: Grant) => void>} */
  const waiting = new Map();
  channel.onmessage = ({ data }) => {
    const grant = data.ask && has(data.server);
    if (grant) channel.postMessage({ answer: data.ask, grant });
    if (data.answer) waiting.get(data.answer)?.(data.grant);
    if (data.renewed) renewed(data.renewed);
    if (data.ended) ended(data.ended);
  };
  return {
    /** @param {string} [server] @returns {Promise<Grant | undefined>} what another tab has */
    ask(server) {
      const id = crypto.randomUUID(); // several servers may be asked for at once
      channel.postMessage({ ask: id, server });
      return new Promise((resolve) => {
        waiting.set(id, resolve);
        setTimeout(() => (waiting.delete(id), resolve(undefined)), MILLISECONDS_TO_ANSWER);
      });
    },
    /** @param {Grant} grant */
    tellRenewed: (grant) => channel.postMessage({ renewed: grant }),
    /** @param {string} token */
    tellEnded: (token) => channel.postMessage({ ended: token }),
  };
}
