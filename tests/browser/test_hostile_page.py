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
from support.browser.browsers import ONE_ENGINE, Run
from support.browser.page_server import PageServer
from support.jupyter_process import JupyterProcess
from support.other_extensions import WITH_LAB

PASSWORD = "a password"
#: JupyterLab's page is among what it tries to read.
LAB = {"ServerApp": WITH_LAB}
LISTED = {"EscherpadExt": {"allowed_origins": ["https://www.example.org"]}}

ACTS = re.compile(r" 101 GET |Kernel (interrupted|restarted|started|shutdown)|Shutting down")

# Starting a browser and three servers takes its time on a busy machine.
pytestmark = pytest.mark.timeout(400)

SERVERS: dict[str, dict[str, Any]] = {
    "token": {**LAB, **LISTED},
    "password": {
        **LAB,
        **LISTED,
        "PasswordIdentityProvider": {"hashed_password": passwd(PASSWORD)},
        "IdentityProvider": {"token": "a-token-besides"},
    },
    "authentication off, nothing configured": {**LAB, "IdentityProvider": {"token": ""}},
}


def test_a_page_that_was_not_allowed_reads_and_changes_nothing(
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
) -> None:
    """With a valid token and the owner's cookies, on the server's own site, nothing gets through.

    What it changed is looked up by another client, on the server's side. The browser has the
    cookies of one server at a time.
    """
    servers = [
        start_server(config, name=f"jupyter{number}")
        for number, config in enumerate(SERVERS.values())
    ]
    acts, states = [], []
    for (name, config), server in zip(SERVERS.items(), servers, strict=True):
        # A page of its own, which keeps nothing of what happened before.
        page = serve_page("attack.js", "localhost")
        targets = _start_targets(server)
        acts += [
            _owner_logs_in(server, config),
            {"act": "cookies"},
            _attack(page, server, targets, name, starts=True, shutdown=True),
            {"act": "forget"},
        ]
        states.append(_state(server))
    run = run_browser(*acts, seconds=300)
    run.check()
    assert [_state(server) for server in servers] == states
    for server in filter(lambda each: each.token, servers):
        name = f"username-localhost-{server.port} "
        assert any(cookie.startswith(name) for cookie in run.cookies), run.cookies


@pytest.mark.parametrize("browser", ONE_ENGINE, indirect=True)
def test_the_attempts_get_through_where_nothing_stops_them(
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
) -> None:
    """The attempts are real: on an open server without the extension, each kind succeeds."""
    server = start_server(
        {
            "ServerApp": {**WITH_LAB, "allow_origin": "*", "disable_check_xsrf": True},
            "IdentityProvider": {"token": ""},
        },
        extension=False,
    )
    page = serve_page("attack.js", "localhost")
    targets = _start_targets(server)
    run = run_browser(_attack(page, server, targets, "open", starts=False, shutdown=False))
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
    page: PageServer, server: JupyterProcess, targets: dict[str, str], name: str, **what: bool
) -> dict[str, Any]:
    given = {
        **targets,
        **what,
        "server": server.url,
        "socketServer": server.url.replace("http", "ws", 1),
        "token": server.token or "any",
    }
    return {"act": "steps", "name": f"hostile page, {name}", "url": page.origin, "input": given}


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
