// Sends requests by HTTP/2 over one connection: node http2.mjs '{"url", "name", "port", "authority", "requests"}'
import { connect } from "node:http2";

const { url, name, port, authority, requests } = JSON.parse(process.argv[2]);

function send(session, headers) {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    const answer = { headers: [], body: "" };
    stream.setEncoding("utf8");
    stream.on("response", ({ ":status": status, ...fields }) => {
      answer.status = status;
      for (const [field, value] of Object.entries(fields)) {
        for (const each of [value].flat()) answer.headers.push([field, String(each)]);
      }
    });
    stream.on("data", (text) => (answer.body += text));
    // A request that the proxy will not have at all (RFC 9113, section 8.1.1) has no answer.
    stream.on("error", () => resolve({ ...answer, status: 0 }));
    stream.on("end", () => resolve(answer));
    session.on("error", reject);
    stream.end();
  });
}

const session = connect(url, { ca: authority, host: "127.0.0.1", port, servername: name });
const answers = await Promise.all(requests.map((headers) => send(session, headers)));
session.close();
console.log(JSON.stringify(answers));
