"""A page with a grant token, in real browsers: what it may, and from where."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.browser.browsers import ONE_ENGINE, Run
from support.browser.page_server import PageServer
from support.jupyter_process import JupyterProcess

pytestmark = pytest.mark.timeout(180)


@pytest.mark.parametrize("browser", ONE_ENGINE, indirect=True)
def test_a_given_token_works_as_far_as_it_goes_and_from_its_origin_only(
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
    tls: ssl.SSLContext,
) -> None:
    """``run`` works a whole notebook session; ``view`` reads, and is told what it lacks.

    Another allowed page that holds the same token is told that it is not its own. Nothing of a
    token is in any address or log, no cookie is left, and the files are as ``view`` found them.
    """
    page = serve_page("grant_tokens.js", "app.localhost", tls)
    stranger = serve_page("grant_tokens.js", "localhost")
    server = start_server({"EscherpadExt": {"allowed_origins": [page.origin, stranger.origin]}})
    run_token, view_token = [give(server, page.origin, scope) for scope in ("run", "view")]
    before = files(server.root)
    run = run_browser(
        act("view", page, server, view_token),
        act("stranger", stranger, server, run_token),
        act("run", page, server, run_token),
        {"act": "cookies"},
    )
    run.check()
    after = files(server.root)
    assert before.items() <= after.items()
    assert "evil.py" not in {Path(path).name for path in after}
    assert [server.owner().ask("GET", f"api/{what}") for what in ("kernels", "sessions")] == [
        [],
        [],
    ]
    assert run.cookies == []
    lines = [*run.urls, *server.log().splitlines()]
    for token in (run_token, view_token):
        secrets = (token, *token.split("."))
        assert [line for line in lines if any(secret in line for secret in secrets)] == []
    server.stop()
    assert all(grant["last_used"] for grant in listed(server)), "written at the latest now"


def act(kind: str, page: PageServer, server: JupyterProcess, token: str) -> dict[str, Any]:
    given = {"server": server.url, "token": token, "kind": kind}
    return {"act": "steps", "name": kind, "url": page.origin, "input": given}


def give(server: JupyterProcess, origin: str, scope: str) -> str:
    """Give a token away as the owner does."""
    return command(server, "create", "--origin", origin, "--scope", scope).strip()


def listed(server: JupyterProcess) -> list[dict[str, Any]]:
    found = json.loads(command(server, "list", "--json"))
    return found if isinstance(found, list) else found["grants"]


def command(server: JupyterProcess, *arguments: str) -> str:
    """Run ``jupyter escherpad token …`` as the server's owner; return what it writes."""
    done = subprocess.run(
        [sys.executable, "-m", "escherpad_ext.cli", "token", *arguments],
        env={**os.environ, **server._environment()},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def files(root: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}
