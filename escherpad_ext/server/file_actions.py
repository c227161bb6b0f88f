"""What a request did with files, as the record says it: copies, folders, uploads, merged rooms."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import unquote

from tornado.web import RequestHandler

from ..grants.activity import COPIED, EDITED, MADE_FOLDER
from .recorded_path import recorded_place
from .room_merges import MERGES_ROOMS, path_of_merge

#: No other method is recorded by its name alone: the record has words of its own.
HTTP_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
WRITES_FILES = "contents:write"
#: The scopes of requests that :func:`listen` looks at.
LISTENS = frozenset({WRITES_FILES, MERGES_ROOMS})
_SAID = "_escherpad_said"
_MERGES = "_escherpad_merges"
_CONTENTS = "api/contents"
_MAX_SUCCESS, _FAILED = 299, 400
#: From this status on, a handler stumbled, maybe when all was done.
_MAY_BE_DONE = 500


class Said(NamedTuple):
    """What the body of a request says, apart from the content.

    Only what counts with its method: an app may write there whatever it likes.
    """

    copy_from: str = ""
    new_path: str = ""
    is_folder: bool = False
    #: The number of a chunk, from 1 on; -1 is the last one, and 0 is no chunk.
    chunk: int = 0


class Did(NamedTuple):
    """What was done with which path; ``target`` is where it led, empty if nowhere else."""

    method: str
    path: str
    target: str
    chunk: int


def listen(handler: Any, scope: str) -> None:
    """Remember what a request that needs this scope is about to do with files."""
    if scope == WRITES_FILES:
        _listen_to_body(handler)
    elif scope == MERGES_ROOMS:
        setattr(handler, _MERGES, path_of_merge(handler))


def _listen_to_body(handler: Any) -> None:
    """Remember what the body of a request says when its handler reads it.

    To read it once more would take as long again, for uploads.
    """
    read = getattr(handler, "get_json_body", None)
    if read is None:
        return

    def get_json_body() -> Any:
        model = read()
        setattr(handler, _SAID, _said(handler.request.method, model))
        return model

    handler.get_json_body = get_json_body


def what_was_done(handler: RequestHandler, status: int) -> Did:
    """Return what became of a request that was answered with this status."""
    vars(handler).pop("get_json_body", None)  # else it and the handler would keep each other
    request, said = handler.request, getattr(handler, _SAID, Said())
    merged = getattr(handler, _MERGES, None)
    if merged is not None and not _FAILED <= status < _MAY_BE_DONE:
        return Did(EDITED, request.path, _place(handler, merged) if merged else "", 0)
    path = _place(handler, said.copy_from) if said.copy_from else request.path
    target = ""
    if status <= _MAX_SUCCESS:
        target = _target(handler, path)
    elif status >= _MAY_BE_DONE and said.new_path:
        target = _place(handler, said.new_path)
    return Did(_method(request.method or "", said), path, target, said.chunk)


def _place(handler: RequestHandler, path: str) -> str:
    """Return the address of a file."""
    base = str(handler.settings["base_url"]).rstrip("/")
    return f"{base}/{_CONTENTS}/{recorded_place(path)}"


def _said(method: str | None, model: Any) -> Said:
    if not isinstance(model, dict):
        return Said()
    if method == "PATCH":
        return Said(new_path=_text(model.get("path")))
    is_folder = model.get("type") == "directory"
    if method == "POST":
        return Said(copy_from=_text(model.get("copy_from")), is_folder=is_folder)
    chunk = model.get("chunk")
    return Said(is_folder=is_folder, chunk=chunk if type(chunk) is int else 0)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _method(method: str, said: Said) -> str:
    if said.copy_from:
        return COPIED
    if said.is_folder:
        return MADE_FOLDER
    return method if method in HTTP_METHODS else f"HTTP {method}"[:16]


def _target(handler: RequestHandler, path: str) -> str:
    """Return where the answer says that the result is, empty where that is the path itself."""
    found = handler._headers.get("Location", "").partition("?")[0]
    is_here = found.startswith("/") and unquote(found).strip("/") != unquote(path).strip("/")
    return found if is_here else ""
