"""Values that expire soon, in memory and bounded. A restart drops them."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

_Value = TypeVar("_Value")


class ExpiringStore(Generic[_Value]):
    """Values under random names, each for ``seconds`` and at most ``limit`` of them.

    A full store drops its oldest value if ``makes_room``, else it takes no more.
    """

    def __init__(
        self, timer: Callable[[], float], *, seconds: float, limit: int, makes_room: bool
    ) -> None:
        self._timer = timer
        self._seconds = seconds
        self._limit = limit
        self._makes_room = makes_room
        self._kept: OrderedDict[str, tuple[float, _Value]] = OrderedDict()

    def put(self, value: _Value) -> str | None:
        """Keep a value and return its random name; None where the store is full."""
        name = secrets.token_urlsafe(24)
        return name if self.put_as(name, value) else None

    def put_as(self, name: str, value: _Value) -> bool:
        """Keep a value under a given name; return whether there was room."""
        self._drop_expired()
        if len(self._kept) >= self._limit:
            if not self._makes_room:
                return False
            self._kept.popitem(last=False)
        self._kept[name] = (self._timer() + self._seconds, value)
        return True

    def get(self, name: str) -> _Value | None:
        """Return a value, None where there is none of this name or it has expired."""
        self._drop_expired()
        found = self._kept.get(name)
        return None if found is None else found[1]

    def take(self, name: str) -> _Value | None:
        """Return a value and drop it, so that only one caller gets it."""
        value = self.get(name)
        self._kept.pop(name, None)
        return value

    def __iter__(self) -> Iterator[_Value]:
        self._drop_expired()
        return (value for _, value in self._kept.values())

    def __len__(self) -> int:
        self._drop_expired()
        return len(self._kept)

    def _drop_expired(self) -> None:
        now = self._timer()
        while self._kept and next(iter(self._kept.values()))[0] <= now:
            self._kept.popitem(last=False)
