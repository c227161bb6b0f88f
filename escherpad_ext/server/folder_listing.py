"""Lists a folder without the links in it that lead out, as if they were not there.

The host looks at what a link leads to when it lists it: whether that is a folder, how large it is,
and whether it can be written.
"""

from __future__ import annotations

import errno
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from jupyter_server.services.contents.filemanager import FileContentsManager

from .folder_place import FolderPlace

# Handlers and the tasks that they start run in the context of their request.
_listed = ContextVar[FolderPlace | None]("escherpad_listed", default=None)

if TYPE_CHECKING:
    _Base = FileContentsManager
else:
    _Base = object


class _ListsFolder(_Base):
    """Mixin for a contents manager."""

    def get(self, path: str, *args: Any, **kwargs: Any) -> Any:
        """Say of a link that leads out what the host takes for one that leads nowhere."""
        place = _listed.get()
        if place is not None and place.redirects_out(path):
            raise OSError(errno.ELOOP, "The link leads out of the folder")
        return super().get(path, *args, **kwargs)  # type: ignore[no-untyped-call]


def compose_listing(manager: Any) -> None:
    """Let a contents manager list for a grant only what is in its folder."""
    base = type(manager)
    if isinstance(manager, FileContentsManager) and not isinstance(manager, _ListsFolder):
        manager.__class__ = type(base.__name__, (_ListsFolder, base), {})


def list_only(place: FolderPlace) -> None:
    """List in the rest of this request only what is in the folder."""
    _listed.set(place)
