"""One server for all clients, whose owner has typed what the pages of the recipes say."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from ports import free_port
from recipes import Recipe

from ..jupyter_process import JupyterProcess, put_sample_files
from .sites import OwnersServer, Site, type_command

ORIGIN = "https://app.example.com"
LAB_ORIGIN = "http://localhost:8000"


@dataclass
class World:
    """Sites by their names, their tokens, and the server that they are for."""

    server: JupyterProcess
    sites: dict[str, Site]
    origins: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict)

    def leaks(self, *lines: str) -> list[str]:
        """Return what has a token in it, or what makes it one: of these lines, and of the log."""
        secrets = {self.server.token, *self.tokens.values()}
        secrets |= {part for token in self.tokens.values() for part in token.split(".")[1:]}
        assert "" not in secrets
        all_lines = [*lines, *self.server.log().splitlines()]
        return [line for line in all_lines if any(secret in line for secret in secrets)]

    def kernels(self) -> set[str]:
        """Return the ids of what runs."""
        return {kernel["id"] for kernel in self.server.owner().ask("GET", "api/kernels")}


@pytest.fixture(scope="session")
def world(tls: ssl.SSLContext, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return the running server.

    JupyterLab's page has a server of its own for its files, hence an origin of its own.
    """
    folder = tmp_path_factory.mktemp("clients")
    with ExitStack() as stack:

        def site(name: str) -> Site:
            return stack.enter_context(Site(folder / name, tls=tls))

        sites = {name: site(name) for name in ("fetch", "services", "jupyterlab")}
        origins = {name: sites[name].origin for name in ("fetch", "services")}
        origins["jupyterlab"] = f"http://localhost:{free_port()}"
        server = OwnersServer(folder / "jupyter", {})
        put_sample_files(server.root)
        found = World(server, sites, origins)
        for page in (*origins, "python"):
            found.tokens[page] = owner_types(page, server, origins.get(page, ""))
        stack.enter_context(server)
        yield found


def owner_types(page: str, server: JupyterProcess, origin: str) -> str:
    """Type the commands of this package on a page; return what the last one prints."""
    printed = ""
    for line in Recipe.of(f"clients/{page}.md").commands:
        if line.startswith("jupyter escherpad"):
            mine = line.replace(ORIGIN, origin).replace(LAB_ORIGIN, origin)
            printed = type_command(mine, server, server.root)
    return printed
