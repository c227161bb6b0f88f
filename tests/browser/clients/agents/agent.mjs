// An agent with the official TypeScript SDK. It is given the address of an endpoint and nothing else.
//   node agent.mjs http://localhost:8888/mcp
// It prints what happens as lines of JSON: {open: URL} for a browser, then {stream: "ended"} and {refused: NAME}. The
// person's browser gets what the tool says.
import { createServer } from "node:http";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const url = new URL(process.argv[2]);
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
  redirectToAuthorization: (open) => say({ open }),
};

function connect() {
  const client = new Client({ name: "agent", version: "1" });
  client.onerror = () => {};
  const transport = new StreamableHTTPClientTransport(url, { authProvider });
  return { client, transport, connected: client.connect(transport) };
}

const first = connect();
await first.connected.then(
  () => Promise.reject(new Error("It connects without a token.")),
  (error) => error instanceof UnauthorizedError || Promise.reject(error),
);
if (!callbacks.length) await new Promise((resolve) => (called = resolve));
const [{ query, response }] = callbacks;
await first.transport.finishAuth(query.get("code"));
const { client, connected } = connect();
await connected;
const { content } = await client.callTool({ name: "add", arguments: { a: 2, b: 3 } });

const headers = {
  Authorization: `Bearer ${kept.tokens.access_token}`,
  Accept: "text/event-stream",
};
const stream = await fetch(url, { headers });
const reader = stream.body.getReader();
await reader.read();
response.setHeader("Content-Type", "text/html");
response.end(`<p id="result">${content[0].text} ${kept.tokens.scope}</p>`);

const ended = async () => {
  for (;;) if ((await reader.read()).done) return;
};
await ended().catch(() => {}); // it is cut off
say({ stream: "ended" });
const again = client.callTool({ name: "add", arguments: { a: 2, b: 3 } });
say({
  refused: await again.then(
    () => "nothing",
    (error) => error.constructor.name,
  ),
});
process.exit(0);
