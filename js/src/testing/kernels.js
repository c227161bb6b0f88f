// The kernels of a fake server: they run what a function of yours says.

/**
 * What running some code comes to.
 * @typedef {string | {stdout?: string, result?: string, data?: Record<string, unknown>,
 *   error?: {ename: string, evalue: string, traceback?: string[]}}} Ran a text is its output
 * @typedef {(code: string) => Ran | Promise<Ran>} Run
 * @typedef {{id: string, name: string, last_activity: string, execution_state: string, connections: number}} FakeKernel
 * @typedef {(type: string, channel: string, content: object) => void} Send
 */

const LANGUAGE = { name: "python", version: "3", mimetype: "text/x-python", file_extension: ".py" };
const INFO = {
  status: "ok",
  protocol_version: "5.3",
  implementation: "fake",
  implementation_version: "1",
  banner: "A fake kernel",
  language_info: LANGUAGE,
  help_links: [],
};

export const KERNELSPECS = {
  default: "python3",
  kernelspecs: {
    python3: {
      name: "python3",
      resources: {},
      spec: {
        display_name: "Python 3 (fake)",
        language: "python",
        argv: [],
        env: {},
        metadata: {},
      },
    },
  },
};

/** @param {string} [name] @returns {FakeKernel} */
export const newKernel = (name = "python3") => ({
  id: crypto.randomUUID(),
  name,
  last_activity: new Date().toISOString(),
  execution_state: "idle",
  connections: 0,
});

/** Answers the messages of one kernel, in their order. */
export class FakeKernelTalk {
  #count = 0;
  /** @type {Promise<void>} */
  #last = Promise.resolve();

  /** @param {Run} run @param {(text: string) => void} send */
  constructor(run, send) {
    this.run = run;
    this.send = send;
  }

  /** @param {string} text a message in JSON */
  hear(text) {
    const message = JSON.parse(text);
    this.#last = this.#last.then(() => this.#answer(message));
  }

  /** @param {any} message */
  async #answer({ header, content, channel }) {
    /** @type {Send} */
    const tell = (type, on, what) => this.send(JSON.stringify(answerTo(header, type, on, what)));
    tell("status", "iopub", { execution_state: "busy" });
    if (header.msg_type === "execute_request") await this.#execute(content, tell);
    else if (header.msg_type === "kernel_info_request") tell("kernel_info_reply", channel, INFO);
    tell("status", "iopub", { execution_state: "idle" });
  }

  /** @param {{code: string}} content @param {Send} tell */
  async #execute({ code }, tell) {
    const execution_count = ++this.#count;
    tell("execute_input", "iopub", { code, execution_count });
    const ran = await this.run(code);
    const { stdout, result, data, error } = typeof ran === "string" ? { stdout: ran } : ran;
    if (stdout) tell("stream", "iopub", { name: "stdout", text: stdout });
    const shown = data ?? (result !== undefined && { "text/plain": result });
    if (shown) tell("execute_result", "iopub", { data: shown, metadata: {}, execution_count });
    const failure = error && { traceback: [], ...error };
    if (failure) tell("error", "iopub", failure);
    const status = failure ? { status: "error", ...failure } : { status: "ok" };
    tell("execute_reply", "shell", {
      ...status,
      execution_count,
      user_expressions: {},
      payload: [],
    });
  }
}

/** @param {object} parent @param {string} type @param {string} channel @param {object} content */
function answerTo(parent, type, channel, content) {
  const header = {
    msg_id: crypto.randomUUID(),
    msg_type: type,
    session: "fake",
    username: "",
    date: new Date().toISOString(),
    version: "5.3",
  };
  return { header, parent_header: parent, metadata: {}, content, channel, buffers: [] };
}
