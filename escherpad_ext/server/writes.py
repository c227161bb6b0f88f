"""What a grant without code execution writes: never trusted, and noted before it is written."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from ..grants import Grant
from ..grants.written_files import WrittenFiles
from ..policy.scopes import gives_full_control
from .notebook_trust import write_untrusted
from .path_guard import model_of, path_of_room
from .registry_thread import RegistryThread
from .room_authors import AuthorsOfApps
from .room_edits import check_edits
from .room_files import contain_rooms
from .scope_check import names_of

#: The scopes of what changes files.
SCOPES = ("contents:write", "outputs:write")
# It names a file for a room, which its socket may then change.
_WRITES_NO_FILE = "jupyter_server_ydoc.handlers.DocSessionHandler"


class Writes:
    """Looks at what such grants are about to write. ``server`` is this one, for people to read."""

    def __init__(self, thread: RegistryThread, written: WrittenFiles, server: str) -> None:
        """``written`` belongs to the thread."""
        self._thread = thread
        self._written = written
        self._server = server
        self._authors = AuthorsOfApps()

    async def before(self, handler: RequestHandler, needed: str, grant: Grant) -> None:
        """Note the files that a request changes. Raises GrantsUnavailable; it must then fail."""
        if needed not in SCOPES or gives_full_control(grant.scopes):
            return
        write_untrusted()
        if isinstance(handler, WebSocketHandler):
            authors = self._authors.of(_app_of(grant))
            check_edits(handler, lambda: self._note(handler, grant), authors)
        elif _WRITES_NO_FILE not in names_of(handler.__class__):  # type: ignore[arg-type]
            await self._note(handler, grant)
            await contain_rooms(handler, list(_paths(handler)))

    async def _note(self, handler: RequestHandler, grant: Grant) -> None:
        app = grant.origin if grant.for_whom == "site" else grant.name or f"a {grant.for_whom}"
        for path in dict.fromkeys(_paths(handler)):
            await self._thread.run(partial(self._written.note, app, path or "/", self._server))


def _app_of(grant: Grant) -> str:
    """Return a name for who has a grant: a site may have several, others are one each."""
    return grant.origin if grant.for_whom == "site" else grant.id


def _paths(handler: RequestHandler) -> Iterator[str]:
    """Yield the paths of what a request changes, at least one."""
    named = [*handler.path_kwargs.values(), *handler.path_args, ""]
    room = path_of_room(handler)
    if room is not None:
        yield room
    if room is None or not isinstance(handler, WebSocketHandler):  # a file may be called so, too
        yield str(named[0] or "").strip("/")
    renamed = model_of(handler).get("path") if handler.request.method == "PATCH" else None
    if isinstance(renamed, str):
        yield renamed.strip("/")
