"""One server for all clients, whose owner has typed what the pages of the recipes say."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from support.browser.recipe_sites import World, owner_types
from support.browser.sites import OwnersServer, Site
from support.jupyter_process import put_sample_files
from support.other_extensions import WITH_LAB
from support.ports import free_port


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
        # JupyterLab's front end keeps its settings there.
        server = OwnersServer(folder / "jupyter", {"ServerApp": WITH_LAB}, others=False)
        put_sample_files(server.root)
        found = World(server, sites, origins)
        for page in (*origins, "python"):
            found.tokens[page] = owner_types(page, server, origins.get(page, ""))
        stack.enter_context(server)
        yield found
