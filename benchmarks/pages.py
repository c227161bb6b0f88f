"""Saves and reads by the real client in real browsers, with the server 50 ms away.

A page on another origin, with the settings of connect.js, against the server's own page with the
client's defaults. Beside it, what those defaults cost on a page on another origin.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from escherpad_ext.grants import GrantRequest, Issuer
from escherpad_ext.policy.scopes import expand
from tests.support.browser import browsers
from tests.support.browser.browsers import NotInstalledError, Step
from tests.support.browser.page_server import PageServer

from .far_away import far_away
from .figures import Counts, Figure
from .servers import TOKEN, Server

LIMIT = 1.03
ROUND_TRIP_SECONDS = 0.05
BROWSERS = {"chrome": "Chromium", "firefox": "Firefox"}
OWN, CONNECTED, DEFAULTS = "same-origin", "connect.js", "defaults"
#: What a page does with one file. With the defaults, nothing of a preflight is kept for later.
RUNS = {OWN: ["first", "again"], CONNECTED: ["first", "again"], DEFAULTS: ["first"]}
ROWS = {
    # side, its first run with a file or the one after, limit, note
    "pages in {}": (CONNECTED, "first", LIMIT, "connect.js; the server's own page"),
    "… with preflights cached": (CONNECTED, "again", None, "the same files, once more"),
    "… without connect.js": (DEFAULTS, "first", None, "the client's own settings"),
}

_HERE = Path(__file__).parent / "page"
_HTML = '<!doctype html><meta charset="utf-8"><title>Page</title><script src="page.js"></script>'
_CHANGES = 5
_DAY_SECONDS = 86400
_Act = dict[str, Any]


def measure(counts: Counts) -> Iterator[Figure]:
    for name, title in list(BROWSERS.items())[: counts.browsers]:
        try:
            rounds, left_out = _rounds(name, counts), ""
        except NotInstalledError as missing:
            rounds, left_out = [], f"not measured: {missing}"
        for row, (side, run, limit, note) in ROWS.items():
            values = tuple(_ratio(steps, side, run) for steps in rounds)
            yield Figure(row.format(title), "x", values, limit, left_out or note)


def _rounds(name: str, counts: Counts) -> list[list[Step]]:
    """Return what the pages did in each round. Raises NotInstalledError."""
    node, browser = browsers.find_node(), browsers.find_browser(name)
    with tempfile.TemporaryDirectory() as folder:
        script = _bundle(node, Path(folder))
        return [_one_round(node, browser, script, counts) for _ in range(counts.rounds)]


def _ratio(steps: list[Step], side: str, run: str) -> float:
    """Return how a side compares to the server's own page, each the median of its turns."""
    own, its = (
        median(step.seconds for step in steps if (step.page, step.name) == (page, run))
        for page in (OWN, side)
    )
    return its / own


def _bundle(node: str, folder: Path) -> Path:
    """Return the page's script, beside the page that loads it."""
    script = folder / "page.js"
    bundle = [node, str(browsers.NODE_FOLDER / "bundle.mjs"), str(_HERE / script.name), str(script)]
    subprocess.run(bundle, check=True, timeout=60)
    (folder / "page.html").write_text(_HTML)
    return script


def _one_round(node: str, browser: browsers.Browser, script: Path, counts: Counts) -> list[Step]:
    with _scene(script) as (server, pages):
        acts = [
            {**pages[side], "act": "turn", "path": f"{turn}-{side}.txt", "times": counts.saves}
            for turn in range(counts.page_turns)
            # A B B A …: each turn begins with what the one before ended with.
            for side in (list(pages) if turn % 2 == 0 else reversed(pages))
        ]
        acts.append({**pages[CONNECTED], **_changes(server)})
        profile = server.folder / "profile"
        run = browsers.drive(node, browser, profile, acts, str(_HERE / "turns.mjs"))
    run.check()
    return run.steps


@contextmanager
def _scene(script: Path) -> Iterator[tuple[Server, dict[str, _Act]]]:
    """Run a server that also serves the page, far away; give how to visit it as each side."""
    extension = {"jpserver_extensions": {"escherpad_ext": True}}
    config = {"ServerApp": {**extension, "extra_static_paths": [str(script.parent)]}}
    server = Server(config)
    with PageServer(script.read_bytes(), "app.localhost") as other:
        given = _give(server, other.origin)  # a server that runs would notice it later
        with server, far_away(server.port, ROUND_TRIP_SECONDS) as port:
            url = f"http://localhost:{port}"
            own = {"url": f"{url}/static/page.html", "connection": {"token": TOKEN}}
            other_origin = {"url": other.origin, "connection": {"server": url, **given}}
            pages = {OWN: own, CONNECTED: other_origin, DEFAULTS: other_origin}
            yield server, {side: {"side": side, "runs": RUNS[side], **pages[side]} for side in RUNS}


def _give(server: Server, origin: str) -> _Act:
    """Return what connect.js keeps of a token that was given to the origin."""
    now = int(time.time())
    request = GrantRequest(origin, expand("edit"), "ana", now, now + _DAY_SECONDS, via="connect")
    with closing(Issuer(server.folder / "data" / "escherpad_ext")) as issuer:
        _grant, token = issuer.issue(request)
    return {"token": token, "scopes": ["edit"], "expires": request.expires * 1000}


def _changes(server: Server) -> _Act:
    """Return the check that caching hides no change on the disk: of the same length, at once."""
    name = "changed.txt"
    texts = [f"change {number}" for number in range(_CHANGES)]
    file = str(server.folder / "root" / name)
    return {"act": "changes", "path": name, "file": file, "texts": texts}
