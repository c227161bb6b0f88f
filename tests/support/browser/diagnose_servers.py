"""Servers of every kind, what stands before them, and pages that look at them."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from escherpad_ext.grants import GrantRequest, Issuer, data_folder
from escherpad_ext.policy.scopes import expand

from ..jupyter_process import JupyterProcess
from . import bad_proxies
from .bad_proxies import Listener
from .page_server import PageServer

# What each server's owner wrote; None for one without the extension.
CONFIGS: dict[str, dict[str, Any] | None] = {
    "asks": {"ServerApp": {"base_url": "/user/m%40b/"}},
    "broken": {"EscherpadExt": {"allowed_origins": ["https://app.example/"]}},
    "without": None,
}


def configs(listed: str) -> dict[str, dict[str, Any] | None]:
    """Return all, also of those that name an origin."""
    allowed = {"allowed_origins": [listed]}
    return {
        **CONFIGS,
        "lists": {"EscherpadExt": {**allowed, "connect": "off"}},
        "elsewhere": {
            "EscherpadExt": {**allowed, "connect": "listed", "public_url": "https://jupyter.test"},
            "ServerApp": {"allow_unauthenticated_access": True},
            "IdentityProvider": {"token": ""},
        },
    }


@dataclass
class World:
    """All that runs while the pages look at it."""

    stack: ExitStack
    folder: Path
    script: bytes
    tls: ssl.SSLContext
    servers: dict[str, JupyterProcess] = field(default_factory=dict)

    def page(self, host: str = "localhost", *, secure: bool = False) -> str:
        """Serve a page at an origin of its own, and return that."""
        tls = self.tls if secure else None
        return self.stack.enter_context(PageServer(self.script, host, tls)).origin

    def listen(self, serve: Callable[..., None], tls: ssl.SSLContext | None = None) -> str:
        return self.stack.enter_context(Listener(serve, tls)).url

    def proxy(self, change: Callable[[bytes], bytes], tls: ssl.SSLContext | None = None) -> str:
        server = self.servers["asks"]
        return self.listen(bad_proxies.forward(server.port, change), tls) + server.base_url[1:]

    def stumble(self, times: int) -> str:
        server = self.servers["asks"]
        return self.listen(bad_proxies.stumble(server.port, times)) + server.base_url[1:]

    def start(self, configs: dict[str, dict[str, Any] | None]) -> None:
        """Start all servers at once, since each takes its time, and stop them so."""
        self.stack.callback(self._all, JupyterProcess.stop)
        for name, config in configs.items():
            self.servers[name] = JupyterProcess(
                self.folder / name, config or {}, extension=config is not None, others=False
            )
        self._all(JupyterProcess.__enter__)

    def _all(self, act: Callable[[JupyterProcess], object]) -> None:
        with ThreadPoolExecutor(len(self.servers)) as pool:
            list(pool.map(act, self.servers.values()))

    def give(
        self, origin: str, scope: str = "run", *, seconds: int = 3600, via: str = "connect"
    ) -> tuple[str, str]:
        """Let an origin in at the server that asks; return the grant's id and the token."""
        now = int(time.time())
        request = GrantRequest(
            origin=origin,
            scopes=expand(scope),
            owner="ana",
            created=now - 7200,
            expires=now + seconds,
            via=via,  # type: ignore[arg-type]
        )
        with closing(self._issuer()) as issuer:
            grant, token = issuer.issue(request)
        return grant.id, token

    def revoke(self, grant: str) -> None:
        with closing(self._issuer()) as issuer:
            issuer.registry.revoke(grant, time.time())

    def _issuer(self) -> Issuer:
        return Issuer(data_folder(str(self.servers["asks"].folder / "data")))
