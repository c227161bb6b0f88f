"""Another extension on the same server, whose handlers fail: what does a page see of it?"""

from __future__ import annotations

from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web


class CrashingHandler(JupyterHandler):
    """A bug in an extension."""

    @web.authenticated
    def get(self) -> None:
        """Raise what nobody expects."""
        raise RuntimeError("a handler that crashes")


class ForbiddingHandler(JupyterHandler):
    """An extension that knows who is asking and says no."""

    @web.authenticated
    def get(self) -> None:
        """Refuse."""
        raise web.HTTPError(403, "not for you")


class SeveredHandler(JupyterHandler):
    """A page of the server's own origin that says of itself what the consent page says."""

    @web.authenticated
    def get(self) -> None:
        """Show nothing, with the policy."""
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")
        self.finish("<!doctype html>")


def _load_jupyter_server_extension(server_app: Any) -> None:
    handlers = [
        ("crash", CrashingHandler),
        ("forbid", ForbiddingHandler),
        ("severed", SeveredHandler),
    ]
    base_url = server_app.web_app.settings["base_url"]
    server_app.web_app.add_handlers(
        ".*$", [(url_path_join(base_url, "failing", name), handler) for name, handler in handlers]
    )


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "failing_extension"}]
