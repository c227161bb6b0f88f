"""The registry of grants: one SQLite file that all of the owner's servers share.

Used from one thread only (in a server, not the event loop's), except ``touch``, which only notes.
Every other method reads the file, so that another process's revocation counts at the next request.
Every error of the file is GrantsUnavailable: grant tokens are refused then, and the owner's
requests work on.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..errors import GrantsUnavailable
from ..policy.tokens import refused
from . import rows, schema
from .amendments import Amendments
from .blocked_sites import BlockedSites
from .changes import MAX_CHANGES, Changes, Mark, Version
from .database import Database
from .grant import Grant, GrantRequest
from .last_use import LastUse
from .own_writes import OwnWrites

FILE_NAME = "grants.sqlite3"
#: How long a request waits for the file. Commands may wait longer.
REQUEST_WAIT_SECONDS = 0.15
COMMAND_WAIT_SECONDS = 5.0
#: Rows are kept for this long after their end, for the owner to see who had access.
KEEP_SECONDS = 30 * 86400


class Registry:
    """The grants of one owner. A context manager; ``close`` frees the file."""

    def __init__(
        self,
        path: Path,
        *,
        wait_seconds: float = REQUEST_WAIT_SECONDS,
        steps: Sequence[schema.Step] = schema.STEPS,
        own_writes: OwnWrites | None = None,
    ) -> None:
        """``own_writes`` is what registries of the same file share, each in a thread of its own."""
        self._own = OwnWrites() if own_writes is None else own_writes
        self._database = Database(
            path, wait_seconds=wait_seconds, steps=steps, own_writes=self._own
        )
        self._last_use = LastUse(self._database)
        #: See :meth:`.last_use.LastUse.note`. Any thread may call it; :meth:`flush` writes it.
        self.touch = self._last_use.note
        #: Who may not ask this owner any more.
        self.blocked = BlockedSites(self._database)
        self.amendments = Amendments(self._database)

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. The next use opens it again."""
        self._database.close()

    # Reading

    @property
    def generation(self) -> int:
        """Changes when an answer came from another file than those before."""
        return self._database.generation

    @property
    def commits(self) -> bool:
        """Return whether this process commits at the moment. Nobody else changes anything then."""
        return self._own.active

    def install(self) -> str | None:
        """Return the random id of this install, None before its first grant."""
        found = self._database.rows(rows.INSTALL, held=True)
        return found[0][1] if found else None

    def get(self, grant_id: str) -> Grant | None:
        """Return the grant with this id in any state, None if there is none."""
        found = self._database.rows(rows.FIND, (grant_id,), held=True)
        return rows.grant_of(found[0][1:]) if found else None

    def check(self, grant_id: str, now: float) -> Grant:
        """Return a live grant. Raises TokenRefused: unknown_grant, revoked, expired."""
        grant = self.get(grant_id)
        if grant is None:
            raise refused("unknown_grant")
        return grant.checked(now)

    def times(self, grant_ids: Sequence[str]) -> Iterator[tuple[str, int, int | None]]:
        """Yield the ids of those that there are, when they expire, and when they were revoked."""
        for first in range(0, len(grant_ids), rows.IDS_AT_ONCE):
            some = grant_ids[first : first + rows.IDS_AT_ONCE]
            for row in self._database.rows(*rows.times_of(some)):
                yield from rows.parse_times(row[1])

    def list(
        self, now: float, *, ended: bool = False, origin: str | None = None
    ) -> Iterator[Grant]:
        """Yield grants, the newest first; ended ones only if ``ended``.

        It reads page by page, so that a million grants neither fill memory nor block writers.
        """
        conditions: tuple[str, ...] = ("number < ?",)
        values: tuple[float | str, ...] = ()
        if not ended:
            conditions, values = (*conditions, rows.LIVE), (*values, now)
        if origin is not None:
            conditions, values = (*conditions, "origin = ?"), (*values, origin)
        query, last = rows.listing(conditions), 2**63 - 1
        while found := self._database.rows(query, (last, *values)):
            yield from (rows.grant_of(row[1:-1]) for row in found)
            last = found[-1][-1]

    def live_origins(self, server: str | None, now: float) -> Mapping[str, int]:
        """Return the origins that approvals on the connect page still allow, and until when.

        ``server`` is this server: grants for another server do not count. Programs have no origin.
        """
        values = (rows.ANY_SERVER, server or rows.ANY_SERVER, now)
        return {row[1]: row[2] for row in self._database.rows(rows.LIVE_ORIGINS, values)}

    def needs_key(self, key_id: str) -> bool:
        """Return whether a stored grant, live or ended, was signed with this key."""
        return bool(self._database.rows(rows.SIGNED_BY, (key_id,)))

    def version(self) -> Version:
        """Return a value that differs from an earlier one if anything may have changed since.

        Cheap enough to call every second. It notices every process's commit.
        """
        return self._database.version()

    def mark(self, now: float) -> Mark:
        """Return the mark after which everything is new."""
        found = self._database.rows(rows.NEWEST)
        ended = self._database.rows(rows.REVOKED_SINCE, (int(now), MAX_CHANGES))
        mark = Mark(found[0][1] if found else 0, int(now))
        return mark.after([rows.grant_of(row[1:]) for row in ended])

    def changes(self, since: Mark) -> Changes:
        """Return the grants that any process made and revoked since.

        At most ``MAX_CHANGES`` of each, the oldest first. If more than that are revoked within
        one second, some of these are left out.
        """
        newest = self._database.rows(rows.NEWEST)
        if newest and newest[0][1] < since.number:  # another file: everything in it is new
            since = Mark(0, since.second)
        made = self._database.rows(rows.CREATED_SINCE, (since.number, MAX_CHANGES))
        ended = self._database.rows(rows.REVOKED_SINCE, (since.second, MAX_CHANGES))
        revoked = [rows.grant_of(row[1:]) for row in ended]
        mark = since._replace(number=made[-1][-1]) if made else since
        return Changes(
            created=[rows.grant_of(row[1:-1]) for row in made],
            revoked=[grant for grant in revoked if grant.id not in since.revoked],
            mark=mark.after(revoked),
            complete=max(len(made), len(ended)) < MAX_CHANGES,
        )

    def expired(self, since: float, until: float) -> Sequence[Grant]:
        """Return ``MAX_CHANGES`` grants at most that expired after ``since`` and by ``until``."""
        found = self._database.rows(rows.EXPIRED, (since, until, MAX_CHANGES))
        return [rows.grant_of(row[1:]) for row in found]

    # Changing

    def ensure(self) -> str:
        """Return the install id; makes the file if it is missing."""
        install = self.install()
        if install is None:
            with self._database.writing(make=True):
                pass
            install = self.install()
        if install is None:
            raise GrantsUnavailable("The registry of grants was removed.")
        return install

    def create(self, request: GrantRequest, key_id: str) -> Grant:
        """Add a grant whose token ``key_id`` signs; raises GrantError for an invalid request.

        Rows that ended long ago are deleted at the same time.
        """
        request.check()
        grant = Grant(
            **request._asdict(),
            id=secrets.token_hex(16),
            key_id=key_id,
            last_used=None,
            revoked=None,
        )
        with self._database.writing(make=True) as connection:
            connection.execute(rows.ADD, rows.values_of(grant))
            connection.execute(rows.PURGE, (request.created - KEEP_SECONDS,))
        return grant

    def revoke(self, grant_id: str, now: float) -> bool:
        """Revoke a grant; return False if it had ended already.

        Raises TokenRefused (``unknown_grant``). When this returns, no process accepts the grant.
        """
        if self.get(grant_id) is None:
            raise refused("unknown_grant")
        return bool(self._revoke("id = ?", (grant_id,), now))

    def revoke_origin(self, origin: str, now: float) -> int:
        """Revoke every live grant of an origin; return how many there were."""
        return self._revoke("origin = ?", (origin,), now)

    def revoke_all(self, now: float, *, owner: str | None = None) -> int:
        """Revoke every live grant, or those of one owner; return how many there were."""
        if owner is None:
            return self._revoke("1", (), now)
        return self._revoke("owner = ?", (owner,), now)

    def _revoke(self, condition: str, values: tuple[str, ...], now: float) -> int:
        if self.install() is None:
            return 0  # there is no registry, and this must not make one
        with self._database.writing() as connection:
            cursor = connection.execute(rows.revoking(condition), (int(now), *values, now))
        return cursor.rowcount

    # Last use

    def is_flush_due(self, now: float) -> bool:
        """Return whether :meth:`flush` would write anything. Any thread may ask."""
        return self._last_use.is_due(now)

    def flush(self, now: float, *, at_once: bool = False) -> None:
        """Write what ``touch`` noted. Call it regularly, and finally with ``at_once``."""
        self._last_use.write(now, at_once=at_once)
