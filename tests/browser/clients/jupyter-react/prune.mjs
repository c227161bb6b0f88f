// Leaves of package-lock.json what ends up in a bundle: a third of the megabytes, half of the packages.
// For a new version: write it into package.json, remove package-lock.json and node_modules, run
//   npm install --ignore-scripts
//   node prune.mjs FOLDER      (one with the recipe's main.jsx and props.jsx, and connect.js)
//   rm -r node_modules && npm install
// @lumino/application and @lumino/datagrid are in package.json since jupyter-react does not say that it uses them.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "../../node_modules/esbuild/lib/main.js";

const [folder] = process.argv.slice(2);
const { metafile } = await build({
  entryPoints: ["main.jsx", "props.jsx"].map((name) => join(folder, name)),
  nodePaths: [join(import.meta.dirname, "node_modules")],
  bundle: true,
  write: false,
  metafile: true,
  outdir: "nowhere",
  splitting: true,
  format: "esm",
  jsx: "automatic",
  loader: { ".svg": "dataurl" },
});

/** "node_modules/a/node_modules/@b/c" of a file below it. */
const packageOf = (file) =>
  file.match(/node_modules\/(?:.*node_modules\/)?(?:@[^/]+\/)?[^/]+/)?.[0];
const used = new Set(Object.keys(metafile.inputs).map(packageOf));

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const packages = Object.fromEntries(
  Object.entries(lock.packages).filter(
    ([name, { link }]) => ["", "nothing"].includes(name) || link || used.has(name),
  ),
);

/** Whether `name` is there for the package in `folder`, as Node.js looks for it. */
function has(folder, name) {
  if (packages[`${folder}/node_modules/${name}`.replace(/^\//, "")]) return true;
  return folder !== "" && has(folder.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, ""), name);
}

for (const [folder, entry] of Object.entries(packages)) {
  for (const kind of ["dependencies", "optionalDependencies", "peerDependencies"]) {
    // npm would miss what is gone.
    const kept = Object.entries(entry[kind] ?? {}).filter(([name]) => has(folder, name));
    if (kept.length > 0) entry[kind] = Object.fromEntries(kept);
    else delete entry[kind];
  }
  delete entry.peerDependenciesMeta;
  delete entry.bin;
}
writeFileSync("package-lock.json", `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
