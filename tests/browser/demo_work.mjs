// The work in the demo's page: a notebook of one's own, by keyboard, and what can go wrong.
import { agree, hook, isSaved, kernelIs, newsSay, open, outputHas, press } from "./demo_person.mjs";
import { run, sources, text, until } from "./demo_person.mjs";
import { check, equal } from "./connect_person.mjs";
import { withLostStatus } from "./demo_lost.mjs";
import { outputs } from "./demo_outputs.mjs";

const stateIs = (page, state) =>
  until(page, (wanted) => document.querySelector(`[data-state="${wanted}"]`) !== null, state);

/** Press Enter where code asks for input. */
async function answer(page) {
  await page.waitForSelector(hook("stdin"));
  await page.focus(hook("stdin"));
  await press(page, "Enter");
  await page.waitForSelector(hook("stdin"), { hidden: true });
}

const PID_AND_SLEEP = "import os, time; print(f'pid {os.getpid()}', flush=True); time.sleep(600)";

const noticeSays = (page, wanted) =>
  until(page, (part) => document.querySelector(".notice")?.textContent.includes(part), wanted);

/** The page says that there is another kernel, which runs code. */
async function restarted(page, code) {
  await newsSay(page, "The kernel died or was restarted.");
  await stateIs(page, "stopped");
  await kernelIs(page, "idle");
  await page.click(hook("news-dismiss"));
  await newsSay(page, "");
  await run(page, code);
  await outputHas(page, code);
}

const selected = (page) =>
  page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).dataset.index);

export const work = {
  async "shows what was allowed, and hides it again"({ page }) {
    await page.click(hook("show-connection"));
    await page.waitForSelector(hook("connect"), { visible: true });
    await until(page, () =>
      document.querySelector("jupyter-connect").shadowRoot.textContent.includes("run code"),
    );
    await page.click(hook("show-connection"));
    await page.waitForSelector(hook("connect"), { hidden: true });
  },

  async "creates a notebook"({ page }) {
    await page.click(hook("new-notebook"));
    await agree(page, "mine");
    await until(page, () => document.title.startsWith("mine.ipynb"));
    await kernelIs(page, "idle");
    equal(await sources(page), [""], "its cells");
    await until(page, () => document.activeElement.matches("textarea"));
  },

  async "is worked with by keyboard alone"({ page }) {
    await page.focus(hook("cell"));
    await press(page, "Enter");
    await page.keyboard.type("one");
    await press(page, "Escape", "b", "Enter");
    await page.keyboard.type("three");
    await press(page, "Escape", "a", "Enter");
    await page.keyboard.type("two");
    await press(page, "Escape");
    equal([await selected(page), await sources(page)], ["1", ["one", "two", "three"]], "the cells");
    await press(page, "d", "d", "ArrowUp");
    equal([await selected(page), await sources(page)], ["0", ["one", "three"]], "one is deleted");
    await press(page, "z");
    equal(
      [await selected(page), await sources(page)],
      ["1", ["one", "two", "three"]],
      "it is back",
    );
    await press(page, "m");
    await page.waitForSelector('[data-index="1"].markdown');
    await press(page, "y");
    await page.waitForSelector('[data-index="1"].code');
    await press(page, "h");
    await page.waitForSelector(hook("help"));
    await press(page, "Escape");
    await page.waitForSelector(hook("help"), { hidden: true });
    await press(page, "ArrowDown", "d", "d", "d", "d", "Enter", "Control+a", "Backspace", "Escape");
    equal([await selected(page), await sources(page)], ["0", [""]], "one is left");
  },

  async "shows what did not run after an error"({ page }) {
    // The second one has been sent before the first one fails, as the page's answer comes after it.
    await run(page, "input(); 1 / 0");
    await answer(page);
    await stateIs(page, "error");
    await press(page, "b", "Enter");
    await page.keyboard.type("print('it ran')");
    await page.click(hook("run-all"));
    await answer(page);
    await stateIs(page, "aborted");
    await page.waitForFunction(() =>
      document.querySelector('[data-index="1"] .cell-note').textContent.includes("Not run"),
    );
    await page.focus('[data-index="1"]');
    await press(page, "Control+Enter");
    await outputHas(page, "it ran");
    await page.waitForSelector('[data-index="1"][data-state="done"]');
    check(!(await page.$('[data-state="aborted"]')), "it still looks as if it had not run");
  },

  async "saves with Ctrl+S"({ page }) {
    await press(page, "Control+s");
    await isSaved(page);
  },

  ...outputs,

  async "comes back when the server has been away"({ page, gate, violations }) {
    await run(
      page,
      "for i in range(1, 41): print('number', i, flush=True); __import__('time').sleep(.1)",
    );
    await outputHas(page, "number 2");
    gate.close();
    await kernelIs(page, "reconnecting");
    await newsSay(page, "Reconnecting");
    gate.open();
    await outputHas(page, "number 40");
    await kernelIs(page, "idle");
    await newsSay(page, "");
    violations.length = 0; // each try
  },

  async "comes back when the server has hung"({ page, gate, violations }) {
    gate.stall();
    await kernelIs(page, "reconnecting");
    gate.open();
    await kernelIs(page, "idle");
    await run(page, "6 * 7");
    await outputHas(page, "42");
    violations.length = 0;
  },

  async "says that the kernel died"({ page }) {
    await run(page, "__import__('os')._exit(1)");
    await restarted(page, "'alive'");
  },

  async "says that the kernel died while the server was away"({ page, gate, violations }) {
    await run(page, PID_AND_SLEEP);
    const [, pid] = (await outputHas(page, "pid ")).match(/pid (\d+)/);
    await press(page, "Control+Enter");
    await noticeSays(page, "This cell runs already.");
    gate.close();
    await kernelIs(page, "reconnecting");
    process.kill(Number(pid), "SIGKILL");
    gate.open(); // whoever connects now is not told
    await restarted(page, "'alive, too'");
    violations.length = 0; // each try
  },

  async "restarts the kernel"({ page }) {
    await run(page, "'before'; __import__('time').sleep(600)");
    await page.click(hook("restart"));
    await agree(page);
    await stateIs(page, "stopped");
    await kernelIs(page, "idle");
    await run(page, "'after'");
    await outputHas(page, "'after'");
    await newsSay(page, ""); // it did not die
  },

  async "hears of a restarted kernel although its first words are lost"({ page }) {
    await withLostStatus(page, async () => {
      await page.click(hook("restart"));
      await agree(page);
    });
    await kernelIs(page, "idle");
    await run(page, "'heard'");
    await outputHas(page, "'heard'");
  },

  async "offers a kernel when there is none"({ page, options, violations }) {
    await shutDownKernels(options.url);
    await newsSay(page, "The kernel is gone");
    await page.click(hook("news-act"));
    await kernelIs(page, "idle");
    await newsSay(page, "");
    await run(page, "'alive again'");
    await outputHas(page, "'alive again'");
    violations.length = 0; // the answer 404, which is how the page knows
  },

  async "renames what is open"({ page }) {
    await page.focus(`${hook("file")}[data-path="mine.ipynb"]`);
    await press(page, "Tab", "Enter");
    await agree(page, "ours.ipynb");
    await until(page, () => document.title.startsWith("ours.ipynb"));
    check(await page.evaluate(() => location.href.includes("ours.ipynb")), "the address");
    await page.click(hook("save"));
    await isSaved(page);
  },

  async "creates a folder, and uploads into it"({ page, options }) {
    await page.click(hook("new-folder"));
    await agree(page, "data");
    await until(page, () => document.querySelector(".breadcrumb").textContent === "Filesdata");
    const [chooser] = await Promise.all([
      page.waitForSelector(hook("upload-input")),
      page.click(hook("upload")),
    ]);
    await chooser.uploadFile(options.upload);
    await open(page, "data/upload.txt");
    await until(page, () => document.querySelector("textarea")?.value === "from this computer");
    return text(page, "document-name");
  },

  async "writes a text file"({ page }) {
    await page.focus("textarea");
    await press(page, "Control+a");
    await page.keyboard.type("changed");
    await press(page, "Control+s");
    await isSaved(page);
  },

  async "deletes, after a question"({ page }) {
    await page.click(".breadcrumb button");
    await page.waitForSelector(`${hook("file")}[data-path="ours.ipynb"]`);
    for (const path of ["data", "ours.ipynb"]) {
      await page.focus(`${hook("file")}[data-path="${path}"]`);
      await press(page, "Tab", "Tab", "Enter");
      await agree(page);
      await page.waitForSelector(`[data-path="${path}"]`, { hidden: true });
    }
    await page.waitForSelector(hook("open-first"), { visible: true }); // what was open is closed
  },

  async "opens the notebook again"({ page }) {
    await page.click(hook("open-first"));
    await kernelIs(page, "idle");
  },
};

/** As the owner does in JupyterLab. */
async function shutDownKernels(link) {
  const { origin, searchParams } = new URL(link);
  const headers = { Authorization: `token ${searchParams.get("token")}` };
  const kernels = await (await fetch(`${origin}/api/kernels`, { headers })).json();
  for (const { id } of kernels)
    await fetch(`${origin}/api/kernels/${id}`, { method: "DELETE", headers });
}
