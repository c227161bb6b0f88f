// A page that saves a file and reads it back, by the client library. Which settings it has, `side` says.
import { Drive, ServerConnection } from "@jupyterlab/services";
import { resume } from "../../js/src/connect.js";

const SETTINGS = {
  "same-origin": ({ token }) => ({ token }),

  // As after a reload: the connection is where connect.js has put it.
  async "connect.js"(grant) {
    sessionStorage.setItem("escherpad-ext:grants", JSON.stringify({ [grant.server]: grant }));
    return (await resume()).serverSettings;
  },

  defaults: ({ server, token }) => ({ baseUrl: `${server}/`, token }),
};

let drive;

window.prepare = async (side, connection) => {
  const serverSettings = ServerConnection.makeSettings(await SETTINGS[side](connection));
  drive = new Drive({ serverSettings });
};

// Returns the seconds that it took to save and read the file `times` times.
window.saveAndRead = async (path, times) => {
  const start = performance.now();
  for (let number = 0; number < times; number++) {
    const content = `${number}: ${"a line of a file\n".repeat(100)}`;
    await drive.save(path, { type: "file", format: "text", content });
    const found = await window.read(path);
    if (found !== content) throw new Error(`saved ${content}, read ${found}`);
  }
  return (performance.now() - start) / 1000;
};

window.read = async (path) => (await drive.get(path, { content: true })).content;
