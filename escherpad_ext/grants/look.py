"""One look at what became of grants, by the clock or in other processes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from .changes import Mark, Version
from .grant import Grant, state_of
from .registry import Registry


class Seen(NamedTuple):
    """How far earlier looks came. ``version`` is None while something waits to be read.

    ``live`` are the grants that were live in this version.
    """

    version: Version | None = None
    mark: Mark | None = None
    live: frozenset[str] = frozenset()


class Found(NamedTuple):
    """What a look found, and where the next one begins.

    ``ended`` says why grants that were asked about are over, ``expires`` until when others are
    live: the owner may have shortened them.
    """

    seen: Seen
    ended: Mapping[str, str] = {}
    created: Sequence[Grant] = ()
    revoked: Sequence[Grant] = ()
    expires: Mapping[str, int] = {}


def look(
    registry: Registry, seen: Seen, grant_ids: Collection[str], now: float, *, changes: bool
) -> Found:
    """Look once.

    Grants that were not looked at before may have been revoked just before they were used. So they
    are looked at even if nothing changed. ``changes`` says whether to read what any process made
    and revoked. Raises GrantsUnavailable.
    """
    if registry.commits:
        return Found(seen)  # what it changes is seen next time
    mark = registry.mark(now) if seen.mark is None else seen.mark
    version = registry.version()  # before all else, so that what changes meanwhile is noticed
    known = seen.live if version == seen.version else frozenset[str]()
    expires, ended = _ends_of(registry, [each for each in grant_ids if each not in known], now)
    live = frozenset(grant_ids) - ended.keys()
    if version == seen.version or not changes:
        return Found(Seen(seen.version, mark, live), ended, expires=expires)
    found = registry.changes(mark)
    read = version if found.complete else None
    return Found(Seen(read, found.mark, live), ended, found.created, found.revoked, expires)


def _ends_of(
    registry: Registry, grant_ids: Sequence[str], now: float
) -> tuple[dict[str, int], dict[str, str]]:
    """Return until when grants are live, and of the others, why they are over."""
    expires, ended = dict[str, int](), dict.fromkeys(grant_ids, "unknown_grant")
    for each, end, revoked in registry.times(grant_ids):
        state = state_of(end, revoked, now)
        if state == "live":
            expires[each] = end
            del ended[each]
        else:
            ended[each] = state
    return expires, ended
