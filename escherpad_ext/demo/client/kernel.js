// A running kernel: messages over one WebSocket, and what they mean.

import { Executions } from "./executions.js";
import { Heartbeat } from "./heartbeat.js";
import { ServerError } from "./jupyter.js";
import { KernelProcess } from "./kernel-process.js";
import { createMessage, decode } from "./messages.js";
import { NotebookSession } from "./notebook-session.js";
import { Nudge } from "./nudge.js";

const GONE =
  "The kernel is gone: the server was restarted, or somebody shut the kernel down. " +
  "Its variables are lost; your notebook is still here.";
const DIED = "The kernel died. Its variables are lost; your notebook is still here.";

/**
 * @typedef {import("./messages.js").Message} Message
 * @typedef {import("./executions.js").Reply} Reply
 * @typedef {import("./executions.js").Handlers} Handlers
 */

/**
 * A running kernel. Its `status` is "connecting", "starting", "idle", "busy", "restarting",
 * "reconnecting" or "dead"; a "status" event reports a change. An "error" event has the
 * `ServerError` that ended it in `detail`. A "crashed" event: it died, or others restarted it.
 */
export class Kernel extends EventTarget {
  status = "connecting";
  #server;
  #notebookSession;
  #socket;
  #heartbeat;
  /** @type {Map<string, string>} */
  #outbox = new Map(); // by msg_id, until the socket is open
  #executions = new Executions();
  #session = crypto.randomUUID(); // the same one after a reconnect gets what was missed
  #process = new KernelProcess(this.#session);
  #nudge = new Nudge(() => this.#askInfo());
  #probe = ""; // asks whether the socket is still good
  #closed = false;
  #isRestarting = false;

  /**
   * Connect to a notebook's kernel, which is started if it does not run yet.
   * @param {import("./jupyter.js").JupyterServer} server
   * @param {string} path the notebook's
   * @param {string} kernelName one of `server.kernelspecs()`
   */
  static async open(server, path, kernelName) {
    const { session, kernel } = await NotebookSession.start(server, path, kernelName);
    return new Kernel(server, kernel, session);
  }

  /**
   * @param {import("./jupyter.js").JupyterServer} server
   * @param {{id: string, name: string, execution_state: string}} kernel as the server describes it
   * @param {NotebookSession} session which ties it to its notebook
   */
  constructor(server, { id, name, execution_state }, session) {
    super();
    this.#server = server;
    this.#notebookSession = session;
    this.id = id;
    this.name = name;
    if (execution_state === "busy") this.status = "busy"; // it answers only when it has finished
    // A failed WebSocket gives no reason, and one to a server that hangs stays open: we ask by HTTP.
    this.#heartbeat = new Heartbeat((signal) => server.request(`api/kernels/${id}`, { signal }), {
      onSilence: () => this.#setStatus("reconnecting"),
      onAnswer: (kernel) => this.#isBack(kernel),
      onRefusal: (error) => this.#end(error.status === 404 ? new ServerError(GONE, 404) : error),
    });
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
    return this.#executions.add(id, handlers);
  }

  interrupt() {
    return this.#server.request(`api/kernels/${this.id}/interrupt`, { method: "POST" });
  }

  async restart() {
    this.#setStatus("restarting");
    this.#isRestarting = true; // the old kernel says once more that it is idle
    this.#process.expectAnother();
    try {
      await this.#server.request(`api/kernels/${this.id}/restart`, { method: "POST" });
    } finally {
      this.#isRestarting = false;
      this.#restarted();
    }
  }

  /** Its notebook has moved. @param {string} path */
  follow(path) {
    return this.#notebookSession.move(path);
  }

  /** End it, together with the session of its notebook. */
  async shutDown() {
    this.disconnect();
    await this.#notebookSession.end();
  }

  /** Where it reconnects: do not wait for the next try. */
  retry() {
    this.#heartbeat.hurry();
  }

  /** Leave the kernel running and stop listening to it. */
  disconnect() {
    this.#closed = true;
    this.#heartbeat.stop();
    this.#nudge.stop();
    this.#stopAll("lost");
    this.#socket.close();
  }

  #connect() {
    const query = { session_id: this.#session };
    const socket = this.#server.openSocket(`api/kernels/${this.id}/channels`, query);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      this.#heartbeat.hear();
      this.#receive(decode(data));
    };
    socket.onclose = () => this.#heartbeat.doubt();
    socket.onopen = () => {
      this.#heartbeat.hear();
      this.#nudge.start(); // its status says whether it is idle
      for (const text of this.#outbox.values()) socket.send(text);
      this.#outbox.clear();
    };
    return socket;
  }

  /**
   * The server answers again. The socket may still be good: then nothing was lost.
   * @param {{execution_state: string}} kernel as the server describes it
   */
  #isBack({ execution_state }) {
    if (this.#closed) return;
    if (this.#socket.readyState > WebSocket.OPEN) this.#socket = this.#connect();
    else {
      this.#setStatus(execution_state);
      this.#probe = this.#send("control", "kernel_info_request", {}); // the busy answer, too
      this.#heartbeat.expect(() => this.#replaceSocket());
    }
  }

  #replaceSocket() {
    this.#socket.onclose = null; // it may take long, and we know
    this.#socket.close();
    this.#socket = this.#connect();
  }

  #askInfo() {
    const id = this.#send("shell", "kernel_info_request", {});
    this.#executions.mark(id, this.#outbox);
    return id;
  }

  /** @param {unknown} error */
  #end(error) {
    if (this.#closed) return;
    this.#stopAll("stopped");
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
    const options = { msg_type, session: this.#session, parent_header };
    const message = createMessage({ channel, content }, options);
    const { msg_id } = message.header;
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
    else if (msg_type !== "kernel_info_request") this.#outbox.set(msg_id, JSON.stringify(message));
    return msg_id;
  }

  /** @param {Message} message */
  #receive(message) {
    const { channel, header, parent_header, content } = message;
    const id = parent_header.msg_id;
    if (this.#process.isAnother(message)) this.#crashed();
    if (header.msg_type === "status") this.#onStatus(content.execution_state, id);
    else if (header.msg_type === "execute_reply") this.#executions.settle(id, { reply: content });
    else if (header.msg_type === "kernel_info_reply") {
      this.#executions.settleEarlier(id);
      this.#nudge.answered(id);
    } else if (header.msg_type === "input_request") this.#ask(message);
    else if (channel === "iopub") this.#executions.handlers(id)?.onOutput?.(message);
  }

  /** @param {string} state @param {string} [id] of the request that caused it */
  #onStatus(state, id) {
    if (id && id === this.#probe) return; // says nothing of the code that runs
    if (state === "idle") {
      this.#executions.settle(id, { idle: true });
      this.#nudge.published(id);
    }
    if (state === "dead") return this.#end(new ServerError(DIED, 0));
    if (this.#isRestarting) return;
    if (state === "restarting" || state === "autorestarting") {
      this.#process.expectAnother();
      this.#crashed();
    }
    this.#setStatus(state === "autorestarting" ? "restarting" : state);
  }

  #crashed() {
    this.#restarted();
    this.dispatchEvent(new Event("crashed"));
  }

  /** What ran is lost. */
  #restarted() {
    this.#stopAll("stopped");
    this.#nudge.start(); // a new kernel sends nothing before a request
  }

  /** @param {"stopped" | "lost"} how */
  #stopAll(how) {
    this.#executions.stopAll(how);
    this.#outbox.clear();
  }

  /** @param {Message} message */
  async #ask({ header, parent_header, content }) {
    const handlers = this.#executions.handlers(parent_header.msg_id);
    const answer = await handlers?.onInput?.(content.prompt, content.password);
    if (answer !== undefined) this.#send("stdin", "input_reply", { value: answer }, header);
  }

  /** @param {string} status */
  #setStatus(status) {
    this.status = status;
    this.dispatchEvent(new Event("status"));
  }
}
