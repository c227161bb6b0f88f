// Runs a page's steps one after the other; a step that fails or hangs does not stop the next.

const STEP_SECONDS = 20;

// `steps(input)` is a list of [name, async (state) => detail]; `prepare(input)` makes the state they share.
export function provideSteps(steps, prepare = (input) => input) {
  window.runSteps = async (input) => {
    const state = await prepare(input);
    const outcomes = [];
    for (const [name, step] of steps(input)) outcomes.push(await outcome(name, () => step(state)));
    return { steps: outcomes, sockets: (state.opened ?? []).map((socket) => socket.url) };
  };
}

async function outcome(name, step) {
  const start = performance.now();
  const result = await withTimeout(step()).then(
    (detail) => ({ ok: true, detail: String(detail ?? "") }),
    (error) => ({ ok: false, detail: `${error?.name}: ${error?.message}` }),
  );
  const seconds = Math.round(performance.now() - start) / 1000;
  return { name, seconds, ...result };
}

function withTimeout(promise) {
  return Promise.race([promise, after(STEP_SECONDS)]);
}

function after(seconds) {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`not done after ${seconds} s`)), seconds * 1000);
  });
}

export function check(condition, message) {
  if (!condition) throw new Error(message);
}

export function equal(actual, expected, what) {
  const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)];
  check(a === e, `${what}: ${shorten(a)}, expected ${shorten(e)}`);
}

function shorten(text) {
  return String(text).slice(0, 300);
}
