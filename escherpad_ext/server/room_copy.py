"""A copy of a room's notebook, on which an edit is tried before others in the room see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from .room_authors import clocks
from .room_outputs import Before, keep_harmless
from .room_touched import Touched
from .room_widgets import keep_widgets

#: Says of the clocks before and after an update whether its sender is their author.
_Judge: TypeAlias = Callable[[Mapping[int, int], Mapping[int, int]], bool]


class RoomCopy:
    """It follows the room's document, and tells what an edit changed there."""

    def __init__(self) -> None:
        from pycrdt import Array, Doc, Map  # noqa: PLC0415 - where there are rooms, it is installed

        self._copy = Doc[Any]()
        self._cells = self._copy.get("cells", type=Array)
        self._meta = self._copy.get("meta", type=Map)
        self._touched = Touched()
        self._meta_touched = False
        self._subscriptions = (
            self._cells.observe_deep(self._see),
            self._meta.observe_deep(self._see_meta),
        )

    def edit(self, document: Any, update: bytes, is_by_its_sender: _Judge) -> bool:
        """Apply what is harmless of an update to a document.

        Return whether this copy can serve the next edit. Raises what ``pycrdt`` does for an update
        that cannot be applied.
        """
        from pycrdt import Map, get_update  # noqa: PLC0415

        self._copy.apply_update(document.get_update(self._copy.get_state()))
        self._touched, self._meta_touched = Touched(), False
        before = clocks(self._copy.get_state())
        self._copy.apply_update(update)
        if not is_by_its_sender(before, clocks(self._copy.get_state())):
            return False
        touched, self._touched = self._touched, Touched()
        with self._copy.transaction():
            keep_harmless(self._cells, touched, Before(document))
            if self._meta_touched:
                keep_widgets(self._meta, document.get("meta", type=Map))
        document.apply_update(self._copy.get_update(document.get_state()))
        # What waits for another update would count later without a look. A new copy has none of it.
        return get_update(update, self._copy.get_state())[:1] == b"\0"

    def _see_meta(self, events: Sequence[Any]) -> None:
        self._meta_touched = True

    def _see(self, events: Sequence[Any]) -> None:
        try:
            for event in events:
                keys = frozenset(getattr(event, "keys", None) or ())
                self._touched.add(event.path, getattr(event, "delta", None), keys)
        except Exception:  # whatever it is, it must not be taken for harmless
            self._touched.everything = True
