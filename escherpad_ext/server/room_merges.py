"""Copies of rooms (forks of jupyter-collaboration) that are merged: an edit of the room's file."""

from __future__ import annotations

import sys
from contextlib import suppress

from tornado.web import HTTPError, RequestHandler

from .path_guard import path_of_room
from .scope_check import names_of

#: The scope of what makes, merges and deletes copies.
MERGES_ROOMS = "kernels:execute"
_MODULE = "jupyter_server_ydoc.handlers"
_HANDLER = f"{_MODULE}.DocForkHandler"


def path_of_merge(handler: RequestHandler) -> str | None:
    """Return the path of the file that a request merges a copy into, None if it merges none.

    The path is empty if the room has no file. Ask before the request is carried out: it has the
    host forget which room was copied.
    """
    if handler.request.method != "DELETE" or _HANDLER not in names_of(type(handler)):  # type: ignore[arg-type]
        return None
    merges = ""
    with suppress(HTTPError):  # the host refuses it
        merges = handler.get_query_argument("merge", "")
    copies = getattr(sys.modules.get(_MODULE), "FORK_ROOMS", {})
    if merges != "true" or handler.path_args[0] not in copies:
        return None
    return path_of_room(handler, str(copies[handler.path_args[0]]["root_roomid"])) or ""
