"""A page that was not allowed reads nothing and changes nothing, whatever it holds and tries."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from jupyter_server.auth import passwd
from support.browser.browsers import Run
from support.browser.page_server import PageServer
from support.jupyter_process import JupyterProcess

PASSWORD = "a password"
LISTED = {"EscherpadExt": {"allowed_origins": ["https://www.example.org"]}}

ACTS = re.compile(r" 101 GET |Kernel (interrupted|restarted|started|shutdown)|Shutting down")

# Starting a browser and a server takes its time on a busy machine.
pytestmark = pytest.mark.timeout(180)

SERVERS: dict[str, dict[str, Any]] = {
    "token": LISTED,
    "password": {
        **LISTED,
        "PasswordIdentityProvider": {"hashed_password": passwd(PASSWORD)},
        "IdentityProvider": {"token": "a-token-besides"},
    },
    "authentication off, nothing configured": {"IdentityProvider": {"token": ""}},
}


@pytest.mark.parametrize("config", SERVERS.values(), ids=SERVERS)
def test_a_page_that_was_not_allowed_reads_and_changes_nothing(
    config: dict[str, Any],
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
) -> None:
    """With a valid token and the owner's cookies, on the server's own site, nothing gets through.

    What it changed is looked up by another client, on the server's side.
    """
    server = start_server(config)
    page = serve_page("attack.js", "localhost")
    targets = _start_targets(server)
    before = _state(server)
    run = run_browser(
        _owner_logs_in(server, config),
        {"act": "cookies"},
        _attack(page, server, targets, starts=True, shutdown=True),
    )
    run.check()
    assert _state(server) == before
    if server.token:
        assert any(cookie.startswith("username-localhost-") for cookie in run.cookies), run.cookies


def test_the_attempts_get_through_where_nothing_stops_them(
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
) -> None:
    """The attempts are real: on an open server without the extension, each kind succeeds."""
    server = start_server(
        {
            "ServerApp": {"allow_origin": "*", "disable_check_xsrf": True},
            "IdentityProvider": {"token": ""},
        },
        extension=False,
    )
    page = serve_page("attack.js", "localhost")
    targets = _start_targets(server)
    run = run_browser(_attack(page, server, targets, starts=False, shutdown=False))
    read = {step.name.partition(" ")[0] for step in run.steps if not step.ok}
    assert {"fetch", "null", "<img>", "<script>", "<link", "WebSocket"} <= read
    after = _state(server)
    made = {name.rpartition(".")[2] for name in after["files"]}
    assert made >= {"cors-header", "no-cors-url", "beacon", "form-opener", "sandbox"}
    assert any("Kernel interrupted" in line for line in after["acts"])
    assert any("101 GET" in line for line in after["acts"])


def _start_targets(server: JupyterProcess) -> dict[str, str]:
    """Start, as the owner, a kernel and a terminal whose names the page will know."""
    owner = server.owner()
    kernel = owner.ask("POST", "api/kernels", {"name": "python3"})
    return {"kernel": kernel["id"], "terminal": owner.ask("POST", "api/terminals")["name"]}


def _owner_logs_in(server: JupyterProcess, config: dict[str, Any]) -> dict[str, Any]:
    if "PasswordIdentityProvider" in config:
        return {"act": "logIn", "url": f"{server.url}login", "password": PASSWORD}
    return {"act": "visit", "url": f"{server.url}lab?token={quote(server.token)}"}


def _attack(
    page: PageServer, server: JupyterProcess, targets: dict[str, str], **what: bool
) -> dict[str, Any]:
    given = {
        **targets,
        **what,
        "server": server.url,
        "socketServer": server.url.replace("http", "ws", 1),
        "token": server.token or "any",
    }
    return {"act": "steps", "name": "hostile page", "url": page.origin, "input": given}


def _state(server: JupyterProcess) -> dict[str, Any]:
    """Return what the owner has, and what the server says it did (no later look finds a socket)."""
    owner = server.owner()
    files = (path for path in server.root.rglob("*") if path.is_file())
    kernels = owner.ask("GET", "api/kernels")
    return {
        "files": {str(path.relative_to(server.root)): _digest(path) for path in files},
        "kernels": [(kernel["id"], kernel["connections"]) for kernel in kernels],
        "sessions": owner.ask("GET", "api/sessions"),
        "terminals": [terminal["name"] for terminal in owner.ask("GET", "api/terminals")],
        "acts": [line for line in server.log().splitlines() if ACTS.search(line)],
    }


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
