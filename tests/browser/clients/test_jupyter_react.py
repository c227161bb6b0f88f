"""docs/clients/jupyter-react.md: a React page with a cell runs code, in a real browser."""

from __future__ import annotations

import shlex
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.browser.browsers import NODE_FOLDER, Browser, drive
from support.browser.sites import NEWEST, VISIT, OwnersServer, Site, install, type_command, visit
from support.jupyter_process import JupyterProcess
from support.recipes import Recipe
from support.requirements import missing
from traitlets.config import Config

pytestmark = pytest.mark.timeout(1200 if NEWEST else 240)

RECIPE = Recipe.of("clients/jupyter-react.md")
PACKAGES = Path(__file__).parent / "jupyter-react"
SERVER = "http://localhost:8888"
ORIGIN = "https://app.example.com"


@dataclass
class World:
    """One site, a server without any setting, and one with those of the page."""

    site: Site
    untouched: JupyterProcess
    server: JupyterProcess
    token: str


@pytest.fixture
def world(tls: ssl.SSLContext, tmp_path: Path) -> Iterator[World]:
    """Start what the page speaks of, with the files that it says to write."""
    if not NEWEST and not (PACKAGES / "node_modules" / "@datalayer" / "jupyter-react").is_dir():
        missing(f"Install jupyter-react: run npm install in {PACKAGES}")
    with ExitStack() as stack:
        site = stack.enter_context(Site(tmp_path / "site", tls=tls))
        untouched = stack.enter_context(OwnersServer(tmp_path / "untouched", {}, others=False))
        config = {"EscherpadExt": written_settings(site.origin)}
        server = stack.enter_context(OwnersServer(tmp_path / "jupyter", config, others=False))
        create = next(line for line in RECIPE.commands if line.startswith("jupyter escherpad"))
        token = type_command(create.replace(ORIGIN, site.origin), server)
        yield World(site, untouched, server, token)


def written_settings(origin: str) -> dict[str, object]:
    """Return what the page says to write into ``jupyter_server_config.py``."""
    config = Config()
    exec(RECIPE.text.split("```python\n")[1].split("```")[0].replace(ORIGIN, origin), {"c": config})
    return dict(config.EscherpadExt)


def put_page(site: Site, name: str, server: JupyterProcess) -> None:
    """Write the page and bundle its program, as the documentation says."""
    site.put(f"{name}.jsx", RECIPE.file(f"{name}.jsx", {SERVER: server.url.rstrip("/")}))
    site.put(f"{name}.html", RECIPE.file("index.html", {}).replace('"main.', f'"{name}.'))
    bundle = next(line for line in RECIPE.commands if line.startswith("npx"))
    program, tool, *arguments = shlex.split(bundle.replace("main.jsx", f"{name}.jsx"))
    assert (program, tool) == ("npx", "esbuild")
    packages = site.folder if NEWEST else NODE_FOLDER
    command = [packages / "node_modules" / ".bin" / "esbuild", *arguments, "--log-level=error"]
    subprocess.run(command, cwd=site.folder, check=True, timeout=100)


def test_a_cell_of_jupyter_react_runs_code(
    world: World, node: str, chrome: Browser, tmp_path: Path
) -> None:
    """It is installed as the page says, and one React is all that there is.

    With a service manager of its own it needs no setting, and no token is in any address. Left to
    itself it sends credentials, which needs the setting that the page names.
    """
    site, secret = world.site, world.untouched.token
    site.put_connect_js(RECIPE)
    site.put("package.json", RECIPE.file("package.json", {}))
    install(next(line for line in RECIPE.commands if line.startswith("npm")), site.folder, PACKAGES)
    put_page(site, "main", world.untouched)
    put_page(site, "props", world.server)
    output = {"wait": ".jp-OutputArea-output", "text": "42"}
    main = visit(
        "main", f"{site.origin}/main.html", {"connect": "button", "secret": secret}, output
    )
    paste = [{"type": "input", "text": world.token}, {"click": "button"}]
    props = visit("props", f"{site.origin}/props.html", *paste, output)
    run = drive(node, chrome, tmp_path / "profile", [main, props], program=VISIT)
    run.check()
    in_addresses = [url for url in run.urls if "token=" in url or world.token in url]
    assert {urlsplit(url).path.split("/")[2] for url in in_addresses} <= {"kernels", "events"}
    assert all(url.startswith(world.server.url.replace("http", "ws")) for url in in_addresses)
    logs = [*world.untouched.log().splitlines(), *world.server.log().splitlines()]
    secrets = [secret, world.server.token, world.token, world.token.split(".")[1]]
    assert not [line for line in logs if any(map(line.count, secrets))]
