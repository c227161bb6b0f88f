"""Each recipe with each proxy, started when a test first asks for it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from support.check.run_check import diagnosis_of  # noqa: F401 - a fixture
from support.proxies.proxied_servers import ProxiedServer, ProxiedServers
from support.proxies.proxy_processes import PROXIED
from support.proxies.written_recipes import NAME
from support.requirements import find_node


@pytest.fixture(scope="package")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxiedServers]:
    found = ProxiedServers(tmp_path_factory.mktemp("proxies"))
    yield found
    found.close()


@pytest.fixture(params=PROXIED, ids="-".join)
def proxied(request: pytest.FixtureRequest, servers: ProxiedServers) -> ProxiedServer:
    """Return every recipe with every proxy in turn."""
    return servers.behind(*request.param)


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch, servers: ProxiedServers) -> None:
    """Let the names of the recipes lead to this machine, and trust the certificate."""
    real = socket.getaddrinfo

    def look_up(host: Any, *more: Any, **named: Any) -> Any:
        return real("127.0.0.1" if host == NAME else host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setenv("SSL_CERT_FILE", str(servers.authority))


@pytest.fixture(scope="package")
def node() -> str:
    """Return Node, which speaks HTTP/2."""
    return find_node()
