"""Servers behind each proxy, as each recipe has them."""

from __future__ import annotations

import os
import shutil
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

import pytest
import trustme

from ..check.server_owner import Owner
from ..server_starter import Starter, shared_starter
from .outside_client import Outside
from .proxy_processes import PROXIES, Proxy, SocketOwner, make_socket_folder
from .written_recipes import NAME, PATHS, Upstream, jupyter_config


@dataclass(frozen=True)
class ProxiedServer:
    """A server behind a proxy, seen from outside, and the file of the authority that it needs."""

    owner: Owner
    proxy: Proxy
    outside: Outside
    authority: Path


class ProxiedServers:
    """What runs; the servers of a recipe are one, unless it has the proxy's address in it."""

    def __init__(self, folder: Path) -> None:
        self._stack = ExitStack()
        self._folder = folder
        self._starter: Starter | None = None
        self._running: list[Owner] = []
        self._owners: dict[str, tuple[Owner, Upstream]] = {}
        self._proxied: dict[tuple[str, str], ProxiedServer] = {}
        authority = trustme.CA()
        self.authority = folder / "authority.pem"
        self.certificate = folder / "server.pem"
        authority.cert_pem.write_to_path(self.authority)
        authority.issue_cert(NAME).private_key_and_cert_chain_pem.write_to_path(self.certificate)
        self.tls = ssl.create_default_context(cafile=str(self.authority))

    def behind(self, recipe: str, kind: str) -> ProxiedServer:
        """Return a proxy that is set up as the page says, and what is behind it."""
        found = self._proxied.get((recipe, kind))
        if found is None:
            found = self.make(recipe, kind)
            self._proxied[recipe, kind] = found
        return found

    def make(
        self,
        recipe: str,
        kind: str,
        *,
        proxy_changes: Mapping[str, str] | None = None,
        jupyter_changes: Mapping[str, str] | None = None,
        upstream_port: int | None = None,
    ) -> ProxiedServer:
        """Return a new proxy, with what somebody changed in either file.

        ``upstream_port`` is where it looks for the server, which is not there.
        """
        proxy = PROXIES[kind](self.folder() / kind, self.certificate)
        url = f"https://{NAME}:{proxy.port}{PATHS[recipe]}"
        owner, upstream = self._owner(recipe, url, jupyter_changes)
        if upstream_port is not None:
            upstream = replace(upstream, port=upstream_port)
        self._stack.callback(proxy.stop)
        proxy.start(recipe, upstream, proxy_changes or {})
        return ProxiedServer(owner, proxy, Outside(url, self.tls), self.authority)

    def folder(self) -> Path:
        """Return a new folder for a proxy."""
        return Path(mkdtemp(dir=self._folder))

    def close(self) -> None:
        with ThreadPoolExecutor() as pool:  # each takes its time
            list(pool.map(Owner.stop, self._running))
        self._stack.close()

    def _owner(
        self, recipe: str, url: str, changes: Mapping[str, str] | None
    ) -> tuple[Owner, Upstream]:
        key = f"{recipe} {url if recipe == 'rewritten' else ''}"
        if changes is None and key in self._owners:
            return self._owners[key]
        if self._starter is None:
            if not hasattr(os, "fork"):
                pytest.skip("Needs os.fork, which this system does not have.")
            self._starter = shared_starter()
        # A path of a socket file has about a hundred characters, and pytest's folders have many.
        folder = Path(mkdtemp(prefix="proxies-"))
        folder.chmod(0o711)  # Apache looks for the file with another account
        self._stack.callback(shutil.rmtree, folder)
        file = folder / "run" / "server.sock"
        if recipe == "socket":
            make_socket_folder(file.parent)
            owner: Owner = SocketOwner(folder / "owner", self._starter, file)
        else:
            owner = Owner(folder / "owner", self._starter)
        upstream = Upstream(owner.port, file)
        owner.write(jupyter_config(recipe, upstream, url, changes or {}))
        self._running.append(owner)
        owner.start()
        if changes is None:
            self._owners[key] = owner, upstream
        return owner, upstream
