// Files: what a notebook page does with them.
import { check, equal } from "./steps.js";

const MEGABYTE = 1024 * 1024;

// Text that does not compress to nothing and is not ASCII alone.
function fiveMegabytes() {
  const line = Array.from({ length: 64 }, (_, i) => String.fromCharCode(33 + ((i * 37) % 94))).join(
    "",
  );
  return `${line}é\n`.repeat(Math.ceil((5 * MEGABYTE) / 67));
}

function notebook(source) {
  const cell = {
    id: "a",
    cell_type: "code",
    metadata: {},
    source,
    outputs: [],
    execution_count: null,
  };
  return { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

async function save(contents, path, content) {
  return contents.save(path, { type: "file", format: "text", content });
}

async function read(contents, path) {
  return (await contents.get(path, { content: true })).content;
}

async function missing(ask, path) {
  equal((await ask(`api/contents/${path}`)).status, 404, `status of the deleted ${path}`);
}

export const contentsSteps = [
  [
    "list the folder",
    async ({ manager }) => {
      const names = (await manager.contents.get("")).content.map((model) => model.name);
      check(names.includes("secret.txt"), `the folder lists ${names}`);
    },
  ],

  [
    "save, get and rename a notebook",
    async ({ manager: { contents } }) => {
      await contents.save("a.ipynb", {
        type: "notebook",
        format: "json",
        content: notebook("1 + 1"),
      });
      await contents.rename("a.ipynb", "b ü.ipynb");
      equal((await read(contents, "b ü.ipynb")).cells[0].source, "1 + 1", "the cell");
    },
  ],

  [
    "checkpoint: create, list, restore, delete",
    async ({ manager: { contents } }) => {
      await save(contents, "c.txt", "before");
      const { id } = await contents.createCheckpoint("c.txt");
      await save(contents, "c.txt", "after");
      equal(
        (await contents.listCheckpoints("c.txt")).map((c) => c.id),
        [id],
        "checkpoints",
      );
      await contents.restoreCheckpoint("c.txt", id);
      equal(await read(contents, "c.txt"), "before", "restored");
      await contents.deleteCheckpoint("c.txt", id);
      equal(await contents.listCheckpoints("c.txt"), [], "checkpoints left");
    },
  ],

  [
    "delete",
    async ({ manager: { contents }, ask }) => {
      await contents.delete("c.txt");
      await missing(ask, "c.txt");
    },
  ],

  [
    "a 5 MB file there and back",
    async ({ manager: { contents } }) => {
      const content = fiveMegabytes();
      check(new Blob([content]).size >= 5 * MEGABYTE, "the sample is too small");
      await save(contents, "large.txt", content);
      check((await read(contents, "large.txt")) === content, "the content came back changed");
      await contents.delete("large.txt");
    },
  ],

  [
    "download from /files",
    async ({ ask }) => {
      const response = await ask("files/secret.txt?download=1");
      equal(response.status, 200, "status");
      equal((await response.text()).trim(), "the owner's secret", "content");
      const disposition = response.headers.get("Content-Disposition");
      equal(disposition, "attachment; filename*=utf-8''secret.txt", "Content-Disposition");
    },
  ],

  [
    "nbconvert page",
    async ({ ask }) => {
      const response = await ask("nbconvert/html/sample.ipynb");
      equal(response.status, 200, "status");
      check(
        (await response.text()).includes("A sample notebook"),
        "the notebook is not in the page",
      );
    },
  ],
];
