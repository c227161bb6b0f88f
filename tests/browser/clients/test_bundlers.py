"""docs/clients/vite.md, react.md and html.md: sites as people make them, on a real server."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.browser.browsers import Browser, drive
from support.browser.sites import VISIT, OwnersServer, Site, visit
from support.doc_pages import ROOT
from support.jupyter_process import JupyterProcess, put_sample_files
from support.recipes import Recipe
from support.requirements import missing

pytestmark = pytest.mark.timeout(300)

PACKAGES = Path(__file__).parent / "bundlers" / "node_modules"
VITE, REACT, HTML = (Recipe.of(f"clients/{name}.md") for name in ("vite", "react", "html"))
EXAMPLE = "http://localhost:8888"
BUTTON = "jupyter-connect >>> .connect"
BUNDLE = """\
import { createRequire } from "node:module";
const [, script, bundler, entry, folder] = process.argv;
const require = createRequire(script);
if (bundler === "webpack") {
  const output = { path: folder, filename: "main.js" };
  const options = { mode: "production", optimization: { minimize: false }, entry, output };
  await new Promise((done, fail) =>
    require("webpack")(options, (error, stats) =>
      error || stats.hasErrors() ? fail(error ?? stats.toString("errors-only")) : done()));
} else {
  const { rollup } = require("rollup");
  const { nodeResolve } = require("@rollup/plugin-node-resolve");
  const made = await rollup({ input: entry, plugins: [nodeResolve()] });
  await made.write({ dir: folder, format: "es", entryFileNames: "main.js" });
}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterProcess]:
    """A server without any setting."""
    server = OwnersServer(tmp_path_factory.mktemp("server"), {})
    put_sample_files(server.root)
    with server:
        yield server


class Workshop:
    """Makes sites, each in a folder of its own."""

    def __init__(self, folder: Path, node: str, server: JupyterProcess) -> None:
        self.folder, self.node = folder, node
        self.changes = {EXAMPLE: server.url.rstrip("/")}

    def vite(self, recipe: Recipe, *files: str) -> Path:
        """Follow a page with ``npm create vite``; return the folder of the built site."""
        create, enter, _install = recipe.commands
        program, verb, what, *arguments = shlex.split(create)
        assert (program, verb, what) == ("npm", "create", "vite@latest")
        name, dashes, *options = arguments
        assert dashes == "--"
        home = self.folder / recipe.page.stem
        home.mkdir()
        self.run(PACKAGES / "create-vite" / "index.js", name, *options, cwd=home)
        site = home / enter.removeprefix("cd ")
        self.install(site)
        for file in files:
            text = recipe.file(file, self.changes if EXAMPLE in recipe.file(file, {}) else {})
            (site / file).write_text(text, encoding="utf-8")
        config = "tsconfig.app.json" if (site / "tsconfig.app.json").exists() else "tsconfig.json"
        compiler = PACKAGES / "typescript" / "bin" / "tsc"
        self.run(compiler, "-p", config, "--strict", cwd=site)
        self.run(PACKAGES / "vite" / "bin" / "vite.js", "build", "--logLevel=error", cwd=site)
        return site / "dist"

    def bundle(self, bundler: str, recipe: Recipe, program: str) -> Path:
        """Bundle a page's program, without its types; return the folder of the site."""
        home = self.folder / bundler
        home.mkdir()
        self.install(home)
        source = recipe.file(program, {}).replace(")!", ")")
        source = source.replace("./element.js", "escherpad-connect/element")
        (home / "main.js").write_text(source, encoding="utf-8")
        loaded = {"src/main.ts": "/src/main.ts"}.get(program, program)
        page = recipe.file("index.html", {**self.changes, loaded: "main.js"})
        site = home / "site"
        site.mkdir()
        (site / "index.html").write_text(page, encoding="utf-8")
        (home / "package.json").write_text('{"type": "module"}', encoding="utf-8")
        (home / "bundle.mjs").write_text(BUNDLE, encoding="utf-8")
        self.run(home / "bundle.mjs", bundler, home / "main.js", site, cwd=home)
        return site

    def plain(self) -> Path:
        """Follow html.md; return the folder of the site."""
        site = self.folder / "html"
        site.mkdir()
        (site / "index.html").write_text(HTML.file("index.html", self.changes), encoding="utf-8")
        for name in ("page.js", "worker.js"):
            (site / name).write_text(HTML.file(name, {}), encoding="utf-8")
        for name in ("connect.js", "element.js"):
            shutil.copy(ROOT / "js" / "bundle" / name, site / name)
        return site

    def install(self, site: Path) -> None:
        """Put in place what npm would: links to what is installed, and this package."""
        packages = site / "node_modules"
        packages.mkdir()
        for package in PACKAGES.iterdir():
            (packages / package.name).symlink_to(package, target_is_directory=True)
        ours = packages / "escherpad-connect"
        shutil.copytree(ROOT / "js", ours, ignore=shutil.ignore_patterns("node_modules"))
        self.run(PACKAGES / "typescript" / "bin" / "tsc", "-p", "tsconfig.types.json", cwd=ours)

    def run(self, *command: str | Path, cwd: Path) -> None:
        done = subprocess.run(
            [self.node, *command],
            cwd=cwd,
            env={**os.environ, "CI": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def test_sites_are_built_and_connect(
    server: JupyterProcess, node: str, chrome: Browser, tmp_path: Path
) -> None:
    """By Vite with TypeScript and with React, by webpack, by Rollup, and without any of them.

    They run a cell, or list the files, also in a worker, and notice that they are disconnected.
    What runs a cell has a socket and hears it at once: its page never asks.
    """
    if not (PACKAGES / "create-vite").is_dir():
        missing(f"Install what sites are built with: run npm install in {PACKAGES.parent}")
    shop = Workshop(tmp_path, node, server)
    cell = [says("42"), ends(server), says("The connection has ended: revoked")]
    listed: list[dict[str, Any]] = [
        {"wait": "li", "text": "sample.ipynb"},
        ends(server),
        {"gone": "li"},
    ]
    in_worker = {"wait": "#count", "text": "files and folders"}
    sites = {
        "vite": (shop.vite(VITE, "index.html", "src/main.ts"), cell),
        "webpack": (shop.bundle("webpack", VITE, "src/main.ts"), cell),
        "rollup": (shop.bundle("rollup", HTML, "page.js"), listed),
        "react": (shop.vite(REACT, "src/App.tsx"), listed),
        "html": (shop.plain(), [in_worker, *listed]),
    }
    with ExitStack() as stack:
        acts = []
        for number, (name, (folder, does)) in enumerate(sites.items()):
            site = stack.enter_context(Site(folder, "localhost"))
            secret = {} if number else {"secret": server.token}
            asked = {"connect": BUTTON, **secret}
            acts.append(visit(name, f"{site.origin}/", asked, *does, stopped=does is cell))
        run = drive(node, chrome, tmp_path / "profile", acts, program=VISIT, seconds=200)
    run.check()
    noticed = {step.page: step.seconds for step in run.steps if "revoked" in step.detail}
    print("seconds until a site noticed that it was disconnected:", noticed)
    assert noticed.keys() >= {"vite", "webpack"}


def says(text: str) -> dict[str, Any]:
    return {"wait": "pre", "text": text}


def ends(server: JupyterProcess) -> dict[str, Any]:
    return {"disconnects": f"{server.url}escherpad/"}
