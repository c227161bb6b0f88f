"""Whether anything changed at some places, so that a look there would find nothing new.

Unlike :mod:`.file_watch`, on which this is built, it also knows of places where nothing is yet:
most servers have no grants.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from .file_watch import FileWatch, Snapshot, Watch

#: Some changes cause no event. If nobody waits for them, they count after this time.
QUIET_SECONDS = 5.0


class PlaceWatch:
    """Takes snapshots of the same places. For one thread, which may wait for the disk."""

    def __init__(self, places: Sequence[Path]) -> None:
        self._places = [str(place.absolute()) for place in places]
        self._files = FileWatch()

    def close(self) -> None:
        """Watch no more. No snapshot holds any longer."""
        self._files.close()

    def snapshot(self, seconds: float) -> Snapshot | None:
        """Return what is there now; None where a change could go unnoticed.

        It holds for so many seconds at most, since some changes cause no event.
        """
        return self._files.take(self._add_all, seconds)

    def _add_all(self, watch: Watch) -> None:
        watch.watch_again()
        for place in self._places:
            _add(watch, place)


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
