"""The owner's pages fit into the windows that people have, and everybody can read them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.browser.browsers import ONE_ENGINE, Run
from support.connect.pseudo_language import NAME, write_language
from support.jupyter_process import JupyterProcess

pytestmark = pytest.mark.timeout(180)

LONG = "http://a-notebook-of-somebody.with-a-long-name.xn--exmple-cua.localhost:12345"
REQUESTS = {
    "full control": {"client": LONG, "scope": "full terminal", "powerful": True},
    "folder": {"client": "https://app.example", "scope": "edit", "folder": "not-there"},
}


def test_the_decision_is_in_view(
    start_server: Callable[..., JupyterProcess], run_browser: Callable[..., Run]
) -> None:
    """The origin, the mark of full control and both buttons, without scrolling, also at 200 %.

    Before the login a page says who asks. axe-core finds nothing. The buttons stay where they are,
    unless the window changes: then Allow waits again.
    """
    server = start_server({})
    given = {"server": server.url.rstrip("/"), "secret": server.token, "requests": REQUESTS}
    pictures = os.environ.get("ESCHERPAD_PICTURES")
    run = run_browser(
        {"act": "layout", "site": server.url, "pictures": pictures, **given},
        {"act": "lowerEdge", "site": server.url, **given},
        program="connect.mjs",
        seconds=150,
    )
    run.check()


@pytest.mark.parametrize("browser", ONE_ENGINE, indirect=True)
def test_it_is_so_in_every_language(
    start_server: Callable[..., JupyterProcess], run_browser: Callable[..., Run], tmp_path: Path
) -> None:
    """Also in one that runs from right to left: there, addresses still run from left to right."""
    more = {"name": NAME, "file": str(write_language(tmp_path))}
    extensions = {"jpserver_extensions": {"one_more_language": True}}
    server = start_server({"ServerApp": extensions, "OneMoreLanguage": more})
    given = {"server": server.url.rstrip("/"), "secret": server.token, "requests": REQUESTS}
    languages = {"de": "ltr", "es": "ltr", "fr": "ltr", "zh": "ltr", NAME: "rtl"}
    pictures = os.environ.get("ESCHERPAD_PICTURES")
    run = run_browser(
        {"act": "languages", "site": server.url, "languages": languages, "pictures": pictures}
        | given,
        program="connect.mjs",
    )
    run.check()
