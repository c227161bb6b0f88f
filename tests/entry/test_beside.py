"""Every route of Notebook, nbclassic and voila, by every method, origin and credential.

The questions and the judges are those of ``server/test_matrix.py``, on a server that has these
three beside JupyterLab; the other routes are asked there.
"""

from __future__ import annotations

import gc

import pytest
from server import test_matrix as matrix
from support.constants import TOKEN
from support.entry.applications import require
from support.server.matrix_server import LAB_CONFIG, MatrixServer
from traitlets.config import Config

pytestmark = matrix.pytestmark

PACKAGES = ("nbclassic", "notebook", "voila")

test_unwelcome_origins_are_served_nothing = matrix.test_unwelcome_origins_are_served_nothing
test_preflights_are_answered_before_routing = matrix.test_preflights_are_answered_before_routing
test_nobody = matrix.test_allowed_origin_is_nobody_without_a_token_that_counts
test_somebody = matrix.test_allowed_origin_is_somebody_by_a_token_that_counts


@pytest.fixture
def jp_server_config(escherpad_config, notebook_shim):
    require(*PACKAGES)
    beside = ("nbclassic", "notebook", "notebook_shim", "voila.server_extension")
    extensions = {**LAB_CONFIG["ServerApp"]["jpserver_extensions"], **dict.fromkeys(beside, True)}
    server_app = {
        "jpserver_extensions": extensions,
        "reraise_server_extension_failures": True,
    }
    token = {"IdentityProvider": {"token": TOKEN}, "EscherpadExt": escherpad_config}
    return Config({**LAB_CONFIG, **token, "ServerApp": server_app})


@pytest.fixture
def server(jp_serverapp, http_server, jp_http_port, tmp_path, jp_asyncio_loop):
    """Return the filled server, with these routes alone, and the one that would end it."""
    running = MatrixServer(jp_serverapp, jp_http_port, tmp_path)
    every = running.routes
    running.routes = [
        route
        for route in every
        if route.handler.__module__.partition(".")[0] in PACKAGES or "/api/shutdown" in route.path
    ]
    jp_asyncio_loop.run_until_complete(running.fill())
    yield running
    jp_asyncio_loop.run_until_complete(running.close())
    gc.collect()


async def test_the_routes_are_found(server):
    """Of each of the three, those that everybody knows."""
    paths = {route.path.removeprefix(server.app.base_url) for route in server.routes}
    assert {route.handler.__module__.partition(".")[0] for route in server.routes} >= {*PACKAGES}
    assert paths >= {"tree", "notebooks", "nbclassic/tree", "voila/render/x", "voila/files/x"}
