// The kernels of a fake server, and the sessions that lead to them.

import { json, missing } from "./answers.js";
import { newKernel } from "./kernels.js";

/**
 * @typedef {import("./kernels.js").FakeKernel} FakeKernel
 * @typedef {{path: string, name: string, type: string, kernel: FakeKernel}} About
 * @typedef {About & {id: string}} FakeSession
 */

/** As older clients read it, too. @param {About} about */
const described = (about) => ({
  ...about,
  ...(about.type === "notebook" && { notebook: { path: about.path, name: about.name } }),
});

export class FakeSessions {
  /** What runs. @type {FakeKernel[]} */
  kernels = [];
  /** @type {FakeSession[]} */
  #sessions = [];

  /** @param {string} method @param {string[]} path @param {{name?: string} | null} body */
  kernel(method, [id, action], body) {
    if (!id && method === "POST") return json(this.#start(body?.name), 201);
    if (!id) return json(this.kernels);
    const kernel = this.kernels.find((each) => each.id === id);
    if (!kernel) return missing("The kernel");
    if (action) return json(action === "restart" ? kernel : null, action === "restart" ? 200 : 204);
    if (method !== "DELETE") return json(kernel);
    this.kernels = this.kernels.filter((each) => each !== kernel);
    this.#sessions = this.#sessions.filter((each) => each.kernel !== kernel);
    return json(null, 204);
  }

  /** @param {string} method @param {string[]} path @param {any} body */
  session(method, [id], body) {
    if (!id && method === "POST") return this.#open(body);
    if (!id) return json(this.#sessions);
    const session = this.#sessions.find((each) => each.id === id);
    if (!session) return missing("The session");
    if (method === "DELETE") return this.kernel("DELETE", [session.kernel.id], null);
    if (method === "PATCH") {
      const { path = session.path, name = session.name, type = session.type } = body;
      const kernel = body.kernel ? this.#kernelFor(body.kernel) : session.kernel;
      Object.assign(session, described({ path, name, type, kernel }));
    }
    return json(session);
  }

  /** That of the path, if there is one. @param {any} body */
  #open({ path = "", name = "", type = "", kernel = {} }) {
    const known = this.#sessions.find((each) => each.path === path);
    if (known) return json(known, 201);
    const about = described({ path, name, type, kernel: this.#kernelFor(kernel) });
    const session = { id: crypto.randomUUID(), ...about };
    this.#sessions.push(session);
    return json(session, 201);
  }

  /** @param {{id?: string, name?: string}} asked */
  #kernelFor({ id, name }) {
    return this.kernels.find((each) => each.id === id) ?? this.#start(name);
  }

  /** @param {string} [name] */
  #start(name) {
    const started = newKernel(name);
    this.kernels.push(started);
    return started;
  }
}
