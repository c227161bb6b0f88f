"""The registry of grants: one SQLite file that all of the owner's servers share.

Used from one thread only (in a server, tornado's). Every method asks the file, so that what
another process revoked counts at the next request. Whatever goes wrong with the file is
GrantsUnavailable: grant tokens are refused then, the owner is not concerned.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import GrantsUnavailable
from ..policy.tokens import refused
from . import rows, schema
from .changes import MAX_CHANGES, Changes, Mark
from .database import Database
from .grant import Grant, GrantRequest
from .last_use import LastUse

FILE_NAME = "grants.sqlite3"
#: A request waits no longer for the file. The command line has more time.
REQUEST_WAIT_SECONDS = 0.15
COMMAND_WAIT_SECONDS = 5.0
#: Rows are kept for this long after their end, for the owner to see who had access.
KEEP_SECONDS = 30 * 86400


class Version(NamedTuple):
    """Differs whenever something may have changed. Compare, do not read."""

    generation: int
    others: int
    own: int


class Registry:
    """The grants of one owner. A context manager; ``close`` frees the file."""

    def __init__(
        self,
        path: Path,
        *,
        wait_seconds: float = REQUEST_WAIT_SECONDS,
        steps: Sequence[schema.Step] = schema.STEPS,
    ) -> None:
        self._database = Database(path, wait_seconds=wait_seconds, steps=steps)
        self._own_writes = 0
        self._last_use = LastUse(self._database)

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. The next use opens it again."""
        self._database.close()

    # Asking

    @property
    def generation(self) -> int:
        """Differs as soon as an answer came from another file than the ones before."""
        return self._database.generation

    def install(self) -> str | None:
        """Return the random id of this install, None where nothing was ever granted."""
        found = self._database.rows(rows.INSTALL)
        return found[0][1] if found else None

    def get(self, grant_id: str) -> Grant | None:
        """Return a grant in whatever state, None if there is none of this id."""
        found = self._database.rows(rows.FIND, (grant_id,))
        return rows.grant_of(found[0][1:]) if found else None

    def check(self, grant_id: str, now: float) -> Grant:
        """Return a live grant. Raises TokenRefused: unknown_grant, revoked, expired."""
        grant = self.get(grant_id)
        if grant is None:
            raise refused("unknown_grant")
        return grant.checked(now)

    def list(
        self, now: float, *, ended: bool = False, origin: str | None = None
    ) -> Iterator[Grant]:
        """Yield grants, the newest first; those that are over only if ``ended``.

        Page by page, so that neither memory nor writers suffer from a million of them.
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

    def is_origin_live(self, origin: str, server: str | None, now: float) -> bool:
        """Return whether the owner let this origin in on the connect page, and that still holds.

        ``server`` is who asks: grants for another server do not count.
        """
        values = (origin, rows.ANY_SERVER, server or rows.ANY_SERVER, now)
        return bool(self._database.rows(rows.LIVE_ORIGIN, values))

    def needs_key(self, key_id: str) -> bool:
        """Return whether a grant was signed with this key, also one that is over but still kept."""
        return bool(self._database.rows(rows.SIGNED_BY, (key_id,)))

    def version(self) -> Version:
        """Return a value that differs from an earlier one if anything may have changed since.

        Cheap enough to ask every second: nobody else's commit goes unseen.
        """
        found = self._database.rows(rows.CHANGES)
        if not found:
            return Version(-1, 0, self._own_writes)
        return Version(self._database.generation, found[0][1], self._own_writes)

    def mark(self, now: float) -> Mark:
        """Return the mark after which everything is new."""
        found = self._database.rows(rows.NEWEST)
        ended = self._database.rows(rows.REVOKED_SINCE, (int(now), MAX_CHANGES))
        mark = Mark(found[0][1] if found else 0, int(now))
        return mark.after([rows.grant_of(row[1:]) for row in ended])

    def changes(self, since: Mark) -> Changes:
        """Return what was made and revoked since, by whatever process.

        At most ``MAX_CHANGES`` of each, the oldest first. Should more than that be revoked within
        one second, some of these are left out.
        """
        newest = self._database.rows(rows.NEWEST)
        if newest and newest[0][1] < since.number:  # another file: all of it is new
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

    # Changing

    def ensure(self) -> str:
        """Return the install id; makes the file if there is none."""
        install = self.install()
        if install is None:
            with self._database.writing(make=True):
                pass
            install = self.install()
        if install is None:
            raise GrantsUnavailable("The registry of grants was taken away.")
        return install

    def create(self, request: GrantRequest, key_id: str) -> Grant:
        """Add a grant whose token ``key_id`` signs; raises GrantError for what cannot be one.

        Rows that ended long ago go at the same time.
        """
        request.check()
        grant = Grant(
            id=secrets.token_hex(16),
            origin=request.origin,
            scopes=request.scopes,
            owner=request.owner,
            server=request.server,
            place=request.place,
            name=request.name,
            via=request.via,
            key_id=key_id,
            created=request.created,
            expires=request.expires,
            last_used=None,
            revoked=None,
        )
        with self._database.writing(make=True) as connection:
            connection.execute(rows.ADD, rows.values_of(grant))
            connection.execute(rows.PURGE, (request.created - KEEP_SECONDS,))
        self._own_writes += 1
        return grant

    def revoke(self, grant_id: str, now: float) -> bool:
        """Revoke a grant; return False if it was over already.

        Raises TokenRefused (``unknown_grant``). When this returns, no process accepts it any more.
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
            return 0  # there is no registry, and none is made for this
        with self._database.writing() as connection:
            cursor = connection.execute(rows.revoking(condition), (int(now), *values, now))
        self._own_writes += 1
        return cursor.rowcount

    # Last use

    def touch(self, grant: Grant, now: float) -> bool:
        """Note that a grant was used; return whether this is its first use."""
        return self._last_use.note(grant, now)

    def flush(self, now: float, *, at_once: bool = False) -> None:
        """Write what :meth:`touch` noted. Call it now and then, and at the end ``at_once``."""
        self._last_use.write(now, at_once=at_once)
