"""The folders that an owner can limit a grant to, for them to choose from.

A disk may be slow, or hang: it is asked in a thread, for a short time, and once at a time.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from jupyter_core.paths import is_file_hidden
from jupyter_server.services.contents.filemanager import FileContentsManager
from jupyter_server.utils import ApiPath, to_os_path

from ..errors import FolderError
from ..policy.folders import parse_folder
from .secret_places import SecretPlaces

_Result = TypeVar("_Result")

MAX_FOLDERS = 200
MAX_DEPTH = 4
#: How many entries of folders are looked at, and for how long.
MAX_ENTRIES = 20_000
LOOK_SECONDS = 0.3
#: When the page is shown without waiting any longer.
WAIT_SECONDS = 1.0


class FolderChoices(NamedTuple):
    """Some folders below the server's, by their paths.

    ``is_missing`` says that there is no such folder as was asked about, or that no app may see it.
    """

    folders: tuple[str, ...] = ()
    is_missing: bool = False


class FolderFinder:
    """Looks for folders that can be chosen. Hidden and secret ones, and links, are left out."""

    def __init__(self, manager: FileContentsManager, places: Callable[[], SecretPlaces]) -> None:
        """``places`` is called in the thread: where secrets are takes a look at the disk."""
        self._manager = manager
        self._places = places
        self._is_busy = False

    async def look(self, folder: str | None) -> FolderChoices:
        """Return the folders that were found in time, and whether ``folder`` is missing."""
        return await self._ask(partial(self._look, folder), FolderChoices())

    async def missing(self, folders: Iterable[str]) -> frozenset[str]:
        """Return those that are missing, as far as that was found in time."""
        return await self._ask(partial(self._missing, frozenset(folders)), frozenset())

    async def _ask(self, work: Callable[[], _Result], unknown: _Result) -> _Result:
        """Return what ``work`` returns, ``unknown`` where the disk does not answer in time."""
        if self._is_busy:  # the disk hangs
            return unknown
        self._is_busy = True
        looking = asyncio.get_running_loop().run_in_executor(None, work)
        looking.add_done_callback(self._end)
        try:
            return await asyncio.wait_for(asyncio.shield(looking), WAIT_SECONDS)
        except asyncio.TimeoutError:
            return unknown

    def _end(self, looking: asyncio.Future[Any]) -> None:
        self._is_busy = False
        looking.exception()  # whoever waits for it has it

    def _look(self, folder: str | None) -> FolderChoices:
        end = time.monotonic() + LOOK_SECONDS
        is_missing = folder is not None and not self._is_reached(folder)
        found = list[str]()
        for each in islice(self._walk(), MAX_FOLDERS):
            found.append(each)
            if time.monotonic() > end:
                break
        return FolderChoices(tuple(sorted(found, key=str.casefold)), is_missing)

    def _missing(self, folders: frozenset[str]) -> frozenset[str]:
        return frozenset(each for each in folders if not self._is_reached(each))

    def _is_reached(self, folder: str) -> bool:
        """Return whether an app could see a folder."""
        place = self._place_of(folder)
        hidden = any(part.startswith(".") for part in folder.split("/"))
        return (
            (self._manager.allow_hidden or not hidden)
            and os.path.isdir(place)  # noqa: PTH112
            and not self._places().hold(place)
        )

    def _walk(self) -> Iterator[str]:
        """Yield folders, the outer ones first."""
        waiting, left = deque([""]), MAX_ENTRIES
        while waiting and left > 0:
            outer = waiting.popleft()
            entries = _entries(self._place_of(outer), left)
            left -= len(entries)
            for entry in entries:
                path = f"{outer}/{entry.name}" if outer else entry.name
                if self._may_be_chosen(entry, path):
                    yield path
                    waiting += [path] if path.count("/") + 1 < MAX_DEPTH else []

    def _may_be_chosen(self, entry: os.DirEntry[str], path: str) -> bool:
        try:
            return (
                entry.is_dir(follow_symlinks=False)
                and not is_file_hidden(entry.path)
                and parse_folder(path) == path
                and not self._places().hold(entry.path)
            )
        except (OSError, FolderError):
            return False

    def _place_of(self, path: str) -> str:
        return to_os_path(ApiPath(path), self._manager.root_dir)


def _entries(folder: str, most: int) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(islice(found, most))
    except OSError:
        return []
