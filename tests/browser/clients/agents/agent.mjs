// An agent with the official TypeScript SDK. It is given the address of an endpoint and nothing else, or several that
// need different scopes.
//   node agent.mjs http://localhost:8888/mcp http://localhost:8888/mcp/admin
// It calls a tool at each. It prints what happens as lines of JSON: {open: URL} for a browser, then {stream: "ended"}
// and {refused: NAME}. The person's browser is led from one page to the next, and gets what the tools say.
import { createServer } from "node:http";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const urls = process.argv.slice(2).map((url) => new URL(url));
const say = (line) => console.log(JSON.stringify(line));

/** What comes back from the browser: the parameters of the answer, and the response to it. */
const callbacks = [];
let called = () => {};
const callback = createServer((request, response) => {
  callbacks.push({ query: new URL(request.url, "http://localhost").searchParams, response });
  called();
});
await new Promise((listening) => callback.listen(0, "localhost", listening));
const redirectUrl = `http://localhost:${callback.address().port}/callback`;

/** What the SDK wants kept, in memory. */
const kept = {};
const authProvider = {
  redirectUrl,
  clientMetadata: {
    client_name: "An agent",
    redirect_uris: ["cursor://agent/callback", "https://agent.example/callback", redirectUrl],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  },
  clientInformation: () => kept.client,
  saveClientInformation: (client) => void (kept.client = client),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => void (kept.tokens = tokens),
  codeVerifier: () => kept.verifier,
  saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
  redirectToAuthorization: (open) => void (kept.open = open),
};

function connect(at) {
  const client = new Client({ name: "agent", version: "1" });
  client.onerror = () => {};
  const transport = new StreamableHTTPClientTransport(at, { authProvider });
  return { client, transport, connected: client.connect(transport) };
}

/** A client that the owner has let in: `open` has a browser open the server's page. */
async function ask(at, open) {
  const { transport, connected } = connect(at);
  await connected.then(
    () => Promise.reject(new Error("It connects without asking.")),
    (error) => error instanceof UnauthorizedError || Promise.reject(error),
  );
  const back = new Promise((resolve) => (called = resolve));
  open(kept.open);
  await back;
  await transport.finishAuth(callbacks.at(-1).query.get("code"));
  const again = connect(at);
  await again.connected;
  return again.client;
}

const add = async (client) =>
  (await client.callTool({ name: "add", arguments: { a: 2, b: 3 } })).content[0].text;

/** The first page is for a browser that somebody opens; it goes to the others by itself. */
function show(open) {
  if (!callbacks.length) say({ open });
  else callbacks.at(-1).response.writeHead(302, { Location: open }).end();
}

const told = [];
let client;
for (const url of urls) {
  client = await ask(url, show);
  told.push(await add(client), kept.tokens.scope);
}
const { response } = callbacks.at(-1);

const headers = {
  Authorization: `Bearer ${kept.tokens.access_token}`,
  Accept: "text/event-stream",
};
const stream = await fetch(urls.at(-1), { headers });
const reader = stream.body.getReader();
await reader.read();
response.setHeader("Content-Type", "text/html");
response.end(`<p id="result">${told.join(" ")}</p>`);

const ended = async () => {
  for (;;) if ((await reader.read()).done) return;
};
await ended().catch(() => {}); // it is cut off
say({ stream: "ended" });
say({
  refused: await add(client).then(
    () => "nothing",
    (error) => (error instanceof UnauthorizedError ? "UnauthorizedError" : String(error)),
  ),
});
process.exit(0);
