"""The files that the server's own pages load, and the library for sites."""

from __future__ import annotations

from pathlib import Path

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.web import RedirectHandler

from ...server.static_files import TypedFiles
from .endpoint import Endpoint

STATIC_FOLDER = Path(__file__).parents[1] / "static"


class StaticHandler(TypedFiles, Endpoint):
    """Files for everybody."""

    @allow_unauthenticated
    async def get(self, path: str, include_body: bool = True) -> None:
        """Return a file."""
        await super().get(path, include_body)

    @allow_unauthenticated
    async def head(self, path: str) -> None:
        """Return its headers."""
        await super().get(path, include_body=False)


class LibraryHandler(StaticHandler):
    """The library for sites, which any origin may load."""


class SlashHandler(RedirectHandler):
    """Redirects to the address with a slash at its end. It needs no login, and reveals nothing."""

    @allow_unauthenticated
    def get(self, *args: object) -> None:
        """Redirect."""
        super().get(*args)

    head = get
