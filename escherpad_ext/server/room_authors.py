"""Who writes in a room. An update names its author by a number, and rooms don't check that.

An app that writes under the number of the owner's page takes the place of what that page writes
next. The rest of what the page writes, such as the mark of a trusted cell, then lands in the app's
cell. So a number is whose it was first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

#: The numbers that are remembered for each app. A page has one for each document that it opens.
MAX_NUMBERS = 1000
#: The apps that are remembered. One that is forgotten must open its documents again.
MAX_APPS = 1000


class Authors:
    """The numbers under which one app writes."""

    def __init__(self) -> None:
        self._own: dict[int, None] = {}

    def announce(self, numbers: Collection[int], room: Any) -> None:
        """Remember the numbers that an app says are its own, unless they are another's."""
        new = [number for number in numbers if number not in self._own]
        if new:
            known = {*others_present(room), *clocks(room.ydoc.get_state())}
            self._remember(number for number in new if number not in known)

    def may_have_written(
        self, present: Collection[int], before: Mapping[int, int], after: Mapping[int, int]
    ) -> bool:
        """Return whether what is new in a document has the app for its author.

        ``present`` are the numbers announced in the room, ``before`` and ``after`` are clocks.
        """
        new = [each for each, clock in after.items() if clock > before.get(each, 0)]
        foreign = [each for each in new if each not in self._own]
        if any(each in before or each in present for each in foreign):
            return False
        self._remember(foreign)
        return True

    def _remember(self, numbers: Any) -> None:
        self._own.update(dict.fromkeys(numbers))
        while len(self._own) > MAX_NUMBERS:
            del self._own[next(iter(self._own))]


class AuthorsOfApps:
    """The :class:`Authors` of each app, for as long as the server runs."""

    def __init__(self) -> None:
        self._known: dict[str, Authors] = {}

    def of(self, app: str) -> Authors:
        """Return those of an app. A site that connects again is the same one."""
        found = self._known.pop(app, None) or Authors()
        self._known[app] = found  # the last one to be forgotten
        while len(self._known) > MAX_APPS:
            del self._known[next(iter(self._known))]
        return found


def others_present(room: Any) -> Collection[int]:
    """Return the numbers that anybody announced in a room since it was opened."""
    awareness = getattr(room, "awareness", None)
    return frozenset(getattr(awareness, "meta", ()))


def clocks(state: bytes) -> dict[int, int]:
    """Return how much of each author is in a document, by its state vector."""
    read = _numbers(state)
    return {read(): read() for _ in range(read())}


def announced(update: bytes) -> list[int]:
    """Return the authors that an update of awareness is about; none if it cannot be read."""
    from pycrdt import Decoder  # noqa: PLC0415 - where there are rooms, it is installed

    try:
        decoder = Decoder(Decoder(update).read_message() or b"")
        found = []
        for _ in range(decoder.read_var_uint()):
            found.append(decoder.read_var_uint())
            decoder.read_var_uint()
            decoder.read_var_string()
    except Exception:  # the room complains of it
        return []
    return found


def _numbers(encoded: bytes) -> Any:
    from pycrdt import Decoder  # noqa: PLC0415

    return Decoder(encoded).read_var_uint
