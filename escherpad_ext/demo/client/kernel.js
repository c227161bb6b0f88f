// A running kernel: messages over one WebSocket, and what they mean.

import { ServerError } from "./jupyter.js";

// With this code the server closes sockets whose token has expired or was revoked.
const TOKEN_ENDED = 4401;

/**
 * A message of a kernel: https://jupyter-client.readthedocs.io/en/stable/messaging.html
 * @typedef {{channel: string, header: {msg_id: string, msg_type: string},
 *   parent_header: {msg_id?: string}, metadata: object, content: any,
 *   buffers: (DataView|ArrayBuffer)[]}} Message
 */

/**
 * How code ended.
 * @typedef {{status: "ok"|"error"|"aborted", execution_count?: number | null}} Reply
 * @typedef {{onOutput?: (message: Message) => void,
 *   onInput?: (prompt: string, password: boolean) => Promise<string>}} Handlers
 * @typedef {{handlers: Handlers, resolve: (reply: Reply) => void, reply?: Reply,
 *   idle?: boolean}} Execution
 */

/**
 * A running kernel. Its `status` is "connecting", "starting", "idle", "busy", "restarting",
 * "disconnected" or "dead"; a "status" event reports a change. An "error" event has the
 * `ServerError` that ended it in `detail`.
 */
export class Kernel extends EventTarget {
  status = "connecting";
  #server;
  #socket;
  /** @type {string[]} */
  #outbox = [];
  /** @type {Map<string | undefined, Execution>} */
  #requests = new Map(); // by msg_id; kept when done, since a thread may print later
  #session = crypto.randomUUID(); // the same one after a reconnect gets what was missed
  #retries = 0;
  #closed = false;
  #isRestarting = false;

  /**
   * Connect to a notebook's kernel, which is started if it does not run yet.
   * @param {import("./jupyter.js").JupyterServer} server
   * @param {string} path the notebook's
   * @param {string} kernelName one of `server.kernelspecs()`
   */
  static async open(server, path, kernelName) {
    const name = path.split("/").pop();
    const body = { path, name, type: "notebook", kernel: { name: kernelName } };
    const session = await server.request("api/sessions", { method: "POST", body });
    return new Kernel(server, session.kernel);
  }

  /**
   * @param {import("./jupyter.js").JupyterServer} server
   * @param {{id: string, name: string, execution_state: string}} kernel as the server describes it
   */
  constructor(server, { id, name, execution_state }) {
    super();
    this.#server = server;
    this.id = id;
    this.name = name;
    if (execution_state === "busy") this.status = "busy"; // it answers only when it has finished
    this.#socket = this.#connect();
  }

  /**
   * Run code.
   * @param {string} code
   * @param {Handlers} [handlers]
   * @returns {Promise<Reply>} when the code is done and all its output is there
   */
  execute(code, handlers = {}) {
    const content = { code, silent: false, store_history: true, allow_stdin: true };
    const id = this.#send("shell", "execute_request", { ...content, stop_on_error: true });
    return new Promise((resolve) => this.#requests.set(id, { handlers, resolve }));
  }

  interrupt() {
    return this.#server.request(`api/kernels/${this.id}/interrupt`, { method: "POST" });
  }

  async restart() {
    this.#setStatus("restarting");
    this.#isRestarting = true; // the old kernel says once more that it is idle
    try {
      await this.#server.request(`api/kernels/${this.id}/restart`, { method: "POST" });
    } finally {
      this.#isRestarting = false;
      this.#restarted();
    }
  }

  /** Leave the kernel running and stop listening to it. */
  disconnect() {
    this.#closed = true;
    this.#abortAll();
    this.#socket.close();
  }

  #connect() {
    const query = { session_id: this.#session };
    const socket = this.#server.openSocket(`api/kernels/${this.id}/channels`, query);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#receive(decode(data));
    socket.onclose = ({ code }) => this.#lost(code);
    socket.onopen = () => {
      this.#retries = 0;
      this.#send("shell", "kernel_info_request", {}); // its status says whether it is idle
      for (const text of this.#outbox.splice(0)) socket.send(text);
    };
    return socket;
  }

  /** @param {number} code of the WebSocket's end */
  async #lost(code) {
    if (this.#closed) return;
    this.#setStatus("disconnected");
    const seconds = code === TOKEN_ENDED ? 0 : Math.min(2 ** this.#retries++, 15);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    try {
      // A failed WebSocket gives no reason; the same request by HTTP does.
      await this.#server.request(`api/kernels/${this.id}`);
    } catch (error) {
      if (!(error instanceof ServerError) || error.status !== 0) return this.#end(error);
    }
    if (!this.#closed) this.#socket = this.#connect();
  }

  /** @param {unknown} error */
  #end(error) {
    if (this.#closed) return;
    this.disconnect();
    this.#setStatus("dead");
    this.dispatchEvent(new CustomEvent("error", { detail: error }));
  }

  /**
   * @param {string} channel
   * @param {string} msg_type
   * @param {object} content
   * @param {object} [parent_header]
   */
  #send(channel, msg_type, content, parent_header = {}) {
    const msg_id = crypto.randomUUID();
    const date = new Date().toISOString();
    const header = { msg_id, msg_type, date, session: this.#session, username: "", version: "5.3" };
    const message = { channel, header, parent_header, metadata: {}, content, buffers: [] };
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
    else this.#outbox.push(JSON.stringify(message));
    return msg_id;
  }

  /** @param {Message} message */
  #receive(message) {
    const { channel, header, parent_header, content } = message;
    const request = this.#requests.get(parent_header.msg_id);
    if (header.msg_type === "status") this.#onStatus(content.execution_state, request);
    else if (header.msg_type === "execute_reply") this.#settle(request, { reply: content });
    else if (header.msg_type === "input_request") this.#ask(message, request);
    else if (channel === "iopub") request?.handlers.onOutput?.(message);
  }

  /** @param {string} state @param {Execution} [request] */
  #onStatus(state, request) {
    if (state === "idle") this.#settle(request, { idle: true });
    if (state === "dead") return this.#end(new ServerError("The kernel died.", 0));
    if (state === "restarting" || state === "autorestarting") this.#restarted();
    if (!this.#isRestarting) this.#setStatus(state === "autorestarting" ? "restarting" : state);
  }

  /**
   * An execution is done when both its reply and its "idle" came; they race.
   * @param {Execution | undefined} request
   * @param {{reply?: Reply, idle?: boolean}} news
   */
  #settle(request, news) {
    if (!request) return;
    Object.assign(request, news);
    if (request.reply && request.idle) request.resolve(request.reply);
  }

  /** By us, or by the server after a crash: what ran is lost. */
  #restarted() {
    this.#abortAll();
    this.#send("shell", "kernel_info_request", {}); // a new kernel sends nothing before a request
  }

  #abortAll() {
    for (const { resolve } of this.#requests.values()) resolve({ status: "aborted" });
    this.#requests.clear();
    this.#outbox.length = 0;
  }

  /** @param {Message} message @param {Execution} [request] */
  async #ask({ header, content }, request) {
    const answer = await request?.handlers.onInput?.(content.prompt, content.password);
    if (answer !== undefined) this.#send("stdin", "input_reply", { value: answer }, header);
  }

  /** @param {string} status */
  #setStatus(status) {
    this.status = status;
    this.dispatchEvent(new Event("status"));
  }
}

/**
 * Text is JSON; binary is a JSON message and its buffers, after a table of their offsets.
 * @param {string | ArrayBuffer} data
 * @returns {Message}
 */
function decode(data) {
  if (typeof data === "string") return JSON.parse(data);
  const view = new DataView(data);
  const count = view.getUint32(0);
  const starts = Array.from({ length: count }, (_, i) => view.getUint32(4 * (i + 1)));
  const parts = starts.map((start, i) => data.slice(start, starts[i + 1]));
  const message = JSON.parse(new TextDecoder().decode(parts[0]));
  return { ...message, buffers: parts.slice(1) };
}
