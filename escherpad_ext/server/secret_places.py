"""The files and folders that make whoever reads or changes them the owner, wherever a path leads.

Paths are compared by name, and by what the file system says that they are: another spelling, upper
case, a mount or a hard link is the same file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_core.paths import jupyter_config_path, jupyter_path

from .exposure import other_secrets
from .file_places import any_link, entries, identities, is_within, with_parents

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

#: Where systems show what a program was started with: the server's token may be there.
_PROCESSES = ("/proc",)


class SecretPlaces:
    """Compares paths with the places that hold secrets or settings of the server."""

    def __init__(self, places: Iterable[str | Path], *, read_closely: Iterable[str | Path]) -> None:
        """``read_closely`` are folders of few files, which are told from their hard links."""
        self._places = tuple(dict.fromkeys(os.path.realpath(place) for place in places))
        self._read_closely = tuple(map(os.path.realpath, read_closely))

    @classmethod
    def of(cls, server: ServerApp, data_folder: Path) -> SecretPlaces:
        """Return those of a server. ``data_folder`` is where keys and grants are."""
        close = (data_folder, data_folder / "keys", server.runtime_dir, server.config_dir)
        files = tuple(other_secrets(server))
        shared = (*jupyter_path(), *jupyter_config_path(), server.data_dir, *_kernel_dirs(server))
        root = os.path.realpath(server.root_dir)
        # Who serves a folder below one of these wants its files to be seen.
        apart = (place for place in shared if not is_within(root, os.path.realpath(place)))
        return cls((*close, *files, *apart, *_PROCESSES), read_closely=(*close, *files))

    def hold(self, path: str) -> bool:
        """Return whether a path leads to a secret place, or into one."""
        resolved = os.path.realpath(path)
        if any(is_within(resolved, place) for place in self._places):
            return True
        known = set(identities(self._places))
        on_the_way = identities(with_parents(resolved))
        return not known.isdisjoint(on_the_way) or self._is_hard_link(resolved)

    def lie_within(self, path: str) -> bool:
        """Return whether a secret place is somewhere below a path."""
        resolved = os.path.realpath(path)
        found = set(identities((resolved,)))
        return any(
            is_within(place, resolved) or not found.isdisjoint(identities(with_parents(place)))
            for place in self._places
        )

    def are_linked_from(self, folder: str) -> bool:
        """Return whether a link in a folder, however deep, leads to a secret place."""
        return any_link(folder, self.hold)

    def _is_hard_link(self, path: str) -> bool:
        try:
            found = os.stat(path)  # noqa: PTH116 - as the lines around it
        except (OSError, ValueError):
            return False
        if not stat.S_ISREG(found.st_mode) or found.st_nlink < 2:  # noqa: PLR2004 - it has one name
            return False
        files = (each for place in self._read_closely for each in _files(place))
        return (found.st_dev, found.st_ino) in identities(files)


def _kernel_dirs(server: ServerApp) -> Iterator[str]:
    """Return the folders of kernel specifications, whose ``env`` may hold secrets.

    Not by asking for a default, which imports IPython and makes its folder.
    """
    yield os.environ.get("IPYTHONDIR") or os.path.expanduser("~/.ipython")  # noqa: PTH111
    manager = server.kernel_spec_manager
    if manager is not None and manager.trait_has_value("kernel_dirs"):
        yield from manager.kernel_dirs


def _files(place: str) -> list[str]:
    """Return the files of a folder, or the one file that a place is."""
    return [entry.path for entry in entries(place)] or [place]
