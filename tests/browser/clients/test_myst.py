"""docs/clients/myst.md: books that the tools themselves have built run code, in a real browser."""

from __future__ import annotations

import importlib.util
import shutil
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.browser.browsers import Browser, drive
from support.browser.sites import VISIT, OwnersServer, Site, type_command, visit
from support.jupyter_process import JupyterProcess
from support.recipes import Recipe
from support.requirements import missing

pytestmark = pytest.mark.timeout(240)

RECIPE = Recipe.of("clients/myst.md")
SPHINX, MYST = (RECIPE.text.split("\n## ")[number] for number in (1, 2))
LIBRARIES = Path(__file__).parent / "thebe" / "node_modules"
SERVER = "http://localhost:8888"
ORIGIN = "http://localhost:3000"


@dataclass
class World:
    """A server that lets the MyST book in, with the token for it; nothing is set for the other."""

    server: JupyterProcess
    sphinx: Site
    myst: Site
    token: str


@pytest.fixture(scope="module")
def world(tls: ssl.SSLContext, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if not LIBRARIES.is_dir():
        missing(f"Install thebe: run npm install in {LIBRARIES.parent}")
    folder = tmp_path_factory.mktemp("books")
    with ExitStack() as stack:
        sphinx = stack.enter_context(Site(folder / "sphinx" / "_build", tls=tls))
        myst = stack.enter_context(Site(folder / "myst" / "_site", host="localhost"))
        server = OwnersServer(folder / "jupyter", {}, others=False)
        allow, create = (
            line.replace(ORIGIN, myst.origin) for line in commands(MYST, "jupyter escherpad")
        )
        server.root.mkdir(parents=True)
        type_command(allow, server)
        token = type_command(create, server)
        yield World(stack.enter_context(server), sphinx, myst, token)


def commands(section: str, program: str) -> list[str]:
    return [line for line in RECIPE.commands if line in section and line.startswith(program)]


def leaks(world: World, *lines: str) -> list[str]:
    secrets = [world.server.token, world.token, *world.token.split(".")[1:]]
    return [
        line for line in [*lines, *world.server.log().splitlines()] if any(map(line.count, secrets))
    ]


def test_a_sphinx_book_runs_code_on_the_readers_server(
    world: World, node: str, chrome: Browser, tmp_path: Path
) -> None:
    """With a button of the book's, and without any setting; no token is in any address."""
    if importlib.util.find_spec("sphinx_thebe") is None and not shutil.which("sphinx-build"):
        missing("Install Sphinx and sphinx-thebe: pip install sphinx-thebe")
    book = world.sphinx.folder.parent
    static = book / "_static"
    shutil.copytree(
        LIBRARIES / "thebe" / "lib", static / "thebe", ignore=shutil.ignore_patterns("*.map")
    )
    for name in ("conf.py", "_static/own-server.js"):
        (book / name).write_text(RECIPE.file(name, {}))
    address = {SERVER: world.server.url.rstrip("/")}
    (book / "index.rst").write_text(RECIPE.file("index.rst", address))
    (line,) = commands(SPHINX, "sphinx-build")
    type_command(line, world.server, book)
    world.sphinx.put_connect_js(RECIPE)
    shutil.move(world.sphinx.folder / "connect.js", world.sphinx.folder / "_static")
    run = drive(
        node,
        chrome,
        tmp_path / "profile",
        [
            visit(
                "sphinx",
                f"{world.sphinx.origin}/",
                {"wait": "#own-server"},
                {"connect": "#own-server", "secret": world.server.token},
                {"wait": ".thebe-output", "text": "42"},
            )
        ],
        program=VISIT,
    )
    run.check()
    assert any(url.startswith("ws") for url in run.urls)
    assert leaks(world, *run.urls) == []


# Stands in for the theme, which is in no package registry: hands to thebe-core what the theme hands
# to it, out of what mystmd has built (thebeFrontmatterToOptions of @myst-theme/jupyter).
THEME = """<!doctype html>
<meta charset="utf-8" />
<button id="run" disabled>Run</button>
<article></article>
<script src="thebe/thebe-core.min.js"></script>
<script type="module">
  const read = async (path) => (await fetch(path)).json();
  const { server } = (await read("config.json")).projects[0].thebe;
  const { mdast } = await read("content/index.json");
  const code = mdast.children[0].children.find(({ type }) => type === "code");
  const { api } = window.thebeCore;
  const serverSettings = { baseUrl: server.url, token: server.token };
  const config = api.makeConfiguration({ serverSettings });
  const rendermime = api.makeRenderMimeRegistry(config.mathjax);
  const block = { id: code.key, source: code.value };
  const notebook = api.setupNotebookFromBlocks([block], config, rendermime);
  const connection = await api.connectToJupyter(config).ready;
  notebook.attachSession(await connection.startNewSession(rendermime));
  notebook.cells[0].attachToDOM(document.querySelector("article"));
  run.onclick = () => notebook.executeAll();
  run.disabled = false;
</script>
"""
TEMPLATE = "jtex: v1\ntitle: Theme\nversion: 1.0.0\nbuild: {install: '', start: ''}\nfiles: []\n"


def test_a_myst_book_runs_code_with_what_is_written_in_it(
    world: World, node: str, chrome: Browser, tmp_path: Path
) -> None:
    """mystmd itself makes the book's content. The server's token is in it, as the page warns, and
    then in the address of the socket, where it counts; nowhere else, and not in the log."""
    if importlib.util.find_spec("jupyter_book") is None:
        missing('Install Jupyter Book 2: pip install "jupyter-book>=2"')
    book, content = world.myst.folder.parent, world.myst.folder.parent / "_build" / "site"
    (book / "theme").mkdir()
    (book / "theme" / "template.yml").write_text(TEMPLATE)
    written = {f"{SERVER}/": world.server.url, "the-token": world.token, "book-theme": "./theme"}
    (book / "myst.yml").write_text(RECIPE.file("myst.yml", written))
    (book / "index.md").write_text(RECIPE.file("index.md", {}))
    (start,) = commands(MYST, "jupyter-book")
    assert start.startswith("jupyter-book start")
    type_command("jupyter-book build --site", world.server, book)
    shutil.copytree(content, world.myst.folder, dirs_exist_ok=True)
    thebe = LIBRARIES / "thebe-core" / "dist" / "lib"
    shutil.copytree(thebe, world.myst.folder / "thebe", ignore=shutil.ignore_patterns("*.map"))
    world.myst.put("index.html", THEME)
    page = visit(
        "myst", f"{world.myst.origin}/", {"click": "#run"}, {"wait": "article", "text": "42"}
    )
    run = drive(node, chrome, tmp_path / "profile", [page], program=VISIT)
    run.check()
    assert world.token in (world.myst.folder / "config.json").read_text()
    with_token = leaks(world, *run.urls)
    assert [url.partition("?")[0].rpartition("/")[2] for url in with_token] == ["channels"]
