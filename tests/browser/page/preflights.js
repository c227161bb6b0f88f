// A page that reads and saves files: with the settings of connect.js, and by its connection alone.
import { Drive, ServerConnection } from "@jupyterlab/services";
import { resume } from "../../../js/src/connect.js";
import { equal, provideSteps } from "./steps.js";

const text = (content) => ({ type: "file", format: "text", content });

// As after a reload: the connection is where connect.js has put it.
async function prepare(grant) {
  sessionStorage.setItem("escherpad-ext:grants", JSON.stringify({ [grant.server]: grant }));
  const connection = await resume();
  const serverSettings = ServerConnection.makeSettings(connection.serverSettings);
  const drive = new Drive({ serverSettings });
  const read = async (path) => (await drive.get(path, { content: true })).content;
  return { connection, drive, read };
}

async function saveAndRead({ drive, read }, path) {
  for (const content of ["one", "two"]) {
    await drive.save(path, text(content));
    equal(await read(path), content, `what ${path} has`);
  }
}

const STEPS = [
  ["a new file", (page) => saveAndRead(page, "new.txt")],

  [
    "a file that is open",
    async (page) => {
      equal(await page.read("open.txt"), "before", "what open.txt has");
      await saveAndRead(page, "open.txt");
    },
  ],

  [
    "without the client library",
    async ({ connection }) => {
      const path = "api/contents/plain.txt";
      const { content } = await (await connection.fetch(path)).json();
      equal(content, "before", "what plain.txt has");
      const headers = { "Content-Type": "application/json" };
      const body = JSON.stringify(text("after"));
      equal((await connection.fetch(path, { method: "PUT", headers, body })).status, 200, "status");
    },
  ],
];

provideSteps(() => STEPS, prepare);
