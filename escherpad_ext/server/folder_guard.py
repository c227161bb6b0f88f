"""Keeps a grant for one folder in it: which requests stay inside.

What is not in this table is refused: another extension's handler, and a subclass of one that is
here. Read what a handler takes for a path, and what else it reads, before you add it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from jupyter_server.services.contents.filecheckpoints import FileCheckpoints
from tornado.web import RequestHandler, StaticFileHandler
from tornado.websocket import WebSocketHandler

from ..policy.folders import FOLDER_SCOPES
from .folder_answers import keep_answer
from .folder_place import FolderPlace, known_manager
from .folder_rooms import keep_room
from .path_guard import body_of
from .scope_check import names_of

_Rule = Callable[[RequestHandler, FolderPlace], bool]

_ROOM_PARTS = 3


def stays_in_folder(handler: RequestHandler, needed: str, folder: str) -> bool:
    """Return whether a request stays in the folder of its grant; if so, keep its answer there."""
    rule = _RULES.get(names_of(type(handler))[0])  # type: ignore[arg-type]
    manager = known_manager(handler.settings.get("contents_manager"))
    if rule is None or manager is None or needed not in FOLDER_SCOPES:
        return False
    place = FolderPlace(str(manager.root_dir), folder)
    if not rule(handler, place):
        return False
    if not isinstance(handler, WebSocketHandler):
        keep_answer(handler, place)
    return True


def end_with_folder(handler: RequestHandler, folder: str) -> None:
    """Close a room's socket once its file is no longer in the folder.

    Whatever else looks at its messages must do so already: this comes before it.
    """
    manager = known_manager(handler.settings.get("contents_manager"))
    if isinstance(handler, WebSocketHandler) and manager is not None:
        place = FolderPlace(str(manager.root_dir), folder)
        keep_room(handler, place, lambda: _room(handler, place))


def _names_nothing(handler: RequestHandler, place: FolderPlace) -> bool:
    return True


def _contents(handler: RequestHandler, place: FolderPlace) -> bool:
    """Let the folder itself be read and get new files, but not be replaced, moved or deleted."""
    path, method = _path_of(handler), handler.request.method
    if not place.holds(path, itself=method in {"GET", "POST"}):
        return False
    if method == "GET":
        return not place.holds(path) or place.is_alone(path)
    return (
        all(_keeps_copies(handler, place, each) for each in _changed(path, method, place))
        and all(_is_kept(handler, place, name) for name in ("path", "copy_from"))
        and not (method == "POST" and _copies_links_out(handler, place))
        and not (method == "PATCH" and place.has_links_that_move(path))
    )


def _changed(path: str, method: str | None, place: FolderPlace) -> list[str]:
    """Return what such a request may change: POST gives a name to what it makes."""
    made = [f"{path}/new"] if method == "POST" else []
    return [path, *made] if place.holds(path) else made


def _is_kept(handler: RequestHandler, place: FolderPlace, name: str) -> bool:
    """Return whether a path of the body, if it has one, is inside, and so are its copies."""
    path = body_of(handler).get(name)
    if path is None or path == "":
        return True
    return isinstance(path, str) and _keeps_copies(handler, place, path.strip("/"))


def _keeps_copies(handler: RequestHandler, place: FolderPlace, path: str) -> bool:
    checkpoints = handler.settings["contents_manager"].checkpoints
    if not place.holds(path) or not place.is_alone(path):
        return False
    return not isinstance(checkpoints, FileCheckpoints) or place.keeps_copies(
        path, checkpoints.checkpoint_dir
    )


def _copies_links_out(handler: RequestHandler, place: FolderPlace) -> bool:
    """Return whether a folder is copied that has a link out: the host copies what it leads to."""
    source = body_of(handler).get("copy_from")
    return isinstance(source, str) and source != "" and place.has_links_out(source)


def _checkpoints(handler: RequestHandler, place: FolderPlace) -> bool:
    """Refuse where a folder cannot be written: its checkpoints are among temporary files."""
    path = _path_of(handler)
    around = os.path.dirname(place.place_of(path))  # noqa: PTH120
    return (
        isinstance(handler.settings["contents_manager"].checkpoints, FileCheckpoints)
        and _keeps_copies(handler, place, path)
        and os.access(around, os.W_OK)
    )


def _path_of(handler: RequestHandler) -> str:
    """Return the path of the address, as the contents API reads it."""
    found = (*handler.path_args, *handler.path_kwargs.values())
    return str(found[0] or "").strip("/") if found else ""


def _view(handler: RequestHandler, place: FolderPlace) -> bool:
    return place.holds(_path_of(handler))


def _file(handler: RequestHandler, place: FolderPlace) -> bool:
    assert isinstance(handler, StaticFileHandler)
    path = str(handler.path_args[0]) if handler.path_args else ""
    return os.path.realpath(handler.root) == os.path.realpath(place.root) and place.holds(path)


def _file_id_of_path(handler: RequestHandler, place: FolderPlace) -> bool:
    paths = handler.get_arguments("path")
    return bool(paths) and all(map(place.holds, paths))


def _path_of_file_id(handler: RequestHandler, place: FolderPlace) -> bool:
    ids = handler.get_arguments("id")
    return bool(ids) and all(place.holds(_path_behind(handler, each)) for each in ids)


def _path_behind(handler: RequestHandler, file_id: str) -> str:
    """Return the path of a file by its number; nothing is at the empty one."""
    manager: Any = handler.settings.get("file_id_manager")
    return (manager.get_path(file_id) if manager is not None else None) or ""


def _session_of_room(handler: RequestHandler, place: FolderPlace) -> bool:
    return len(handler.path_args) == 1 and place.holds(str(handler.path_args[0]))


def _room(handler: RequestHandler, place: FolderPlace) -> bool:
    """Open a file's room. All others are about several files, or are copies of a room."""
    name = handler.request.path.rpartition("/")[2]  # as the host does
    parts = name.split(":")
    if handler.path_args != [name] or len(parts) != _ROOM_PARTS:
        return False
    path = _path_behind(handler, parts[2])
    return place.holds(path) and place.is_alone(path) and not os.path.isdir(place.place_of(path))  # noqa: PTH112


_CONTENTS = "jupyter_server.services.contents.handlers."
_SERVICES = "jupyter_server.services."
_RULES: Mapping[str, _Rule] = MappingProxyType(
    {
        _CONTENTS + "ContentsHandler": _contents,
        _CONTENTS + "CheckpointsHandler": _checkpoints,
        _CONTENTS + "ModifyCheckpointsHandler": _checkpoints,
        "jupyter_server.base.handlers.AuthenticatedFileHandler": _file,
        "jupyter_server.view.handlers.ViewHandler": _view,
        "jupyter_server_fileid.handler.FileIDHandler": _file_id_of_path,
        "jupyter_server_fileid.handler.FilePathHandler": _path_of_file_id,
        "jupyter_server_ydoc.handlers.DocSessionHandler": _session_of_room,
        "jupyter_server_ydoc.handlers.YDocWebSocketHandler": _room,
        _SERVICES + "api.handlers.APISpecHandler": _names_nothing,
        _SERVICES + "api.handlers.IdentityHandler": _names_nothing,
        _SERVICES + "api.handlers.APIStatusHandler": _names_nothing,  # `folder_answers`
        _SERVICES + "kernels.handlers.KernelHandler": _names_nothing,  # `folder_answers`
        _SERVICES + "kernels.handlers.MainKernelHandler": _names_nothing,  # `folder_answers`
        _SERVICES + "sessions.handlers.SessionHandler": _names_nothing,  # `folder_answers`
        _SERVICES + "sessions.handlers.SessionRootHandler": _names_nothing,  # `folder_answers`
        _SERVICES + "kernelspecs.handlers.KernelSpecHandler": _names_nothing,
        _SERVICES + "kernelspecs.handlers.MainKernelSpecHandler": _names_nothing,
        "jupyter_server.kernelspecs.handlers.KernelSpecResourceHandler": _names_nothing,
    }
)
