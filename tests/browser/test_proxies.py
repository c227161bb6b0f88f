"""A page on another origin works through nginx, as docs/proxies.md sets it up."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from support.browser.browsers import Browser, drive
from support.browser.page_server import PageServer
from support.jupyter_process import JupyterProcess
from support.proxies.proxy_processes import Nginx
from support.proxies.written_recipes import Upstream, jupyter_config
from traitlets.config import Config

from .test_session import _with_token

pytestmark = pytest.mark.timeout(240)

NAME = "lab.localhost"


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    """Return nginx, which is not started yet."""
    certificate = tmp_path / "server.pem"
    issued = trustme.CA().issue_cert(NAME)
    issued.private_key_and_cert_chain_pem.write_to_path(certificate)
    proxy = Nginx(tmp_path / "nginx", certificate, NAME)
    yield proxy
    proxy.stop()


def test_a_whole_session_through_the_proxy(
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    node: str,
    chrome: Browser,
    tls: ssl.SSLContext,
    nginx: Nginx,
    tmp_path: Path,
) -> None:
    """By HTTP/2, with kernels, terminals and files; no cookie, and no token in nginx's log."""
    page = serve_page("session.js", "app.localhost", tls)
    upstream = Upstream(0, tmp_path)
    given = {"https://app.example.com": page.origin, "lab.example.edu": NAME}
    server = start_server(_read(jupyter_config("kept", upstream, f"https://{NAME}", given)))
    nginx.start("kept", Upstream(server.port, tmp_path), {})
    url = f"https://{NAME}:{nginx.port}/"
    given = {"server": url, "token": server.token}
    acts = [
        {"act": "steps", "name": "session", "url": page.origin, "input": given},
        {"act": "cookies"},
    ]
    run = drive(node, chrome, tmp_path / "profile", acts)
    run.check()
    assert run.cookies == []
    log = nginx.access_log.read_text().splitlines()
    assert any('"PUT /api/contents/' in line for line in log)
    assert _with_token(log, server.token) == []


def _read(text: str) -> dict[str, Any]:
    """Return what a configuration in Python sets."""
    config = Config()
    exec(compile(text, "jupyter_server_config.py", "exec"), {"c": config})
    return {name: dict(section) for name, section in config.items()}
