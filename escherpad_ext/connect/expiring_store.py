"""What waits for a person or a client for a short while. Bounded, in memory: a restart ends it."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

_Kept = TypeVar("_Kept")


class ExpiringStore(Generic[_Kept]):
    """Values under random names, each for ``seconds`` and at most ``limit`` of them.

    A full one gives up the oldest if ``makes_room``, else takes nothing more.
    """

    def __init__(
        self, clock: Callable[[], float], *, seconds: float, limit: int, makes_room: bool
    ) -> None:
        self._clock = clock
        self._seconds = seconds
        self._limit = limit
        self._makes_room = makes_room
        self._kept: OrderedDict[str, tuple[float, _Kept]] = OrderedDict()

    def put(self, value: _Kept) -> str | None:
        """Keep a value and return its name, which nobody can guess; None where there is no room."""
        name = secrets.token_urlsafe(24)
        return name if self.put_as(name, value) else None

    def put_as(self, name: str, value: _Kept) -> bool:
        """Keep a value under a name of the caller's; return whether there was room."""
        self._drop_old()
        if len(self._kept) >= self._limit:
            if not self._makes_room:
                return False
            self._kept.popitem(last=False)
        self._kept[name] = (self._clock() + self._seconds, value)
        return True

    def get(self, name: str) -> _Kept | None:
        """Return a value that is kept, None where there is none of that name (any more)."""
        self._drop_old()
        found = self._kept.get(name)
        return None if found is None else found[1]

    def take(self, name: str) -> _Kept | None:
        """Return a value and keep it no longer: only one caller ever gets it."""
        value = self.get(name)
        self._kept.pop(name, None)
        return value

    def __len__(self) -> int:
        return len(self._kept)

    def _drop_old(self) -> None:
        now = self._clock()
        while self._kept and next(iter(self._kept.values()))[0] <= now:
            self._kept.popitem(last=False)
