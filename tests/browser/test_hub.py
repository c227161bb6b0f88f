"""JupyterHub in real browsers: pages on other origins at its servers, and its own pages."""

from __future__ import annotations

import json
import re
import shutil
import ssl
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import urlsplit

import pytest
from support.browser.browsers import ONE_ENGINE, Browser, Run, drive
from support.browser.page_server import PageServer
from support.entry.applications import NOTEBOOK
from support.hub.hub_process import PASSWORD, HubProcess, UserServer
from support.jupyter_process import put_sample_files

pytest_plugins = ["support.hub.fixtures"]
pytestmark = pytest.mark.timeout(400)

#: What is another for each user, and each time.
SAME_NAME = [
    (r"\b(carl|dave)\b", "USER"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "ID"),
    (r"\?[^\"\s]*", ""),
]
SOCKETS = r"api/kernels/[^/]+/channels|terminals/websocket/[^/]+|api/events/subscribe"
#: What pages ask for once more, or not, as it happens.
WELL = {200, 204, 302}


@pytest.mark.parametrize("browser", ONE_ENGINE, indirect=True)
def test_pages_and_people_come_from_elsewhere(
    hub: HubProcess,
    serve_page: Callable[..., PageServer],
    run_browser: Callable[..., Run],
    tls: ssl.SSLContext,
) -> None:
    """From another origin a whole notebook session works with a token of the Hub's.

    So it does for a client that can only put the token into the sockets' addresses. And a person
    connects a site to two servers, by the Hub's login.
    """
    page = serve_page("session.js", "app.localhost", tls)
    site = serve_page("connect.js", "app.localhost", tls)
    servers = hub.start(("ana", ""), ("ana", "second"))
    for server in servers:
        fill(server)
    token = hub.token("ana", "access:servers!user=ana")
    sessions = [
        {
            "act": "steps",
            "name": name,
            "url": page.origin,
            "input": {"server": server.url, "token": token, "inUrl": in_url},
        }
        for name, server, in_url in zip(
            ("session", "tokens in addresses"), servers, (False, True), strict=True
        )
    ]
    person = {"user": "ana", "password": PASSWORD}
    addresses = [server.url.rstrip("/") for server in servers]
    run = run_browser(
        *sessions,
        {"act": "connect", "site": site.origin, "servers": addresses, **person},
        program="hub.mjs",
        seconds=300,
    )
    run.check()
    shown = {urlsplit(url).path for url in run.urls if token in url}
    assert len(shown) > 2
    assert {path for path in shown if not is_socket(path, servers[1])} == set()


@pytest.mark.parametrize("browser", ONE_ENGINE, indirect=True)
def test_jupyterlab_shows_who_is_connected(
    hub: HubProcess,
    labextensions: Path,
    serve_page: Callable[..., PageServer],
    run_browser: Callable[..., Run],
    tls: ssl.SSLContext,
) -> None:
    """At a single-user server, by the Hub's login and behind its proxy."""
    shutil.copytree(labextensions, hub.folder / "labextensions", dirs_exist_ok=True)
    (server,) = hub.start(("lena", ""))
    site = serve_page("connect.js", "app.localhost", tls).origin
    person = {"user": "lena", "password": PASSWORD}
    given = {"site": site, "server": server.url.rstrip("/"), **person}
    run_browser({"act": "lab", **given}, program="hub.mjs", seconds=200).check()


def test_the_hub_is_what_it_is_without_us(
    hub: HubProcess, node: str, chrome: Browser, tmp_path: Path
) -> None:
    """Where nothing is configured: a person logs in, starts a server, runs a cell in JupyterLab.

    They make a token of the Hub's, stop the server and log out: all of it is the same, and so are
    the answers and what the console says.
    """
    reports = {user: tmp_path / f"{user}.json" for user in ("carl", "dave")}
    for user in reports:
        (hub.home(user) / "book.ipynb").write_text(NOTEBOOK)
    acts = [
        {
            "act": "work",
            "hub": hub.origin,
            "user": user,
            "password": PASSWORD,
            "report": str(report),
        }
        for user, report in reports.items()
    ]
    profile = Path(mkdtemp(dir=tmp_path))
    drive(node, chrome, profile, acts, program="hub.mjs", seconds=300).check()
    ours, theirs = (
        json.loads(same(json.dumps(json.loads(report.read_text())))) for report in reports.values()
    )
    assert ours["steps"] == theirs["steps"]
    assert ours["steps"]["runs its cell"] == "42"
    assert set(ours["console"]) == set(theirs["console"])
    with_, without = answers(ours), answers(theirs)
    assert len(with_) > 50
    both = with_.keys() & without.keys()
    assert {key: with_[key] for key in both} == {key: without[key] for key in both}
    once = {**with_, **without}
    assert {key: once[key] for key in with_.keys() ^ without.keys() if once[key] - WELL} == {}


def is_socket(path: str, server: UserServer) -> bool:
    """Return whether a path is that of a WebSocket on this server."""
    below = path.removeprefix(f"{server.path}")
    return below != path and bool(re.fullmatch(SOCKETS, below))


def answers(seen: dict[str, Any]) -> dict[tuple[str, str], set[int]]:
    """Return method and path → the statuses that came of it."""
    found: dict[tuple[str, str], set[int]] = {}
    for answer in seen["answers"]:
        status = 200 if answer["status"] in {0, 304} else answer["status"]
        found.setdefault((answer["method"], answer["url"]), set()).add(status)
    return found


def fill(server: UserServer) -> None:
    """Have the files that the pages read, and none that was left there."""
    for left in server.home.iterdir():
        if left.is_file() and not left.name.startswith("."):
            left.unlink()
    put_sample_files(server.home)


def same(text: str) -> str:
    for pattern, name in SAME_NAME:
        text = re.sub(pattern, name, text)
    return text
