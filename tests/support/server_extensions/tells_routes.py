"""A server extension for the matrix: it tells the routes, and keeps requests from doing harm."""

from __future__ import annotations

import json
from typing import Any

from jupyter_server.base.handlers import AuthenticatedHandler
from jupyter_server.serverapp import ServerApp
from support.server.matrix_server import PUBLIC
from support.server.routes import routes_of
from tornado.web import HTTPError, RequestHandler

from escherpad_ext.connect.handlers.apps import OwnerApiHandler
from escherpad_ext.connect.handlers.page import PageHandler

PATH = "tests/routes"


class RoutesHandler(RequestHandler):
    """Every route of the running server."""

    def get(self) -> None:
        """Return them."""
        found = [
            {
                "path": route.path,
                "name": route.handler.__name__,
                "is_websocket": route.is_websocket,
                "asks_who": issubclass(route.handler, AuthenticatedHandler),
                "public_paths": issubclass(route.handler, PUBLIC),
                "for_owner": issubclass(route.handler, (PageHandler, OwnerApiHandler)),
            }
            for route in routes_of(self.application)
            if route.handler is not RoutesHandler
        ]
        self.finish(json.dumps(found))


def _load_jupyter_server_extension(serverapp: ServerApp) -> None:
    async def end() -> None:
        raise HTTPError(503, "neutralised for the test")

    async def build(_builder: Any) -> None:
        raise RuntimeError("neutralised for the test")

    serverapp._cleanup = end
    serverapp.web_app.add_handlers(".*$", [(serverapp.base_url + PATH, RoutesHandler)])
    from jupyterlab.handlers.build_handler import Builder

    Builder.build = build
