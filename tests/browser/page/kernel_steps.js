// Sessions, kernels, terminals and events: everything with a WebSocket.
import { TOKEN_PROTOCOL } from "./connection.js";
import { check, equal } from "./steps.js";

const KERNEL_PROTOCOL = "v1.kernel.websocket.jupyter.org";

/**
 * Run code; resolve with what it printed and the reply.
 * @param {any} kernel
 * @param {string} code
 * @param {{ onPrint?: (printed: string) => void, onStdin?: (message: any) => void }} [listeners]
 */
async function run(kernel, code, { onPrint = () => {}, onStdin } = {}) {
  const future = kernel.requestExecute({ code, allow_stdin: Boolean(onStdin) });
  let printed = "";
  future.onIOPub = ({ header, content }) => {
    if (header.msg_type === "stream") onPrint((printed += content.text));
  };
  if (onStdin) future.onStdin = onStdin;
  return { reply: (await future.done).content, printed: () => printed };
}

function lastSocket(opened, part) {
  return opened.filter((socket) => socket.url.includes(part)).at(-1);
}

// Resolves as soon as `signal` has emitted something that `isIt` takes for an answer.
function emission(signal, isIt) {
  return new Promise((resolve) => {
    signal.connect(function listen(_, value) {
      if (!isIt(value)) return;
      signal.disconnect(listen);
      resolve(value);
    });
  });
}

export const kernelSteps = [
  [
    "start a session",
    async (state) => {
      const options = {
        path: "sample.ipynb",
        name: "sample",
        type: "notebook",
        kernel: { name: "python3" },
      };
      state.session = await state.manager.sessions.startNew(options);
      state.kernel = state.session.kernel;
      await state.kernel.info;
    },
  ],

  [
    "the kernel socket speaks the client's own protocol",
    async ({ opened, spoken = KERNEL_PROTOCOL }) => {
      equal(lastSocket(opened, "/channels").protocol, spoken, "subprotocol");
    },
  ],

  [
    "execute with output",
    async ({ kernel }) => {
      const { reply, printed } = await run(kernel, "kept = 41 + 1\nprint(kept)");
      equal([reply.status, printed()], ["ok", "42\n"], "reply and output");
    },
  ],

  [
    "stdin",
    async ({ kernel }) => {
      const onStdin = (message) =>
        kernel.sendInputReply({ status: "ok", value: "Escher" }, message.parent_header);
      const { printed } = await run(kernel, "print('hello', input('who? '))", { onStdin });
      equal(printed(), "hello Escher\n", "output");
    },
  ],

  [
    "interrupt",
    async ({ kernel }) => {
      const onPrint = () => void kernel.interrupt();
      // ipykernel loses an interrupt that comes while the cell's own thread still prints.
      const code = `import threading, time
threading.Timer(0.5, print, ["asleep"]).start()
time.sleep(600)`;
      const { reply } = await run(kernel, code, { onPrint });
      equal([reply.status, reply.ename], ["error", "KeyboardInterrupt"], "reply");
    },
  ],

  [
    "restart",
    async ({ kernel }) => {
      await kernel.restart();
      const { reply } = await run(kernel, "kept");
      equal(reply.ename, "NameError", "reply to a name from before");
    },
  ],

  [
    "shutdown",
    async ({ session, manager, ask }) => {
      await session.shutdown();
      equal(await (await ask("api/kernels")).json(), [], "kernels");
      await manager.sessions.refreshRunning();
      equal([...manager.sessions.running()], [], "sessions");
    },
  ],

  [
    "terminal",
    async ({ manager, opened, named = TOKEN_PROTOCOL }) => {
      const terminal = await manager.terminals.startNew();
      let screen = "";
      const answered = emission(terminal.messageReceived, ({ type, content }) => {
        if (type === "stdout") screen += content.join("");
        return screen.includes("sum:42:");
      });
      terminal.send({ type: "stdin", content: ["echo sum:$((40 + 2)):\r"] });
      await answered;
      equal(lastSocket(opened, "/terminals/").protocol, named, "subprotocol");
      await terminal.shutdown();
    },
  ],

  [
    "events",
    async ({ manager, opened, named = TOKEN_PROTOCOL }) => {
      const socket = lastSocket(opened, "api/events/subscribe");
      equal([socket.readyState, socket.protocol], [WebSocket.OPEN, named], "state, protocol");
      const isSave = (event) => event.action === "save" && event.path === "heard.txt";
      const heard = emission(manager.events.stream, isSave);
      await manager.contents.save("heard.txt", { type: "file", format: "text", content: "" });
      check((await heard).schema_id.includes("contents_service"), "another event");
    },
  ],

  [
    "no socket was answered with the token",
    async ({ opened }) => {
      check(opened.length >= 3, `only ${opened.length} sockets were opened`);
      const wrong = opened.map((s) => s.protocol).filter((p) => p.startsWith(`${TOKEN_PROTOCOL}.`));
      equal(wrong, [], "subprotocols");
    },
  ],
];
