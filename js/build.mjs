// Builds what a server serves: the library in one file, and the element in another, which imports
// it; each with its source map.
//   node build.mjs           writes bundle/
//   node build.mjs --check   fails if bundle/ is not what src/ gives

import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";

const folder = import.meta.dirname;
const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));

/** The element has no library of its own: it would have connections of its own, too. */
const libraryBeside = {
  name: "library-beside",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/connect\.js$/ }, ({ path }) => ({ path, external: true }));
  },
};

const { outputFiles } = await build({
  absWorkingDir: folder,
  entryPoints: ["src/connect.js", "src/element.js"],
  outdir: "bundle",
  banner: { js: `/*! ${name} ${version}, the client library of escherpad-ext. ${license} */` },
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  sourcemap: true,
  write: false,
  plugins: [libraryBeside],
});

const stale = [];
for (const { path, text } of outputFiles) {
  const present = await readFile(path, "utf8").catch(() => "");
  if (present.replaceAll("\r\n", "\n") === text) continue;
  if (process.argv.includes("--check")) stale.push(basename(path));
  else await writeFile(path, text);
}
if (stale.length) {
  console.error(`Run "npm run build" in js/: ${stale.join(" and ")} differ from src/.`);
  process.exitCode = 1;
}
