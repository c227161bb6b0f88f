"""What apps did: an SQLite file of its own, so that its trouble is not that of the registry.

It is in a folder of its own: the registry's folder is watched for changes, and this file changes
twice a second. Used from one thread only. Every error of the file is GrantsUnavailable.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import GrantsUnavailable
from .database import Database
from .own_writes import OwnWrites

#: What is kept of each grant, the newest. Reads don't displace changes.
MAX_READS = 500
MAX_CHANGES = 1500
#: The grants of which anything is kept, those that were used first at last.
MAX_GRANTS = 200
_WAIT_SECONDS = 1.0

_TABLES = (
    """CREATE TABLE apps (number INTEGER PRIMARY KEY AUTOINCREMENT, grant_id TEXT NOT NULL UNIQUE,
    origin TEXT NOT NULL, program TEXT, name TEXT NOT NULL)""",
    """CREATE TABLE activity (number INTEGER PRIMARY KEY AUTOINCREMENT, app INTEGER NOT NULL,
    is_read INTEGER NOT NULL, first REAL NOT NULL, last REAL NOT NULL, count INTEGER NOT NULL,
    scope TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL,
    reason TEXT NOT NULL)""",
    "CREATE INDEX activity_by_app ON activity (app, is_read, number)",
)
_ADD_APP = "INSERT OR IGNORE INTO apps (grant_id, origin, program, name) VALUES (?, ?, ?, ?)"
_OLD_APPS = "SELECT number FROM apps ORDER BY number DESC LIMIT -1 OFFSET ?"
_ADD = (
    "INSERT INTO activity (app, is_read, first, last, count, scope, method, path, status, reason) "
    "SELECT number, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM apps WHERE grant_id = ?"
)
_UPDATE = "UPDATE activity SET last = ?, count = ? WHERE number = ?"
_PURGE = (
    "DELETE FROM activity WHERE app = ? AND is_read = ? AND number <= "
    "(SELECT number FROM activity WHERE app = ? AND is_read = ? "
    "ORDER BY number DESC LIMIT 1 OFFSET ?)"
)
_READ = (
    "SELECT (SELECT user_version FROM pragma_user_version), activity.number, grant_id, origin, "
    "program, name, first, last, count, scope, method, path, status, reason "
    "FROM activity JOIN apps ON apps.number = activity.app WHERE activity.number > ? "
    "AND last >= ? AND (? IS NULL OR origin = ?) AND (? IS NULL OR grant_id = ?) "
    "ORDER BY activity.number LIMIT 500"
)


class Client(NamedTuple):
    """Who holds a grant."""

    grant_id: str
    origin: str
    program: str | None
    name: str


class Action(NamedTuple):
    """What a client did, apart from when. ``reason`` is that of a refusal, empty without one."""

    scope: str
    method: str
    path: str
    status: int
    reason: str

    @property
    def is_read(self) -> bool:
        """Return whether it changed nothing."""
        return self.reason != "" or self.scope.endswith(":read")


class Deed(NamedTuple):
    """An action, ``times`` times between two moments, in seconds since 1970."""

    number: int
    client: Client
    first: float
    last: float
    times: int
    action: Action


class _NothingHeld(OwnWrites):
    """Nobody asks for rows of this file while it commits."""

    @contextmanager
    def holding(self, connection: sqlite3.Connection, file: object) -> Iterator[None]:
        yield


class ActivityFile:
    """The file in a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "activity" / "activity.sqlite3"
        self._database = Database(
            self.path,
            wait_seconds=_WAIT_SECONDS,
            steps=(_make_tables,),
            own_writes=_NothingHeld(),
        )

    def close(self) -> None:
        """Close the file. The next use opens it again."""
        self._database.close()

    def write(self, deeds: Sequence[Deed]) -> list[int]:
        """Write a batch; return the deeds' numbers. A deed with a number was written before."""
        with self._database.writing(make=True) as connection:
            clients = dict.fromkeys(deed.client for deed in deeds)
            connection.executemany(_ADD_APP, clients)
            for (old,) in connection.execute(_OLD_APPS, (MAX_GRANTS,)).fetchall():
                connection.execute("DELETE FROM activity WHERE app = ?", (old,))
                connection.execute("DELETE FROM apps WHERE number = ?", (old,))
            numbers = [_write(connection, deed) for deed in deeds]
            for client in clients:
                _purge(connection, client)
        return numbers

    def read(
        self,
        *,
        after: int = 0,
        since: float = 0.0,
        origin: str | None = None,
        grant: str | None = None,
    ) -> Iterator[Deed]:
        """Yield deeds in order, page by page: those with a number above ``after``."""
        values = (since, origin, origin, grant, grant)
        while found := self._database.rows(_READ, (after, *values)):
            yield from (_deed(row) for row in found)
            after = found[-1][1]


def _make_tables(connection: sqlite3.Connection) -> None:
    for statement in _TABLES:
        connection.execute(statement)


def _write(connection: sqlite3.Connection, deed: Deed) -> int:
    if deed.number and connection.execute(_UPDATE, (deed.last, deed.times, deed.number)).rowcount:
        return deed.number
    times = (deed.action.is_read, deed.first, deed.last, deed.times)
    cursor = connection.execute(_ADD, (*times, *deed.action, deed.client.grant_id))
    return cursor.lastrowid or 0


def _purge(connection: sqlite3.Connection, client: Client) -> None:
    found = connection.execute("SELECT number FROM apps WHERE grant_id = ?", (client.grant_id,))
    for (app,) in found.fetchall():
        for is_read, most in ((False, MAX_CHANGES), (True, MAX_READS)):
            connection.execute(_PURGE, (app, is_read, app, is_read, most))


def _deed(row: tuple[Any, ...]) -> Deed:
    number, client, (first, last, times) = row[1], Client(*row[2:6]), row[6:9]
    return Deed(number, client, first, last, times, Action(*row[9:]))


#: How the thread says that it waits for the disk.
_TOO_SLOW = ("in time", "at the moment")


def why_unusable(path: Path, error: GrantsUnavailable) -> str:
    """Return why the file cannot be used, and what to do."""
    if any(mark in str(error) for mark in _TOO_SLOW):
        return f"What apps did is not recorded in {path} at the moment: its disk is slow, or hangs."
    text = str(error.__cause__ or "its format is unknown, or other users can write to it")
    return f"The record of what apps did, {path}, cannot be used: {text}. " + (
        "Delete it, and a new one is made."
        if any(mark in text for mark in ("malformed", "not a database", "unknown"))
        else "Make room on its disk, or move it away."
    )
