"""``<jupyter-connect>`` in real browsers, through all its states, with a fake server."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.browser.browsers import NODE_FOLDER, Run
from support.browser.sites import Site
from support.doc_pages import ROOT

pytestmark = pytest.mark.timeout(240)

PAGE = NODE_FOLDER / "page"


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
