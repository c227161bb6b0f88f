"""Whether anything changed at some places, so that a look there would find nothing new.

Unlike :mod:`.file_watch`, on which this is built, it also knows of places where nothing is yet:
most servers have no grants.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from .file_watch import RETRY_SECONDS, Snapshot, Watch

#: Some changes cause no event. If nobody waits for them, they count after this time.
QUIET_SECONDS = 5.0


class PlaceWatch:
    """Takes snapshots of the same places. For one thread, which may wait for the disk."""

    def __init__(self, places: Sequence[Path]) -> None:
        self._places = [str(place.absolute()) for place in places]
        self._watch: Watch | None = None
        self._try_after = float("-inf")

    def snapshot(self, seconds: float) -> Snapshot | None:
        """Return what is there now; None where a change could go unnoticed.

        It holds for so many seconds at most, since some changes cause no event.
        """
        now = time.monotonic()
        if now < self._try_after:
            return None
        try:
            if self._watch is None or self._watch.is_full:
                self._watch = Watch()
            self._watch.take_events()
            self._watch.watch_again()
            for place in self._places:
                _add(self._watch, place)
        except FileNotFoundError:  # it was made or removed just now
            return None
        except (OSError, AttributeError, ImportError, ValueError):  # not Linux, for example
            self._watch, self._try_after = None, now + RETRY_SECONDS
            return None
        return Snapshot(self._watch, self._watch.changes, now + seconds)


def _add(watch: Watch, place: str) -> None:
    """Watch a place, or the nearest folder above it that there is. Raises OSError."""
    missing = None
    for path in (place, *map(str, Path(place).parents)):
        try:
            watch.add([path])
        except FileNotFoundError:
            missing = path
            continue
        break
    # What was made before its folder was watched has caused no event.
    if missing is not None and os.path.lexists(missing):
        raise FileNotFoundError
