"""The folder of a grant, on the file system: what is in it.

Both count: the path as it is written, and where it leads. The path of the folder counts, and not
the folder that once was there; what is missing is compared by its name.
"""

from __future__ import annotations

import os
from pathlib import Path

from jupyter_server.services.contents.filemanager import FileContentsManager
from jupyter_server.utils import ApiPath, to_os_path

from ..policy.folder_paths import written_in
from .file_places import any_link, goes_round, identities, is_redirect, is_within, with_parents

# Where the host keeps the copy of a file while it writes the file, and looks for one when it
# reads a notebook that is broken (``fileio.path_to_intermediate``).
_WHILE_WRITING = ".~"
# A contents manager of another package may write elsewhere by itself, as pairs of notebooks.
_KNOWN_MANAGERS = frozenset({"builtins", "escherpad_ext", "jupyter_server", "traitlets"})


def known_manager(manager: object) -> FileContentsManager | None:
    """Return the manager whose root all paths are below, None where files may be elsewhere."""
    packages = {base.__module__.partition(".")[0] for base in type(manager).__mro__}
    if isinstance(manager, FileContentsManager) and packages <= _KNOWN_MANAGERS:
        return manager
    return None


class FolderPlace:
    """One folder below ``root``, the folder that the contents manager serves."""

    def __init__(self, root: str, folder: str) -> None:
        self.root = os.path.abspath(root)  # noqa: PTH100 - as the host does
        self._folder = folder

    def holds(self, path: str, *, itself: bool = False) -> bool:
        """Return whether a path names something in the folder, or with ``itself`` the folder."""
        written = written_in(path, self._folder)
        if written is None or not (written.rest or itself):
            return False
        try:
            return self._is_folder(written.lead) and not self.leads_out(self.place_of(path))
        except ValueError:  # no file can have this name
            return False

    def place_of(self, path: str) -> str:
        """Return the path of the file system for one of the contents API."""
        return to_os_path(ApiPath(path), self.root)

    def leads_out(self, place: str) -> bool:
        """Return whether a path of the file system, once links are followed, is outside."""
        if goes_round(place):
            return True
        found, folder = (os.path.realpath(each) for each in (place, self.place_of(self._folder)))
        if is_within(found, folder):
            return False
        # Another spelling of upper and lower case, or of letters with marks.
        return set(identities((folder,))).isdisjoint(identities(with_parents(found)))

    def redirects_out(self, path: str) -> bool:
        """Return whether a path is itself a link that leads out. The folder around it is inside."""
        place = self.place_of(path)
        return is_redirect(place) and self.leads_out(place)

    def has_links_out(self, path: str) -> bool:
        """Return whether a link leads out from somewhere below, or whether that is not known."""
        return any_link(self.place_of(path), self.leads_out)

    def has_links_that_move(self, path: str) -> bool:
        """Return whether what is moved is or has a link that leads out, here or at another place.

        Else somebody could move one to where another request was just found to be inside.
        """
        place = self.place_of(path)
        return self._may_move_out(place) or any_link(place, self._may_move_out)

    def is_alone(self, path: str) -> bool:
        """Return whether what the host reads with a file, by itself, is inside."""
        place = Path(self.place_of(path))
        return not self.leads_out(str(place.with_name(_WHILE_WRITING + place.name)))

    def keeps_copies(self, path: str, folder_of_copies: str) -> bool:
        """Return whether the copies that the host keeps of files beside this one are inside."""
        copies = Path(self.place_of(path)).parent / folder_of_copies
        return not self.leads_out(str(copies)) and not any_link(str(copies), self.leads_out)

    def _may_move_out(self, place: str) -> bool:
        is_relative = os.path.islink(place) and not Path(place).readlink().is_absolute()  # noqa: PTH114
        return is_relative or self.leads_out(place)

    def _is_folder(self, lead: tuple[str, ...]) -> bool:
        """Return whether the file system takes these names for those of the folder's path."""
        wanted = tuple(self._folder.split("/"))
        return lead == wanted or all(
            self._is_same(lead[:count], wanted[:count]) for count in range(1, len(wanted) + 1)
        )

    def _is_same(self, one: tuple[str, ...], other: tuple[str, ...]) -> bool:
        try:
            found = [os.lstat(Path(self.root, *names)) for names in (one, other)]
        except OSError:
            return False
        return os.path.samestat(*found)
