"""An allowed page on another origin works a whole notebook session, in real browsers."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from jupyter_server.auth import passwd
from support.browser.browsers import FULL, Browser, Run
from support.browser.page_server import PageServer
from support.jupyter_process import JupyterProcess
from support.other_extensions import WITH_LAB

# Everything that an encoding or decoding too many would change.
AWKWARD_TOKEN = "pass+word/=%41~(x)"

# Starting a browser and four servers takes its time on a busy machine.
pytestmark = pytest.mark.timeout(300)

#: JupyterLab has a page that leads to the login.
SERVERS: dict[str, dict[str, Any]] = {
    "nothing but allowed_origins": {"ServerApp": WITH_LAB},
    "base URL": {"ServerApp": {**WITH_LAB, "base_url": "/user/m%40b/"}},
    "password": {
        "ServerApp": WITH_LAB,
        "PasswordIdentityProvider": {"hashed_password": passwd("a password")},
        "IdentityProvider": {"token": AWKWARD_TOKEN},
    },
    "allow_unauthenticated_access off": {
        "ServerApp": {**WITH_LAB, "allow_unauthenticated_access": False}
    },
}

#: For Firefox, unless ESCHERPAD_FULL=1: what the others change is the server's own.
ENCODED = ("base URL", "password")


def test_an_allowed_page_works_a_whole_session(
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
    browser: Browser,
    tls: ssl.SSLContext,
) -> None:
    """An allowed https page does all a notebook needs, with the token in a header and no cookie.

    On each server, nothing secret is in any URL, of the browser's or in the server's log. No
    cookie is left, not even by a page on the server's own site that asks for cookies to count.
    """
    page = serve_page("session.js", "app.localhost", tls)
    insisting = serve_page("insisting.js", "localhost")
    allowed = {"EscherpadExt": {"allowed_origins": [page.origin, insisting.origin]}}
    servers = {
        name: start_server({**config, **allowed}, name=f"jupyter{number}")
        for number, (name, config) in enumerate(SERVERS.items())
        if FULL or browser.name == "chrome" or name in ENCODED
    }
    acts: list[dict[str, Any]] = []
    for name, server in servers.items():
        acts += [
            _steps(f"session, {name}", page, server),
            _steps(f"insisting, {name}", insisting, server),
            {"act": "cookies"},
        ]
    run = run_browser(*acts, seconds=200)
    run.check()
    assert run.cookies == []
    for server in servers.values():
        assert {url.partition(":")[0] for url in run.urls if server.host in url} == {"http", "ws"}
        assert _with_token(run.urls, server.token) == []
        assert _with_token(server.log().splitlines(), server.token) == []


def _steps(name: str, page: PageServer, server: JupyterProcess) -> dict[str, Any]:
    given = {"server": server.url, "token": server.token}
    return {"act": "steps", "name": name, "url": page.origin, "input": given}


def _with_token(lines: list[str], token: str) -> list[str]:
    """Return the lines that have the token in them, plain or percent-encoded."""
    assert token
    forms = {token, quote(token), quote(token, safe="")}
    return [line for line in lines if any(form in line for form in forms)]
