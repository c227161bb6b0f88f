// The same requests to the fake server for sites' tests and to a real one: prints where they differ.
//   node fake_and_real.mjs '{"module", "server", "tokens": {"run", "view", "none"}, "origin"}'
// The real server's files are those of the fake one. A request that a page could not read counts as
// "unreadable" in both.
const { module, server, tokens, origin } = JSON.parse(process.argv[2]);
const { fakeServer } = await import(module);

const NOTEBOOK = { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 };
const text = (content) => ({ type: "file", format: "text", content });
const FILES = { "data/a.txt": "A text", "n.ipynb": NOTEBOOK };
const client = `client_id=${encodeURIComponent(`${origin}/`)}`;
const HERE = "{kernel}";

const SESSION = "{session}";

/** What is asked: as whom, how, where, and with what. @type {[string, string, string, any?][]} */
const REQUESTS = [
  ["run", "GET", "api/contents"],
  ["run", "GET", "api/contents/data"],
  ["run", "GET", "api/contents/data?content=0"],
  ["run", "GET", "api/contents/data/a.txt"],
  ["run", "GET", "api/contents/data/a.txt?content=0"],
  ["run", "GET", "api/contents/data/a.txt?type=directory"],
  ["run", "GET", "api/contents/data?type=file"],
  ["run", "GET", "api/contents/n.ipynb"],
  ["run", "GET", "api/contents/n.ipynb?type=file&format=text"],
  ["run", "GET", "api/contents/nowhere.txt"],
  ["run", "PUT", "api/contents/b.txt", text("B")],
  ["run", "PUT", "api/contents/b.txt", text("C")],
  ["run", "PUT", "api/contents/nowhere/b.txt", text("B")],
  ["run", "PUT", "api/contents/m.ipynb", { type: "notebook", content: NOTEBOOK }],
  ["run", "PUT", "api/contents/new", { type: "directory" }],
  ["run", "POST", "api/contents/new", { type: "notebook" }],
  ["run", "POST", "api/contents/new", { type: "notebook" }],
  ["run", "POST", "api/contents/new", { type: "file", ext: ".txt" }],
  ["run", "POST", "api/contents/new", { type: "file" }],
  ["run", "POST", "api/contents/new", { type: "directory" }],
  ["run", "POST", "api/contents/new", { copy_from: "b.txt" }],
  ["run", "POST", "api/contents"],
  ["run", "PATCH", "api/contents/b.txt", { path: "c.txt" }],
  ["run", "PATCH", "api/contents/c.txt", { path: "m.ipynb" }],
  ["run", "PATCH", "api/contents/nowhere.txt", { path: "d.txt" }],
  ["run", "DELETE", "api/contents/c.txt"],
  ["run", "DELETE", "api/contents/nowhere.txt"],
  ["run", "GET", "api/contents/n.ipynb/checkpoints"],
  ["run", "POST", "api/contents/n.ipynb/checkpoints"],
  ["run", "GET", "api/kernelspecs"],
  ["run", "GET", "api/status"],
  ["run", "GET", "api/me"],
  ["run", "GET", "api/sessions"],
  ["run", "GET", "api/terminals"],
  ["run", "GET", "api/kernels"],
  ["run", "POST", "api/kernels", { name: "python3" }],
  ["run", "GET", `api/kernels/${HERE}`],
  ["run", "GET", "api/kernels"],
  ["run", "POST", `api/kernels/${HERE}/interrupt`],
  ["run", "POST", `api/kernels/${HERE}/restart`],
  ["run", "DELETE", `api/kernels/${HERE}`],
  ["run", "GET", `api/kernels/${HERE}`],
  ["run", "DELETE", `api/kernels/${HERE}`],
  [
    "run",
    "POST",
    "api/sessions",
    { path: "n.ipynb", name: "n", type: "notebook", kernel: { name: "python3" } },
  ],
  [
    "run",
    "POST",
    "api/sessions",
    { path: "n.ipynb", name: "n", type: "notebook", kernel: { name: "python3" } },
  ],
  ["run", "GET", "api/sessions"],
  ["run", "PATCH", `api/sessions/${SESSION}`, { path: "o.ipynb", name: "o" }],
  ["run", "GET", `api/sessions/${SESSION}`],
  ["run", "GET", "api/kernels"],
  ["run", "DELETE", `api/sessions/${SESSION}`],
  ["run", "DELETE", `api/sessions/${SESSION}`],
  ["run", "GET", "api/kernels"],
  ["run", "GET", "escherpad/grant"],
  ["view", "GET", "api/contents"],
  ["view", "GET", "api/kernels"],
  ["view", "PUT", "api/contents/b.txt", text("B")],
  ["view", "POST", "api/kernels", { name: "python3" }],
  ["view", "GET", "escherpad/grant"],
  ["none", "GET", "api"],
  ["none", "GET", "escherpad/grant"],
  ["wrong", "GET", "escherpad/grant"],
  ["none", "GET", ".well-known/oauth-authorization-server"],
  ["none", "POST", "escherpad/token", `grant_type=authorization_code&code=x&${client}`],
  ["none", "POST", "escherpad/revoke", client],
  ["none", "POST", "escherpad/revoke", `token=x&${client}`],
];

/** What an answer is like. @param {Response} response */
async function kind(response) {
  const said = await response.text();
  try {
    return [response.status, shape(JSON.parse(said)), JSON.parse(said)];
  } catch {
    return [response.status, said === "" ? "" : "text", null];
  }
}

/** The names and types in a value; lists by what their first item is. */
function shape(value) {
  if (Array.isArray(value)) {
    const byPath = value.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    return byPath.slice(0, 1).map(shape);
  }
  if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, shape(value[name])]));
}

async function askAll(base, given, fetchIt) {
  const ids = { [HERE]: "", [SESSION]: "" };
  const answers = [];
  for (const [who, method, path, body] of REQUESTS) {
    const token = { ...given, wrong: "wrong" }[who];
    const headers = { Origin: origin, ...(token && { Authorization: `Bearer ${token}` }) };
    const isForm = typeof body === "string";
    if (body !== undefined)
      headers["Content-Type"] = isForm ? "application/x-www-form-urlencoded" : "application/json";
    const init = {
      method,
      headers,
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    };
    const answer = await fetchIt(`${base}/${path.replace(/\{\w+\}/, (name) => ids[name])}`, init)
      .then(readable)
      .catch(() => null);
    const [status, form, value] = answer ? await kind(answer) : ["unreadable", "", null];
    if (method === "POST" && path === "api/kernels") ids[HERE] ||= value?.id;
    if (method === "POST" && path === "api/sessions") ids[SESSION] ||= value?.id;
    answers.push([status, form, path.startsWith("api/contents") ? value?.path : undefined]);
  }
  return answers;
}

/** What a page of this origin may read. @param {Response} response */
function readable(response) {
  if (!response.url && !response.headers.has("Access-Control-Allow-Origin")) return response; // fake
  if (!response.headers.has("Access-Control-Allow-Origin")) throw new TypeError("unreadable");
  return response;
}

const real = await askAll(server, tokens, fetch);
const url = "http://localhost:8888";
const fake = fakeServer({ url, files: FILES });
const [run, view] = [["run"], ["view"]].map((scopes) => fake.connection({ scopes }).token);
const faked = await askAll(url, { run, view }, (address, init) => fetch(address, init));
fake.uninstall();
const differ = REQUESTS.flatMap(([who, method, path], index) => {
  const pair = [real[index], faked[index]];
  return JSON.stringify(pair[0]) === JSON.stringify(pair[1])
    ? []
    : [[`${who} ${method} ${path}`, ...pair]];
});
console.log(JSON.stringify(differ));
