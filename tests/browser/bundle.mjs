// Bundles a page's script: node bundle.mjs ENTRY TARGET
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const [entry, target] = process.argv.slice(2);
await build({
  entryPoints: [entry],
  outfile: target,
  bundle: true,
  format: "iife",
  platform: "browser",
  logLevel: "error",
  nodePaths: [fileURLToPath(new URL("node_modules", import.meta.url))],
  alias: { path: "path-browserify" },
  define: { "process.env.NODE_ENV": '"production"', global: "window" },
});
