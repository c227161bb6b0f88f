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
    """A page of the server's own origin that says of itself what the connect page says."""

    @web.authenticated
    def get(self) -> None:
        """Show nothing, with the policy."""
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")
        self.finish("<!doctype html>")


class WorkerHandler(JupyterHandler):
    """A service worker for the whole origin, which answers with what preloading brought.

    It keeps the text that it got, where the server's own pages find it.
    """

    @web.authenticated
    def get(self) -> None:
        """Serve the script."""
        self.set_header("Content-Type", "text/javascript")
        self.set_header("Service-Worker-Allowed", "/")
        self.finish(
            """
            addEventListener("install", () => skipWaiting());
            addEventListener("activate", (event) =>
              event.waitUntil(registration.navigationPreload.enable().then(() => clients.claim())));
            addEventListener("fetch", (event) => {
              if (!event.request.url.includes("/escherpad/")) return;
              if (event.request.mode !== "navigate") return;
              event.respondWith((async () => {
                const text = await (await event.preloadResponse)?.text() ?? "none";
                const page = "<main><h1>A disguise</h1></main><!--" + text + "-->";
                return new Response(page, { headers: { "Content-Type": "text/html" } });
              })());
            });
            """
        )


def _load_jupyter_server_extension(server_app: Any) -> None:
    handlers = [
        ("crash", CrashingHandler),
        ("forbid", ForbiddingHandler),
        ("severed", SeveredHandler),
        ("worker.js", WorkerHandler),
    ]
    base_url = server_app.web_app.settings["base_url"]
    server_app.web_app.add_handlers(
        ".*$", [(url_path_join(base_url, "failing", name), handler) for name, handler in handlers]
    )


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "failing_extension"}]
