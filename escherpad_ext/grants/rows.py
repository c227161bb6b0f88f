"""The registry's queries, and rows as grants.

Every query's first column is ``user_version``, as :meth:`.database.Database.rows` requires.
"""

# ruff: noqa: S608 - queries are built from constants only; values are always bound

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from ..policy.tokens import NO_ORIGIN
from .grant import Grant

ANY_SERVER = "any"
#: Of how many grants one query asks. SQLite below 3.32 binds 999 values.
IDS_AT_ONCE = 512

_COLUMNS = "id, origin, scopes, owner, server, place, name, via, key_id, "
_COLUMNS += "created, expires, last_used, revoked, folder, program, resource, signed_until"
_VERSION = "(SELECT user_version FROM pragma_user_version)"

#: Neither revoked nor expired. Binds the time.
LIVE = "revoked IS NULL AND expires > ?"

# A join is faster here than a subquery, and this query runs at every request.
FIND = f"SELECT user_version, {_COLUMNS} FROM pragma_user_version, grants WHERE id = ?"
INSTALL = f"SELECT {_VERSION}, value FROM meta WHERE name = 'install'"
CHANGES = "SELECT user_version, data_version FROM pragma_user_version, pragma_data_version"
NEWEST_GRANTS = (
    f"SELECT user_version, {_COLUMNS} FROM pragma_user_version, grants ORDER BY number DESC LIMIT ?"
)
NEWEST = f"SELECT {_VERSION}, coalesce(max(number), 0) FROM grants"
CREATED_SINCE = (
    f"SELECT {_VERSION}, {_COLUMNS}, number FROM grants WHERE number > ? ORDER BY number LIMIT ?"
)
REVOKED_SINCE = (
    f"SELECT {_VERSION}, {_COLUMNS} FROM grants WHERE revoked >= ? ORDER BY revoked, number LIMIT ?"
)
EXPIRED = (
    f"SELECT {_VERSION}, {_COLUMNS} FROM grants WHERE revoked IS NULL "
    "AND expires > ? AND expires <= ? ORDER BY expires, number LIMIT ?"
)
SIGNED_BY = f"SELECT {_VERSION} FROM grants WHERE key_id = ? LIMIT 1"
# From one origin to the next in the index: it takes as long as there are origins, not grants.
_NEXT_ORIGIN = "SELECT min(origin) FROM grants WHERE revoked IS NULL"
LIVE_ORIGINS = (
    f"WITH RECURSIVE known(origin) AS ({_NEXT_ORIGIN} UNION ALL "
    f"SELECT ({_NEXT_ORIGIN} AND origin > known.origin) FROM known WHERE origin IS NOT NULL), "
    "ends(origin, latest) AS (SELECT origin, (SELECT max(expires) FROM grants "
    "WHERE origin = known.origin AND via = 'connect' AND server IN (?, ?) "
    f"AND {LIVE}) FROM known) "
    f"SELECT {_VERSION}, origin, latest FROM ends "
    f"WHERE latest IS NOT NULL AND origin <> '{NO_ORIGIN}'"
)

ADD = f"INSERT INTO grants ({_COLUMNS}) VALUES ({', '.join('?' * len(_COLUMNS.split(',')))})"
PURGE = "DELETE FROM grants WHERE number IN (SELECT number FROM grants WHERE expires < ? LIMIT 500)"
TOUCH = "UPDATE grants SET last_used = ? WHERE id = ? AND (last_used IS NULL OR last_used < ?)"

RENAME = "UPDATE grants SET name = ? WHERE id = ?"
# The end only ever comes nearer.
SHORTEN = (
    "UPDATE grants SET signed_until = coalesce(signed_until, expires), expires = ? "
    "WHERE id = ? AND revoked IS NULL AND expires > ? AND created < ?"
)

BLOCKED = f"SELECT {_VERSION}, origin FROM blocked WHERE owner = ? ORDER BY origin"
IS_BLOCKED = f"SELECT {_VERSION} FROM blocked WHERE owner = ? AND origin = ?"
BLOCK = "INSERT OR IGNORE INTO blocked (owner, origin) VALUES (?, ?)"
UNBLOCK = "DELETE FROM blocked WHERE owner = ? AND origin = ?"


def listing(conditions: Sequence[str]) -> str:
    """Return the query for a page of grants, the newest first; its last column is the number."""
    return (
        f"SELECT {_VERSION}, {_COLUMNS}, number FROM grants "
        f"WHERE {' AND '.join(conditions)} ORDER BY number DESC LIMIT 500"
    )


def times_of(grant_ids: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the query for the times of so many grants, and its values; see :func:`parse_times`.

    It finds one row. At each row, another thread of Python may run, and hold up the next one.
    """
    size = 1 << (len(grant_ids) - 1).bit_length()  # few queries, so that SQLite knows them
    times = "id || ' ' || expires || ' ' || coalesce(revoked, '')"
    marks = ", ".join("?" * size)
    query = f"SELECT {_VERSION}, group_concat({times}) FROM grants WHERE id IN ({marks})"
    return query, (*grant_ids, *[grant_ids[0]] * (size - len(grant_ids)))


def parse_times(text: str | None) -> Iterator[tuple[str, int, int | None]]:
    """Yield ids of grants, when they expire, and when they were revoked."""
    for each in text.split(",") if text else ():
        grant_id, expires, revoked = each.split(" ")
        yield grant_id, int(expires), int(revoked) if revoked else None


def revoking(condition: str) -> str:
    """Return the statement that ends the live grants that meet a condition."""
    return f"UPDATE grants SET revoked = ? WHERE {condition} AND {LIVE}"


def values_of(grant: Grant) -> tuple[Any, ...]:
    """Return what :data:`ADD` binds."""
    return (
        grant.id,
        grant.origin,
        " ".join(sorted(grant.scopes)),
        grant.owner,
        grant.server or ANY_SERVER,
        grant.place,
        grant.name,
        grant.via,
        grant.key_id,
        grant.created,
        grant.expires,
        grant.last_used,
        grant.revoked,
        grant.folder,
        grant.program,
        grant.resource,
        grant.signed_until,
    )


@lru_cache(maxsize=256)
def grant_of(columns: tuple[Any, ...]) -> Grant:
    """Return the grant in a row, without the row's first column."""
    grant_id, origin, scopes, owner, server, *rest = columns
    server = None if server == ANY_SERVER else server
    return Grant(grant_id, origin, _scopes(scopes), owner, server, *rest)


@lru_cache(maxsize=256)
def _scopes(text: str) -> frozenset[str]:
    return frozenset(text.split(" "))
