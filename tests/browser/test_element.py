"""``<jupyter-connect>`` in real browsers, through all its states, with a fake and a real server."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.browser.browsers import ENGINES, NODE_FOLDER, Run
from support.browser.sites import Site
from support.doc_pages import ROOT
from support.jupyter_process import JupyterProcess

pytestmark = pytest.mark.timeout(240)

PAGE = NODE_FOLDER / "page"
TAG = """<!doctype html><title>A site</title><jupyter-connect server="{}"></jupyter-connect>
<script type="module" src="js/src/element.js"></script>"""


def test_every_state_can_be_reached_and_read(
    run_browser: Callable[..., Run], tmp_path: Path
) -> None:
    """By the keyboard alone, under a strict policy; axe-core finds nothing.

    Nothing of an address's token is left in the page, its storage, its history or its events.
    What a hostile server says is text.
    """
    folder = tmp_path / "site"
    shutil.copytree(ROOT / "js" / "src", folder / "js" / "src")
    shutil.copy(PAGE / "element.html", folder / "index.html")
    shutil.copy(PAGE / "element.js", folder / "element.js")
    with Site(folder, "localhost") as site:
        run = run_browser({"url": site.origin}, program="element.mjs", seconds=200)
    run.check()
    assert [line for line in run.console if line.startswith("policy: ")] == []


@pytest.mark.parametrize("browser", ENGINES[:1], indirect=True)
def test_a_server_that_hangs_comes_back_and_ends_it(
    run_browser: Callable[..., Run], start_server: Callable[..., JupyterProcess], tmp_path: Path
) -> None:
    """Lost, back, expiring, extended, ended: on the page's clock, which the test moves.

    In one engine: what is told is the library's. An open socket tells that the owner disconnects
    the site: no timer of the page runs.
    """
    server = start_server({"EscherpadExt": {"grant_lifetime_seconds": 28800}})
    kernel = server.owner().ask("POST", "api/kernels", {"name": "python3"})["id"]
    folder = tmp_path / "site"
    shutil.copytree(ROOT / "js" / "src", folder / "js" / "src")
    (folder / "index.html").write_text(TAG.format(server.url), encoding="utf-8")
    given = {"server": server.url.rstrip("/"), "secret": server.token, "pid": server.pid}
    with Site(folder, "localhost") as site:
        act = {"url": site.origin, "kernel": kernel, **given}
        run = run_browser(act, program="element_server.mjs", seconds=200)
    run.check()
    print([f"{step.name} {step.detail}" for step in run.steps if step.detail])
