"""What our files are, in the sentences that say what is wrong with one."""

from __future__ import annotations

from typing import NamedTuple

_ELSEWHERE = "In that case set JUPYTER_DATA_DIR to a folder on a local disk."
_CLOSED = "It is no file, or this account may not read or write it, or its folder."
_HINTS = {
    # SQLite reports "no locks available" like a lock that another program holds.
    "lock": f"Another program has locked it, or its file system has no locks. {_ELSEWHERE}",
    "unable to open": _CLOSED,
    "permission denied": _CLOSED,
    "readonly": "It is read-only.",
    "read-only": "It is read-only.",
    "full": "Its disk is full. Make room there.",
    "disk i/o": f"Its disk fails, is full, or its file system has no locks. {_ELSEWHERE}",
}
_DAMAGED = ("malformed", "not a database", "codec can't decode", "no such table", "no such column")


class FileKind(NamedTuple):
    """A kind of file: its name, and what to do about it."""

    name: str
    #: If it is damaged.
    damaged: str
    #: Once others cannot write to it any more.
    check: str

    def advice(self, error: Exception) -> str:
        """Return what to do about an error, empty if nobody knows."""
        text = str(error).lower()
        if any(mark in text for mark in _DAMAGED):
            return self.damaged
        return next((words for mark, words in _HINTS.items() if mark in text), "")


REGISTRY = FileKind(
    "registry of grants",
    "It is damaged. Move it away; every grant token ends with it.",
    ", then check the grants: jupyter escherpad token list",
)
RECORD = FileKind("record of what apps did", "It is damaged. Delete it, and a new one is made.", "")
