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

from ..policy.activity_rows import DEFAULT_ROWS
from .activity_limits import CHANGE, CODE, READ_ONLY, REFUSED, drop_old_entries, drop_old_grants
from .database import Database
from .file_kinds import RECORD
from .own_writes import OwnWrites

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
_WITH_CODE = (
    "ALTER TABLE activity RENAME COLUMN is_read TO kind",
    "ALTER TABLE activity ADD COLUMN target TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE activity ADD COLUMN detail TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE activity ADD COLUMN ok INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE activity ADD COLUMN errors INTEGER NOT NULL DEFAULT 0",
)
_ADD_APP = "INSERT OR IGNORE INTO apps (grant_id, origin, program, name) VALUES (?, ?, ?, ?)"
_ADD = (
    "INSERT INTO activity (app, kind, first, last, count, ok, errors, "
    "scope, method, path, status, reason, target, detail) "
    "SELECT number, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM apps WHERE grant_id = ?"
)
# The file may be another one by now, where somebody else's entry has this number.
_UPDATE = (
    "UPDATE activity SET last = ?, count = ?, ok = ?, errors = ? "
    "WHERE number = ? AND first = ? AND path = ? "
    "AND app = (SELECT number FROM apps WHERE grant_id = ?)"
)
_READ = (
    "SELECT (SELECT user_version FROM pragma_user_version), activity.number, grant_id, origin, "
    "program, name, first, last, count, scope, method, path, status, reason, target, "
    "detail, ok, errors "
    "FROM activity JOIN apps ON apps.number = activity.app WHERE activity.number > ? "
    "AND last >= ? AND (? IS NULL OR origin = ?) AND (? IS NULL OR grant_id = ?) "
    "ORDER BY activity.number LIMIT 500"
)


_ORIGINS = (
    "SELECT (SELECT user_version FROM pragma_user_version), origin FROM apps "
    "GROUP BY origin ORDER BY max(number) DESC"
)

#: What goes over WebSockets, in the place of a method of HTTP.
OPENED, CLOSED = "OPEN", "CLOSE"
#: What requests did with files, where the method alone does not say it.
COPIED, MADE_FOLDER = "COPY", "MKDIR"
#: Rooms of several people.
ENTERED, EDITED, LEFT = "ENTER", "EDIT", "LEAVE"
#: Requests to a kernel: cells, what a debugger is to do, and what only this kernel may know.
EXECUTE, DEBUG, MESSAGE = "EXECUTE", "DEBUG", "MESSAGE"
INTERRUPT, RESTART, SHUTDOWN = "INTERRUPT", "RESTART", "SHUTDOWN"
#: A message that nobody can read, and what could not be recorded.
UNREADABLE, LOST = "UNREADABLE", "LOST"
_CODE_METHODS = frozenset({EXECUTE, DEBUG, MESSAGE})
_NOT_KNOWN = frozenset({UNREADABLE, LOST})


class Client(NamedTuple):
    """Who holds a grant."""

    grant_id: str
    origin: str
    program: str | None
    name: str


class Action(NamedTuple):
    """What a client did, apart from when.

    ``method`` is that of HTTP, or one of the words below. ``reason`` is that of a refusal, empty
    without one. ``target`` is where the path led: a file's new path, what was made, or a room's
    file. ``detail`` is a JSON object, or empty.
    """

    scope: str
    method: str
    path: str
    status: int
    reason: str
    target: str = ""
    detail: str = ""

    @property
    def is_read(self) -> bool:
        """Return whether it changed nothing, as far as is known."""
        return self.kind in {READ_ONLY, REFUSED}

    @property
    def kind(self) -> int:
        """Return with which others it competes for room in the file."""
        if self.reason or self.method in _NOT_KNOWN:
            return REFUSED
        if self.method in _CODE_METHODS:
            return CODE
        return READ_ONLY if self.scope.endswith(":read") else CHANGE


class Deed(NamedTuple):
    """An action, ``times`` times between two moments, in seconds since 1970.

    Of code, ``ok`` and ``errors`` say how often it ended well, and with an error. What is left
    has not ended, or nobody heard of it.
    """

    number: int
    client: Client
    first: float
    last: float
    times: int
    action: Action
    ok: int = 0
    errors: int = 0


class _NothingHeld(OwnWrites):
    """Nobody asks for rows of this file while it commits."""

    @contextmanager
    def holding(self, connection: sqlite3.Connection, file: object) -> Iterator[None]:
        yield


class ActivityFile:
    """The file in a folder."""

    def __init__(self, folder: Path) -> None:
        #: How many entries of each grant are kept: the setting ``activity_max_rows``.
        self.max_rows = DEFAULT_ROWS
        self.path = folder / "activity" / "activity.sqlite3"
        self.database = Database(
            self.path,
            wait_seconds=_WAIT_SECONDS,
            kind=RECORD,
            steps=(_make_tables, _add_code),
            own_writes=_NothingHeld(),
            # A killed process loses nothing of what was committed, and only that is promised.
            synchronous="NORMAL",
        )

    def close(self) -> None:
        """Close the file. The next use opens it again."""
        self.database.close()

    def write(self, deeds: Sequence[Deed]) -> list[int]:
        """Write a batch; return the deeds' numbers. A deed with a number was written before."""
        with self.database.writing(make=True) as connection:
            clients = dict.fromkeys(deed.client for deed in deeds)
            connection.executemany(_ADD_APP, clients)
            drop_old_grants(connection)
            numbers = [_write(connection, deed) for deed in deeds]
            for client in clients:
                drop_old_entries(connection, client.grant_id, self.max_rows)
        return numbers

    def origins(self) -> list[str]:
        """Return of which origins anything is recorded, the newest first; ``none`` of no site."""
        return [row[1] for row in self.database.rows(_ORIGINS)]

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
        while found := self.database.rows(_READ, (after, *values)):
            yield from (deed_of(row) for row in found)
            after = found[-1][1]


def _make_tables(connection: sqlite3.Connection) -> None:
    for statement in _TABLES:
        connection.execute(statement)


def _add_code(connection: sqlite3.Connection) -> None:
    for statement in _WITH_CODE:
        connection.execute(statement)


def _write(connection: sqlite3.Connection, deed: Deed) -> int:
    counts = (deed.last, deed.times, deed.ok, deed.errors)
    known = (deed.number, deed.first, deed.action.path, deed.client.grant_id)
    if deed.number and connection.execute(_UPDATE, (*counts, *known)).rowcount:
        return deed.number
    values = (deed.action.kind, deed.first, *counts, *deed.action, deed.client.grant_id)
    return connection.execute(_ADD, values).lastrowid or 0


def deed_of(row: tuple[Any, ...]) -> Deed:
    """Return what a row says, whose first column is the file's version."""
    number, client, (first, last, times) = row[1], Client(*row[2:6]), row[6:9]
    return Deed(number, client, first, last, times, Action(*row[9:16]), *row[16:])
