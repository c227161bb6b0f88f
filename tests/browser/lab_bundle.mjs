// Bundles the extension for JupyterLab and Notebook as they load it, without the packages that its own build needs:
//   node lab_bundle.mjs FOLDER
// What it shares with the application (https://webpack.js.org/concepts/module-federation/) it takes from there.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const NAME = "escherpad-ext-lab";
const [folder] = process.argv.slice(2);
const source = fileURLToPath(new URL("../../labextension/", import.meta.url));

const options = { bundle: true, write: false, logLevel: /** @type {const} */ ("error") };
const shared = ["@jupyterlab/*", "@lumino/*"];
const script = await build({
  ...options,
  entryPoints: [join(source, "src/index.ts")],
  external: shared,
  format: "cjs",
  metafile: true,
});
const style = await build({ ...options, entryPoints: [join(source, "style/base.css")] });
const names = Object.values(script.metafile.outputs).flatMap(({ imports }) =>
  imports.map(({ path }) => path),
);

const container = `{
  let scope;
  const shared = {};
  const style = () => {
    document.head.append(Object.assign(document.createElement("style"), {
      textContent: ${JSON.stringify(style.outputFiles[0].text)},
    }));
    return {};
  };
  const extension = async () => {
    for (const name of ${JSON.stringify([...new Set(names)])}) {
      shared[name] = (await Object.values(scope[name])[0].get())();
    }
    const module = { exports: {} };
    new Function("module", "exports", "require", ${JSON.stringify(script.outputFiles[0].text)})(
      module, module.exports, (name) => shared[name],
    );
    return () => module.exports;
  };
  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB[${JSON.stringify(NAME)}] = {
    init: async (given) => { scope = given; },
    get: async (wanted) => (wanted === "./style" ? style : extension()),
  };
}`;

const target = join(folder, NAME);
mkdirSync(join(target, "static"), { recursive: true });
writeFileSync(join(target, "static", "remoteEntry.js"), container);
const _build = { load: "static/remoteEntry.js", extension: "./extension", style: "./style" };
writeFileSync(
  join(target, "package.json"),
  JSON.stringify({ name: NAME, version: "0.0.0", jupyterlab: { extension: true, _build } }),
);
