"""Handlers as other extensions have them: of every ancestry, with habits of their own."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.web import HTTPError, RequestHandler, authenticated
from tornado.websocket import WebSocketHandler


class Echo(WebSocketHandler):
    """What all sockets here do."""

    def on_message(self, message: str | bytes) -> None:
        self.write_message(message)


class PlainSocket(Echo):
    """Knows nothing of Jupyter; tornado accepts its own origin only."""


class OpenSocket(Echo):
    """Knows nothing of Jupyter and accepts every origin."""

    def check_origin(self, origin: str) -> bool:
        return True


class JupyterSocket(WebSocketMixin, JupyterHandler, Echo):  # type: ignore[misc]
    """As Jupyter's own are, with a protocol of its own."""

    @authenticated
    async def get(self, *args: Any) -> None:
        await super().get(*args)

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return "chosen" if "chosen" in subprotocols else None


class RoomSocket(Echo, JupyterHandler):
    """As jupyter-collaboration's: tornado's own check of the origin, Jupyter's identity."""

    async def prepare(self) -> None:  # type: ignore[override]
        await super().prepare(_redirect_to_login=False)

    async def get(self, *args: Any) -> None:
        if self.current_user is None:
            raise HTTPError(403)
        await super().get(*args)


class FailingSocket(JupyterSocket):
    """Has a mistake in it."""

    async def get(self, *args: Any) -> None:
        raise RuntimeError("a mistake")


class Failing(JupyterHandler):
    """Has a mistake in it."""

    @authenticated
    async def get(self) -> None:
        raise RuntimeError("a mistake")


class Who(APIHandler):
    """Says who asks."""

    @authenticated
    async def get(self) -> None:
        request = self.request
        headers = {name.lower(): value for name, value in request.headers.items()}
        await self.finish(
            {"user": self.current_user.username, "uri": request.uri, "headers": headers}
        )

    post = get


class Unchecked(JupyterHandler):
    """A page that forgot to ask for a login."""

    async def get(self) -> None:
        await self.finish("for everybody")


class Public(JupyterHandler):
    """A page for everybody, and it says so."""

    @allow_unauthenticated
    async def get(self) -> None:
        await self.finish("for everybody")

    @allow_unauthenticated
    async def post(self) -> None:
        self.settings["other_extension_posts"] = self.settings.get("other_extension_posts", 0) + 1


class Plain(RequestHandler):
    """Knows nothing of Jupyter."""

    def check_xsrf_cookie(self) -> None:
        pass

    def get(self) -> None:
        self.write("plain")

    def post(self) -> None:
        self.settings["other_extension_posts"] = self.settings.get("other_extension_posts", 0) + 1


class Parts(JupyterHandler):
    """Sends its answer in parts."""

    @authenticated
    async def get(self) -> None:
        for part in ("one ", "two ", "three"):
            self.write(part)
            await self.flush()
        await self.finish()


class Cookies(JupyterHandler):
    """Sets cookies of every kind."""

    @authenticated
    async def get(self) -> None:
        self.set_cookie("a", "1")
        self.set_signed_cookie("b", "2")
        self.add_header("Set-Cookie", "c=3")
        await self.finish("crumbs")


class OwnHeaders(JupyterHandler):
    """Means well: has CORS, Vary and Cache-Control of its own, and headers to be read."""

    @authenticated
    async def get(self) -> None:
        self.set_header("Access-Control-Allow-Origin", "*")
        self.set_header("Access-Control-Allow-Credentials", "true")
        self.set_header("Access-Control-Expose-Headers", "X-Nothing")
        self.set_header("Vary", "Accept-Language, origin")
        self.set_header("Cache-Control", "max-age=60")
        self.set_header("X-Made-Up", "7")
        self.set_header("ETag", '"tag"')
        self.set_header("Last-Modified", "Fri, 01 Jan 2021 00:00:00 GMT")
        await self.finish("mine")


class Status(JupyterHandler):
    """Answers with the status that is asked for."""

    @authenticated
    async def get(self, status: str) -> None:
        if int(status) >= 400:
            raise HTTPError(int(status))
        self.set_status(int(status))
        if status == "302":
            self.redirect("elsewhere")


class Ending(APIHandler):
    """Ends its responses in its own way, as JupyterLab's LicensesHandler does."""

    @authenticated
    async def get(self) -> None:
        await self.finish("text/plain", "ended")

    async def finish(self, mime: str, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        self.set_header("Content-Type", mime)
        await JupyterHandler.finish(self, *args, **kwargs)


HANDLERS = [
    ("plain-socket", PlainSocket),
    ("open-socket", OpenSocket),
    ("jupyter-socket", JupyterSocket),
    ("room-socket", RoomSocket),
    ("failing-socket", FailingSocket),
    ("failing", Failing),
    ("who", Who),
    ("unchecked", Unchecked),
    ("public", Public),
    ("plain", Plain),
    ("parts", Parts),
    ("cookies", Cookies),
    ("own-headers", OwnHeaders),
    (r"status/(\d+)", Status),
    ("ending", Ending),
]


def mount(serverapp: Any) -> None:
    """Add the handlers under ``other/``, as an extension that is loaded later."""
    base = serverapp.base_url + "other/"
    serverapp.web_app.add_handlers(".*$", [(base + path, cls) for path, cls in HANDLERS])
