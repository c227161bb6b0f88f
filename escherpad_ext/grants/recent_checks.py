"""Tokens that were checked, for as long as the files of that check stay as they are."""

from __future__ import annotations

from typing import NamedTuple

from .file_watch import Snapshot
from .grant import Grant

MAX_RECENT = 256


class _Check(NamedTuple):
    grant: Grant
    snapshot: Snapshot
    end: int


class RecentChecks:
    """What the thread found, for the event loop. Nothing here waits for a disk.

    Tokens are known as they are: to hash one takes a hundredth of a request's time. What made them,
    the key, is in this memory, too.
    """

    def __init__(self) -> None:
        self._checks: dict[str, _Check] = {}

    def remember(self, token: str, grant: Grant, snapshot: Snapshot) -> None:
        """Remember a check that was made after the snapshot."""
        end = min(grant.expires, grant.signed_expires)  # a row gives no more than was signed
        if len(self._checks) >= MAX_RECENT:
            self._checks.clear()
        self._checks[token] = _Check(grant, snapshot, end)

    def recall(
        self, token: str, *, origin: str | None, now: float, fetch_site: str | None = None
    ) -> Grant | None:
        """Return the grant of a token that still counts by now; None where it must be checked."""
        known = self._checks.get(token)
        if known is None:
            return None
        grant = known.grant
        if not grant.created <= now < known.end:
            return None
        if not grant.usable_from(origin, fetch_site=fetch_site):
            return None
        if not known.snapshot.holds():
            self._checks.pop(token, None)
            return None
        return grant
