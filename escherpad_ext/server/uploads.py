"""Uploads in chunks that are not finished. Each is one write, however many chunks it has."""

from __future__ import annotations

from collections import Counter
from posixpath import normpath
from typing import Generic, TypeVar
from urllib.parse import unquote

#: The uploads of all apps that are remembered. One that is forgotten becomes a write of its own. It
#: is the oldest of the app that has most.
MAX_OPEN = 200
_FIRST, _LAST = 1, -1

_Entry = TypeVar("_Entry")


class Uploads(Generic[_Entry]):
    """The entries of uploads, by grant and path."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], _Entry] = {}

    def begin(self, grant_id: str, path: str, chunk: int, entry: _Entry) -> None:
        """Remember the entry of an upload, unless this chunk is the only one."""
        if chunk == _LAST:
            return
        self._open[grant_id, _spelled_once(path)] = entry
        if len(self._open) > MAX_OPEN:
            busiest = Counter(grant for grant, _ in self._open).most_common(1)[0][0]
            del self._open[next(each for each in self._open if each[0] == busiest)]

    def next(self, grant_id: str, path: str, chunk: int) -> _Entry | None:
        """Return the entry of the upload that a chunk continues, None if there is none."""
        if chunk in {0, _FIRST}:
            return None
        place = grant_id, _spelled_once(path)
        return self._open.pop(place, None) if chunk == _LAST else self._open.get(place)

    def end(self, grant_id: str, *changed: str) -> None:
        """Forget the uploads to these paths, to what is in them and to what they are in.

        What is uploaded after another change is another write: else it would seem to come before.
        """
        places = [_spelled_once(each) for each in changed if each]
        for known in list(self._open):
            if known[0] == grant_id and any(_meet(known[1], each) for each in places):
                del self._open[known]


def _spelled_once(path: str) -> str:
    """Return the path of an address without escapes: there are many ways to write the same one."""
    return normpath(unquote(path))


def _meet(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return short == long or long.startswith(f"{short}/")
