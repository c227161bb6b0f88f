"""Where a path is, as it is written, seen from the folder of a grant. Pure."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple


class Written(NamedTuple):
    """``lead`` is what stands where the folder's path should, ``rest`` what follows it."""

    lead: tuple[str, ...]
    rest: tuple[str, ...]


def written_in(path: str, folder: str) -> Written | None:
    """Return how a path names something in a folder, or the folder; None if it does not.

    ``lead`` may differ from the folder in upper and lower case, and in how letters with marks are
    composed: only the file system knows whether these are two names for one thing.
    """
    parts, wanted = path.split("/"), folder.split("/")
    if not all(map(_is_plain, parts)) or len(parts) < len(wanted):
        return None
    lead = tuple(parts[: len(wanted)])
    if [*map(_folded, lead)] != [*map(_folded, wanted)]:
        return None
    return Written(lead, tuple(parts[len(wanted) :]))


def _is_plain(part: str) -> bool:
    """Return whether every program takes this for the name of one thing.

    A backslash is a separator on Windows, and for the index of files everywhere.
    """
    return part not in {"", ".", ".."} and "\\" not in part and "\0" not in part


def _folded(part: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", part).casefold())
