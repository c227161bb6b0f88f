"""Checks of grant tokens with the registry, in the thread that may wait for its disk."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jwt  # noqa: F401 - here, lest its import count as the registry's time

from ..grants import Grant, Issuer
from .registry_thread import RegistryThread
from .uses import Uses


class GrantChecks:
    """What a request needs of the registry. ``issuer`` belongs to the thread."""

    def __init__(
        self, thread: RegistryThread, issuer: Issuer, uses: Uses, clock: Callable[[], float]
    ) -> None:
        self._thread = thread
        self._issuer = issuer
        self._clock = clock
        #: Note that a grant was used; return whether this is its first use.
        self.note_use = uses.note

    async def verify(self, token: str, *, origin: str | None) -> Grant:
        """Return the grant of a token, by the registry and the clock as they are after this call.

        See :meth:`.grants.issuer.Issuer.verify`. Raises GrantsUnavailable, too, where the registry
        does not answer in time.
        """
        return await self._thread.run_shared((token, origin), partial(self._verify, token, origin))

    def _verify(self, token: str, origin: str | None) -> Grant:
        return self._issuer.verify(token, origin=origin, now=self._clock())
