"""docs/clients/thebe.md: a page with thebe-core runs code, in real browsers."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.browser.browsers import ONE_ENGINE, Browser, drive
from support.browser.sites import NEWEST, VISIT, OwnersServer, Site, install, type_command, visit
from support.jupyter_process import JupyterProcess, put_sample_files
from support.recipes import Recipe
from support.requirements import missing

pytestmark = pytest.mark.timeout(1200 if NEWEST else 240)

RECIPE = Recipe.of("clients/thebe.md")
PACKAGES = Path(__file__).parent / "thebe"
SERVER = "http://localhost:8888"
ORIGIN = "https://app.example.com"


@dataclass
class World:
    server: JupyterProcess
    connecting: Site
    pasting: Site
    token: str


@pytest.fixture(scope="module")
def world(tls: ssl.SSLContext, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return a server whose owner typed the lines of the page, and the page's two sites."""
    if not NEWEST and not (PACKAGES / "node_modules" / "thebe-core").is_dir():
        missing(f"Install thebe-core: run npm install in {PACKAGES}")
    folder = tmp_path_factory.mktemp("thebe")
    get, *lines = RECIPE.commands
    install(get, folder, PACKAGES)
    library = folder / "node_modules" / "thebe-core" / "dist" / "lib"
    with ExitStack() as stack:
        connecting, pasting = (
            stack.enter_context(Site(folder / name, tls=tls)) for name in ("connect", "paste")
        )
        server = OwnersServer(folder / "jupyter", {}, others=False)
        put_sample_files(server.root)
        allow, create = (line.replace(ORIGIN, pasting.origin) for line in lines)
        type_command(allow, server, server.root)
        token = type_command(create, server, server.root)
        put_page(connecting, server, "settings.js", library)
        connecting.put_connect_js(RECIPE)
        put_page(pasting, server, "pasted/settings.js", library)
        yield World(stack.enter_context(server), connecting, pasting, token)


def put_page(site: Site, server: JupyterProcess, settings: str, library: Path) -> None:
    """Write what the page of the documentation says to write."""
    site.put("index.html", RECIPE.file("index.html", {SERVER: server.url.rstrip("/")}))
    for name in ("main.js", "files.js"):
        site.put(name, RECIPE.file(name, {}))
    site.put("settings.js", RECIPE.file(settings, {}))
    shutil.copytree(library, site.folder / "thebe", ignore=shutil.ignore_patterns("*.map"))


# Reads files in both ways; thebe-core's own methods are those that the page warns of.
FILES = """
import { getContents } from "./files.js";
import { getServerSettings } from "./settings.js";

const { connectToJupyter, makeConfiguration } = window.thebeCore.api;
const server = connectToJupyter(makeConfiguration({ serverSettings: await getServerSettings() }));
await server.ready;
const own = await server.getContents({ path: "data.js" }).catch((error) => error.message);
const missing = await getContents(server, "missing.txt").catch((error) => error.message);
const { name, content } = await getContents(server, "data.js");
export default [own, missing, name, typeof content].join(", ");
"""


@pytest.mark.parametrize("browser", ONE_ENGINE, indirect=True)
def test_thebe_core_runs_code(world: World, node: str, browser: Browser, tmp_path: Path) -> None:
    """By connect.js, with no setting at all, no token is in any address. A token that somebody
    pastes is in the address of the socket, as thebe-core has it, and counts in no other."""
    connected, pasted = f"{world.connecting.origin}/", f"{world.pasting.origin}/"
    world.pasting.put("files_test.js", FILES)
    run = drive(
        node,
        browser,
        tmp_path / "profile",
        [
            visit(
                "connected",
                connected,
                {"connect": "#run", "secret": world.server.token},
                {"wait": "#output", "text": "42"},
            ),
            visit(
                "pasted",
                pasted,
                {"until": f"(document.getElementById('token').value = '{world.token}') !== ''"},
                {"click": "#run"},
                {"wait": "#output", "text": "42"},
                {"until": "import('./files_test.js').then((files) => files.default)"},
            ),
        ],
        program=VISIT,
    )
    run.check()
    files = run.steps[-1].detail
    assert files.startswith('"401'), files
    assert files.endswith("'/missing.txt' does not exist, data.js, string\""), files
    assert {urlsplit(url).path.rpartition("/")[2] for url in run.urls if "token=" in url} <= {
        "channels",
        "data.js",
    }
    secrets = [world.server.token, world.token, *world.token.split(".")[1:]]
    assert not [line for line in world.server.log().splitlines() if any(map(line.count, secrets))]
