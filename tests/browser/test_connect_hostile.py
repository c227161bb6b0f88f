"""Nobody but the owner, by a click, gives anything away."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

import pytest
from support.browser.browsers import Run
from support.browser.page_server import PageServer
from support.jupyter_process import JupyterProcess

from .test_connect import Way

pytestmark = pytest.mark.timeout(180)

# An owner who loosened all that there is.
LOOSE: dict[str, Any] = {
    "ServerApp": {
        "disable_check_xsrf": True,
        "allow_origin": "*",
        "tornado_settings": {
            "headers": {
                "Content-Security-Policy": "default-src * 'unsafe-inline' 'unsafe-eval'",
                "X-Frame-Options": "ALLOWALL",
                "Cross-Origin-Opener-Policy": "unsafe-none",
            }
        },
    }
}


def test_allow_is_for_whoever_has_the_page_before_them(
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
    tls: ssl.SSLContext,
) -> None:
    """Not for a click that was meant for what was there before, nor for a script's.

    And the boxes cannot be ticked in a way that means something else than it says.
    """
    server = start_server({})
    go = Way(serve_page("connect.js", "app.localhost", tls), server.url)
    acts = ("doubleClick", "outOfSight", "scriptedClick", "ticks")
    run = run_browser(*(go(act, secret=server.token) for act in acts), program="connect.mjs")
    run.check()


def test_nobody_consents_in_the_owners_name(
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
    tls: ssl.SSLContext,
) -> None:
    """Not a notebook's script, nor another page, not even with the page's secrets.

    And no site takes an answer that it does not wait for, or that is not of the server it asked.
    """
    site = serve_page("connect.js", "app.localhost", tls)
    evil = serve_page("connect.js", "evil.localhost", tls)
    neighbour = serve_page("connect.js", "localhost")
    server = start_server(LOOSE)
    go = Way(site, server.url)
    # By another name it is another server.
    other = f"http://127.0.0.1:{server.port}"
    run = run_browser(
        go("ownOrigin", secret=server.token),
        go("otherOrigin", secret=server.token, origins=[evil.origin, neighbour.origin]),
        go("mixUp", other=other),
        go("nobodyIsConnected"),
        go("forgedCallback"),
        go("serviceWorker", secret=server.token),
        program="connect.mjs",
        seconds=150,
    )
    run.check()
    exchanges = [line for line in server.log().splitlines() if "escherpad/token" in line]
    assert len(exchanges) == 1, "the one that a person allowed"
