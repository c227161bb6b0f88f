"""People at one notebook: one in JupyterLab, others in pages on another origin."""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
import shlex
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import product
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from support.browser.browsers import NODE_FOLDER, Browser, NotInstalledError, drive, find_browser
from support.browser.collaboration_server import NOTEBOOK, PATH, World
from support.browser.page_server import PageServer
from support.browser.sites import NEWEST, install
from support.doc_pages import ROOT, code, table
from support.jupyter_process import JupyterProcess
from support.recipes import Recipe
from support.requirements import missing
from tornado.websocket import WebSocketHandler

from escherpad_ext.policy.scopes import expand

pytestmark = pytest.mark.timeout(1200 if NEWEST else 240)

RECIPE = Recipe.of("collaboration.md")
ROUTES = [
    [code(method), code(route), code(scope)]
    for method, route, scope in table(RECIPE.page, "| method | address | scope |")
]
PACKAGES = NODE_FOLDER / "collaboration"
LIBRARY = ROOT / "js" / "src"


@pytest.fixture(scope="module")
def page_script(node: str, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a page made as the documentation says."""
    if not NEWEST and not (PACKAGES / "node_modules").is_dir():
        missing(f"Install the provider: run npm install in {PACKAGES}")
    folder = tmp_path_factory.mktemp("site")
    install(next(line for line in RECIPE.commands if line.startswith("npm ")), folder, PACKAGES)
    for name in ("settings.js", "notebook.js"):
        (folder / name).write_text(RECIPE.file(name, {}), encoding="utf-8")
    shutil.copytree(LIBRARY, folder, dirs_exist_ok=True)
    (folder / "page.js").write_bytes((NODE_FOLDER / "page" / "collaboration.js").read_bytes())
    (line,) = [line for line in RECIPE.commands if line.startswith("npx esbuild ")]
    esbuild = NODE_FOLDER / "node_modules" / ".bin" / "esbuild"
    subprocess.run([esbuild, *shlex.split(line)[2:]], cwd=folder, check=True, timeout=60)
    return (folder / "bundle.js").read_bytes()


@pytest.fixture(scope="module")
def world(
    page_script: bytes, tls: ssl.SSLContext, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    if not importlib.util.find_spec("jupyter_server_ydoc"):
        missing("Install what is tested: pip install jupyter-collaboration")
    with ExitStack() as stack:
        page, other, refused = [
            stack.enter_context(PageServer(page_script, *where))
            for where in (("app.localhost", tls), ("localhost", tls), ("localhost",))
        ]
        allowed = [page.origin, other.origin]
        config = {
            "EscherpadExt": {"allowed_origins": allowed},
            "LabApp": {"expose_app_in_browser": True},
        }
        server = JupyterProcess(tmp_path_factory.mktemp("jupyter"), config)
        server.root.mkdir()
        (server.root / PATH).write_text(json.dumps(NOTEBOOK), encoding="utf-8")
        stack.enter_context(server)
        yield World(server, page, other, refused)


@pytest.fixture(scope="module")
def browsers() -> list[Browser]:
    """Return Chromium, and Firefox where it is there."""
    found = []
    for name in ("chrome", "firefox"):
        try:
            found.append(find_browser(name))
        except NotInstalledError as error:
            if not found:
                missing(str(error))
            found.append(found[0])
    return found


def test_people_write_one_notebook(
    world: World, browsers: list[Browser], node: str, tmp_path: Path
) -> None:
    """In two browsers on another origin and in JupyterLab, at the same time; all is in the file.

    ``view`` writes nothing, and pages without a token of their own get no room. Who is revoked or
    expired leaves it within two seconds, for the others to see, is told why, and does not come
    back; what was written before stays.
    """
    first, second = browsers
    act: dict[str, Any] = {
        "second": {"browser": second.name, "executable": second.executable},
        "lab": f"{world.server.url}lab?token={world.server.token}",
        "page": world.page.origin,
        "other": world.other.origin,
        "refused": world.refused.origin,
        "server": world.server.url,
        "path": PATH,
        "room": world.room(),
        "tokens": (tokens := world.people()),
        "give": world.words("create", "--origin", world.page.origin, "--scope", "edit"),
        "revoke": world.words("revoke"),
        "env": world.environment,
    }
    run = drive(node, first, tmp_path, [act], program="collaboration.mjs", seconds=200)
    run.check()
    letters = json.loads(run.steps[-1].detail)
    wait_until(lambda: all(world.source().count(each) == n for each, n in letters.items()))
    assert "ω" not in world.source()  # by who was revoked
    assert not (world.server.root / "vera.txt").exists()
    secrets = [part for each in tokens.values() for part in each["token"].split(".")]
    lines = world.server.log().splitlines()
    assert [line for line in lines if any(secret in line for secret in secrets)] == []


def test_what_a_token_reaches(world: World) -> None:
    """Each route needs the scope of the documentation, and a room opens to nobody else."""
    given = {scope: world.give("--scope", scope) for scope in ("view", "edit")}
    room = world.room().removeprefix(world.server.url.replace("http", "ws", 1))
    name = room.partition("?")[0].rpartition("/")[2]
    actual = {"<path>": PATH, "<room>": name, "<fork>": "none"}
    session = {"format": "json", "type": "notebook"}
    with closing(world.shake_hands(room, given["edit"])[0]):
        for (method, route, scope), (bundle, token) in product(ROUTES, given.items()):
            path = re.sub("<.*?>", lambda found: actual[found[0]], route)
            status, said = world.ask(method, path, token, session)
            covered = scope in expand(bundle)
            assert (status not in (401, 403)) is covered, (method, path, bundle, said)
            assert covered or (status, said["scope"]) == (403, scope)


def test_nobody_else_opens_a_room(world: World) -> None:
    """Without a token, with another page's, from a refused origin: it does not even come to be."""
    view, edit = [world.give("--scope", scope) for scope in ("view", "edit")]
    elsewhere = {"origin": world.other.origin}
    for why, token, asked in [
        ("no_token", "", {}),
        ("scope_missing", view, {}),
        ("wrong_origin", edit, elsewhere),
        ("wrong_origin", edit, {"origin": ""}),
        ("no_token", "", elsewhere),
        ("origin_not_listed", edit, {"origin": "https://evil.example"}),
        ("origin_not_listed", world.server.token, {"origin": world.refused.origin}),
        ("null_origin", edit, {"origin": "null"}),
    ]:
        connection, status, said = world.shake_hands("api/collaboration/room/mine", token, **asked)
        connection.close()
        assert (status in (401, 403), said["reason"]) == (True, why)
    fork = ("PUT", "api/collaboration/fork/mine", {"synchronize": False})
    with pytest.raises(HTTPError, match="404"):
        world.server.owner().ask(*fork)
    connection, status, _ = world.shake_hands("api/collaboration/room/mine", edit)
    with closing(connection):
        assert (status, world.server.owner().ask(*fork)["fork_info"]["root_roomid"]) == (
            101,
            "mine",
        )


def test_the_routes_are_those_of_the_installed_version() -> None:
    """All of them are on the documentation's page, and no other."""
    handlers = pytest.importorskip("jupyter_server_ydoc.handlers")
    found = [
        sorted(_methods(each))
        for each in vars(handlers).values()
        if inspect.isclass(each) and each.__module__ == handlers.__name__
    ]
    documented: dict[str, list[str]] = {}
    for method, route, _ in ROUTES:
        documented.setdefault(route.split("/")[2], []).append(method)
    assert sorted(found) == sorted(map(sorted, documented.values()))


def _methods(handler: type) -> list[str]:
    if issubclass(handler, WebSocketHandler):
        return ["WebSocket"]
    return [m for m in ("GET", "POST", "PUT", "PATCH", "DELETE") if m.lower() in vars(handler)]


def wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)
