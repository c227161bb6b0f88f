"""Opening a notebook in JupyterLab until its first output, with server and site 50 ms away.

JupyterLab's own front end on another origin (docs/clients/jupyterlab.md) against the server's own
JupyterLab. Each notebook is a new one, so both sides also wait for a kernel to start.
"""

from __future__ import annotations

import json
import sys
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
from tests.support.doc_pages import ROOT
from tests.support.recipes import Recipe

from .far_away import far_away
from .figures import Counts, Figure
from .pages import BROWSERS, ROUND_TRIP_SECONDS
from .servers import TOKEN, Server

OWN, OTHER = "own", "other"
RECIPE = Recipe.of("clients/jupyterlab.md")
_HERE = Path(__file__).parent / "page"
#: Without the front-end extensions that happen to be installed: the recipe's page loads none.
CONFIG = {
    "ServerApp": {"jpserver_extensions": {"escherpad_ext": True, "jupyterlab": True}},
    "LabApp": {"expose_app_in_browser": True, "labextensions_path": [str(_HERE / "none")]},
}
#: What the recipe's ``serve_lab.py`` does, with connections that are kept, as Jupyter's are.
SITE = """
import sys
from pathlib import Path
from tornado import httpserver, ioloop, web
port, folder, lab = sys.argv[1:]
(MAIN,) = Path(lab).glob("main.*.js")
class Index(web.StaticFileHandler):
    def parse_url_path(self, path):
        return "index.html"
class Lab(web.StaticFileHandler):
    def parse_url_path(self, path):
        return MAIN.name if path == "main.js" else path
application = web.Application([
    ("/static/lab/(.*)", Lab, {"path": lab}),
    ("/(|lab.*)", Index, {"path": folder}),
    ("/(.*)", web.StaticFileHandler, {"path": folder}),
], log_function=lambda handler: None)
httpserver.HTTPServer(application).listen(int(port), "127.0.0.1")
ioloop.IOLoop.current().start()
"""
_SECONDS = 600.0
_DAY_SECONDS = 86400


class LabSite(Server):
    """JupyterLab's static files, and the page that starts it."""

    ready_path = "/index.html"

    def _command(self) -> list[str]:
        from jupyterlab.commands import get_app_dir  # noqa: PLC0415 - may be missing

        start = RECIPE.file("start.js", {"federated": 'exposeAppInBrowser: "true",\n    federated'})
        self.folder.joinpath("start.js").write_text(start, encoding="utf-8")
        self.folder.joinpath("index.html").write_text(RECIPE.file("index.html", {}), "utf-8")
        bundle = ROOT / "js" / "bundle" / "connect.js"
        self.folder.joinpath("connect.js").write_bytes(bundle.read_bytes())
        lab = Path(get_app_dir()) / "static"
        return [sys.executable, "-c", SITE, str(self.port), str(self.folder), str(lab)]


def measure(counts: Counts) -> Iterator[Figure]:
    for name, title in list(BROWSERS.items())[: counts.browsers]:
        try:
            node, browser = browsers.find_node(), browsers.find_browser(name)
            rounds = [_one_round(node, browser, counts) for _ in range(counts.lab_rounds)]
            note = "JupyterLab on another origin; the server's own"
        except (NotInstalledError, ImportError) as missing:
            rounds, note = [], f"not measured: {missing}"
        values = tuple(_ratio(steps) for steps in rounds)
        yield Figure(f"JupyterLab in {title}, first output", "x", values, None, note)
        seconds = tuple(_median(steps, OWN) * 1000 for steps in rounds)
        yield Figure("… the server's own", "ms", seconds, note="" if rounds else note)


def _ratio(steps: list[Step]) -> float:
    return _median(steps, OTHER) / _median(steps, OWN)


def _median(steps: list[Step], side: str) -> float:
    return median(step.seconds for step in steps if (step.page, step.name) == (side, "opened"))


def _one_round(node: str, browser: browsers.Browser, counts: Counts) -> list[Step]:
    """Return how long each notebook took. The first of each side fills the browser's cache."""
    with _scene() as (server, sides):
        acts = []
        for turn in range(1 + counts.page_turns):
            for side in sorted(sides, reverse=turn % 2 == 1):
                notebook = f"{side}-{turn}.ipynb"
                _write(server.folder / "root" / notebook)
                where = f"/lab/workspaces/{side}{turn}/tree/{notebook}"
                name = "opened" if turn else "warm-up"
                acts.append({**sides[side], "side": side, "path": notebook, "name": name})
                acts[-1]["address"] = acts[-1]["url"] + where
        profile = server.folder / "profile"
        run = browsers.drive(node, browser, profile, acts, str(_HERE / "lab.mjs"), _SECONDS)
    run.check()
    return run.steps


@contextmanager
def _scene() -> Iterator[tuple[Server, dict[str, dict[str, Any]]]]:
    """Run a server and a site, both far away; give how to visit JupyterLab on each."""
    server, site = Server(CONFIG), LabSite({})
    with site, far_away(site.port, ROUND_TRIP_SECONDS) as site_port:
        origin = f"http://app.localhost:{site_port}"
        token = _give(server, origin)  # a server that runs would notice it later
        with server, far_away(server.port, ROUND_TRIP_SECONDS) as port:
            url = f"http://localhost:{port}"
            pasted = {"server": url, "token": token}
            yield (
                server,
                {
                    OWN: {"url": url, "enter": f"{url}/lab?token={TOKEN}"},
                    OTHER: {"url": origin, "enter": f"{origin}/index.html", "pasted": pasted},
                },
            )


def _give(server: Server, origin: str) -> str:
    now = int(time.time())
    request = GrantRequest(origin, expand("full"), "ana", now, now + _DAY_SECONDS, via="connect")
    with closing(Issuer(server.folder / "data" / "escherpad_ext")) as issuer:
        return issuer.issue(request)[1]


def _write(path: Path) -> None:
    """Write a notebook with one cell."""
    cell = {"cell_type": "code", "execution_count": None, "id": "first", "metadata": {}}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": [{**cell, "outputs": [], "source": "print(6 * 7)"}],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(notebook))
