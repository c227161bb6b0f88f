"""What an app did lately, as the owner's pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import quote, unquote

from ..grants.activity import Deed
from ..grants.activity_words import say
from ..policy.translatable import Translatable
from ..server.recorded_path import CUT

_CONTENTS = "/api/contents/"
_FAILED = 400
_WITH_ERROR = "{did} - with an error"
#: Every text of this file that a page may show.
TEXTS = (_WITH_ERROR,)
#: What leaves no file at the path behind.
_NO_FILE = frozenset({"DELETE", "MKDIR"})


@dataclass(frozen=True)
class Done:
    """What an app did: words, how often, and when. ``file`` is where its file opens, or empty."""

    number: int
    words: Translatable
    times: int
    when: datetime
    file: str


def done(deed: Deed, opens: str) -> Done:
    """Return what the page shows of a deed. ``opens`` is the address below which files open."""
    path = _file_of(deed)
    return Done(
        deed.number,
        _words(deed),
        deed.times,
        moment(deed.last),
        opens + quote(path) if path else "",
    )


def _words(deed: Deed) -> Translatable:
    words = say(deed.action)
    return Translatable(_WITH_ERROR, did=words) if deed.errors else words


def opens_files(start: str) -> str:
    """Return below which path files open, by where the server's own pages start."""
    if start.startswith("/lab"):
        return "lab/tree/"
    return "tree/" if start.startswith("/tree") else "files/"


def _file_of(deed: Deed) -> str:
    """Return the path of the file that an app read or wrote, empty where there is none to open.

    Browsers follow ``..`` in an address, so a path with such a part leads nowhere.
    """
    action = deed.action
    if action.reason or action.status >= _FAILED or action.method in _NO_FILE:
        return ""
    path = action.target or action.path
    if not path.startswith(_CONTENTS) or CUT in path:
        return ""
    path = unquote(path)
    parts = path.removeprefix(_CONTENTS).split("/")
    return "" if {"", ".", "..", "checkpoints", "trust"}.intersection(parts) else "/".join(parts)


def moment(seconds: float) -> datetime:
    """Return a time for a page."""
    try:
        return datetime.fromtimestamp(seconds, timezone.utc)
    except (OverflowError, OSError, ValueError):  # the file was tampered with
        return datetime.fromtimestamp(0, timezone.utc)
