"""Paths that a grant without code execution may not name: hidden ones, outside ones, secrets.

Checked before the handler runs, since some handlers create a file before they look, and some
reveal that a file exists. What counts is what the host makes of the path.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from jupyter_server.services.contents.filemanager import FileContentsManager
from jupyter_server.utils import to_os_path
from tornado.web import RequestHandler, StaticFileHandler

from .registry_thread import RegistryThread
from .secret_places import SecretPlaces

_KERNELSPECS = "kernelspecs:read"
# The resources whose handlers name files.
_OF_FILES = ("contents:", "nbconvert:", "outputs:")
#: How the scopes begin of what :meth:`PathGuard.forbids` has to look at.
SCOPES = (*_OF_FILES, _KERNELSPECS)
# What the body of such a request names: the source of a copy, the target of a renaming.
_NAMES_IN_BODY = {"POST": ("copy_from", "path"), "PATCH": ("path",)}
_CHANGES_PLACES = frozenset({"PATCH", "DELETE"})
# What a kernel's folder has for pages to show. `kernel.json` is what the server shows blanked.
_KERNEL_FILES = frozenset({"kernel.js", "kernel.css"})
_LOGO = "logo-"
_ROOM_PARTS = 3


class PathGuard:
    """Says which requests of grants without code execution name such a path."""

    def __init__(self, places: SecretPlaces, thread: RegistryThread) -> None:
        """``thread`` waits for the disks of the secret places."""
        self._places = places
        self._thread = thread

    async def forbids(self, handler: RequestHandler, needed: str) -> bool:
        """Return whether a request that needs the scope ``needed`` names a path out of reach.

        Raises GrantsUnavailable where the disk of a secret place does not answer in time.
        """
        if needed == _KERNELSPECS:
            return _is_kernel_file(handler)
        if not needed.startswith(_OF_FILES):
            return False
        model = model_of(handler)
        paths = [*_in_url(handler), *_in_model(handler, model), *_paths_of_file_ids(handler)]
        if _has_separator(model.get("ext")):
            return True
        if any(_names_hidden(path, _allows_hidden(handler)) for path in paths):
            return True
        return bool(paths) and await self._thread.run(
            lambda: any(self._leads_to_secret(handler, path) for path in paths)
        )

    def _leads_to_secret(self, handler: RequestHandler, path: str) -> bool:
        root = _root(handler)
        if root is None:
            return False  # files that are no files of this machine
        if "\0" in path:
            return True
        place = to_os_path(path, root)  # type: ignore[arg-type]
        if self._places.hold(place) or _is_elsewhere(handler, path, root):
            return True
        if handler.request.method in _CHANGES_PLACES:
            return self._places.lie_within(place)
        # A folder is copied with all that its links lead to.
        return (
            handler.request.method == "POST"
            and Path(place).is_dir()
            and self._copies(handler, place)
        )

    def _copies(self, handler: RequestHandler, place: str) -> bool:
        source = model_of(handler).get("copy_from")
        root = _root(handler)
        if not isinstance(source, str) or root is None:
            return False
        return place == to_os_path(source, root) and self._places.are_linked_from(place)  # type: ignore[arg-type]


def model_of(handler: RequestHandler) -> dict[str, Any]:
    """Return what the body says, as the host reads it; empty where it says nothing of interest."""
    return body_of(handler) if handler.request.method in _NAMES_IN_BODY else {}


def body_of(handler: RequestHandler) -> dict[str, Any]:
    """Return the object that the body is, as the host reads it; an empty one if it is none."""
    try:
        found = json.loads(handler.request.body.strip().decode())
    except ValueError:
        return {}  # the host refuses it
    return found if isinstance(found, dict) else {}


def _in_url(handler: RequestHandler) -> Iterator[str]:
    """Yield what the host takes for paths, decoded as it decodes them."""
    found: Iterable[Any] = (*handler.path_args, *handler.path_kwargs.values())
    yield from (value for value in found if isinstance(value, str))
    yield from handler.get_arguments("path", strip=True)


def _in_model(handler: RequestHandler, model: dict[str, Any]) -> Iterator[str]:
    names = _NAMES_IN_BODY.get(handler.request.method or "", ())
    yield from (model[name] for name in names if isinstance(model.get(name), str))


def path_of_room(handler: RequestHandler, room: str | None = None) -> str | None:
    """Return the path of a room's file, None where it has none.

    The room is that of the request, unless it is named: the host reads the last part of the path,
    as it is spelled, and nothing else.
    """
    manager: Any = handler.settings.get("file_id_manager")
    name = handler.request.path.rpartition("/")[2] if room is None else room
    parts = name.split(":", _ROOM_PARTS - 1)
    if manager is None or len(parts) != _ROOM_PARTS:
        return None
    found: str | None = manager.get_path(parts[-1])
    return found


def _paths_of_file_ids(handler: RequestHandler) -> Iterator[str]:
    """Yield the paths behind all that may name a file by its number: rooms, and queries.

    An app may add any number to any address: these say what it could reach, not what it does.
    """
    manager: Any = handler.settings.get("file_id_manager")
    if manager is None:
        return
    last = (handler.request.path.rpartition("/")[2], *handler.path_args)
    rooms = [str(value).split(":", _ROOM_PARTS - 1) for value in last]
    ids = [room[-1] for room in rooms if len(room) == _ROOM_PARTS]
    for file_id in (*ids, *handler.get_arguments("id")):
        path = manager.get_path(file_id)
        if path is not None:
            yield path


def _allows_hidden(handler: RequestHandler) -> bool:
    return bool(getattr(handler.settings.get("contents_manager"), "allow_hidden", False))


def _names_hidden(path: str, allowed: bool) -> bool:
    """Return whether a part of a path is hidden, or leads up."""
    parts = path.replace(os.sep, "/").split("/")
    return any(
        part == ".." or (part.startswith(".") and part != "." and not allowed) for part in parts
    )


def _has_separator(ext: object) -> bool:
    """Return whether a new file's ``ext`` is a path."""
    return isinstance(ext, str) and any(mark in ext for mark in ("/", "\\", "\0"))


def _root(handler: RequestHandler) -> str | None:
    """Return the folder that paths are relative to, None where they are not of this machine."""
    if isinstance(handler, StaticFileHandler):
        return str(handler.root)
    manager = handler.settings.get("contents_manager")
    return str(manager.root_dir) if isinstance(manager, FileContentsManager) else None


def _is_elsewhere(handler: RequestHandler, path: str, root: str) -> bool:
    """Return whether a handler that is not the host's takes a path for one outside the root.

    The host takes a slash at the beginning off; others join the path to the root, which drops it.
    """
    if type(handler).__module__.startswith("jupyter_server.") or not os.path.isabs(path):  # noqa: PTH117
        return False
    joined = os.path.normpath(os.path.join(root, path))  # noqa: PTH118
    return os.path.commonpath([joined, os.path.normpath(root)]) != os.path.normpath(root)


def _is_kernel_file(handler: RequestHandler) -> bool:
    """Return whether a kernel's folder is asked for a file that is not for pages."""
    if not isinstance(handler, StaticFileHandler):
        return False
    path = str(handler.path_kwargs.get("path", "/"))
    return "/" in path or not (path in _KERNEL_FILES or path.startswith(_LOGO))
