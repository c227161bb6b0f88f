"""The registry's file. Other processes share it; every failure becomes one kind of error.

The journal mode is rollback, not WAL: WAL needs memory that processes share, which network file
systems do not have (https://www.sqlite.org/wal.html). ``synchronous`` is ``EXTRA`` unless a
file needs less, because a reported revocation must survive a power failure.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import quote

from ..errors import GrantsUnavailable
from . import rows as queries
from . import schema
from .changes import Version
from .file_kinds import REGISTRY, FileKind
from .keys import make_folder
from .own_writes import OwnWrites, Rows
from .ownership import check_file, check_folder

_LOOK_AGAIN_SECONDS = 0.001
_Read = TypeVar("_Read")


class Database:
    """A connection that notices when the file is made, replaced or removed. For one thread only."""

    def __init__(
        self,
        path: Path,
        *,
        wait_seconds: float,
        kind: FileKind = REGISTRY,
        steps: Sequence[schema.Step] = schema.STEPS,
        own_writes: OwnWrites | None = None,
        synchronous: Literal["EXTRA", "NORMAL"] = "EXTRA",
    ) -> None:
        self.path = path
        self._own_writes = OwnWrites() if own_writes is None else own_writes
        self._kind = kind
        self._what = f"The {kind.name} {path}"
        self._path = str(path)
        self._patience = wait_seconds
        #: How long the next read waits; halved after each wait that failed.
        self._reading_patience = wait_seconds
        self._steps = steps
        self._synchronous = synchronous
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int, Path] | None = None
        self._ready = False
        #: Counts connections, since each may be to another file.
        self.generation = 0
        self._commits = 0

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._identity = None
        self._ready = False

    def rows(self, query: str, values: tuple[Any, ...] = (), *, held: bool = False) -> Rows:
        """Return what a query finds; nothing where there is no registry. Never makes one.

        The query's first column is ``user_version``, in the same snapshot as the rest: another
        server may have migrated the file to a version that this one does not understand. All rows
        are read at once, because an unfinished statement would block writers. What is ``held`` is
        answered while this process commits, too. Raises GrantsUnavailable.
        """
        if held:
            self._own_writes.ask((query, values))
        with self._translated():
            found = self._patiently(
                lambda: self._read(query, values),
                lambda: self._own_writes.answer((query, values), self._identity) if held else None,
            )
        if found:
            schema.check_known(found[0][0], self._steps, self._what)
        return found

    def version(self) -> Version:
        """Return a value that differs from an earlier one if any process may have changed the file.

        Raises GrantsUnavailable.
        """
        found = self.rows(queries.CHANGES)
        if not found:
            return Version(-1, 0, self._commits)
        # SQLite counts the commits of other connections only.
        return Version(self.generation, found[0][1], self._commits)

    def _read(self, query: str, values: tuple[Any, ...]) -> Sequence[tuple[Any, ...]]:
        connection = self._follow()
        if connection is None or not self._is_ready(connection):
            return []
        return connection.execute(query, values).fetchall()

    def _patiently(
        self, read: Callable[[], _Read], otherwise: Callable[[], _Read | None] = lambda: None
    ) -> _Read:
        """Return the result of ``read`` as soon as the file is not locked, or of ``otherwise``.

        It tries every millisecond: SQLite's own waiting sleeps too long to find the gaps between
        the transactions of a busy writer. A lasting lock must not delay every request, so each
        failed wait halves the next one.
        """
        until = time.monotonic() + self._reading_patience
        while True:
            try:
                found = read()
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                known = otherwise()
                if known is not None:
                    return known
                if time.monotonic() >= until:
                    self._reading_patience /= 2
                    raise
                time.sleep(_LOOK_AGAIN_SECONDS)
            else:
                self._reading_patience = self._patience
                return found

    @contextlib.contextmanager
    def writing(self, *, make: bool = False, wait: bool = True) -> Iterator[sqlite3.Connection]:
        """Yield a connection in a transaction: committed at the end, or rolled back on an error.

        A missing file is made, and an empty one filled, only if ``make``. Raises
        GrantsUnavailable, also for any SQLite error in the block.
        """
        with self._translated():
            if make:
                self._make()
            connection = self._patiently(self._follow) if wait else self._follow()
            if connection is None:
                raise GrantsUnavailable(f"{self._what} was removed.")
            try:
                connection.execute(f"PRAGMA busy_timeout = {int(self._patience * 1000 * wait)}")
                connection.execute("BEGIN IMMEDIATE")
                if not make and schema.version(connection) == 0:
                    # Its owner may be about to put the right one here.
                    raise GrantsUnavailable(f"{self._what} is empty.")
                schema.migrate(connection, self._steps, self._what)
                yield connection
                with self._own_writes.holding(connection, self._identity):
                    connection.execute("COMMIT")
                self._commits += 1
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                connection.execute("PRAGMA busy_timeout = 0")

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn every error of the file into GrantsUnavailable."""
        try:
            yield
        except sqlite3.ProgrammingError:  # a mistake in this code, not in the file
            raise
        except (sqlite3.Error, OSError, UnicodeError) as error:
            if "locked" not in str(error):
                self.close()
            what = f"{self._what} cannot be used: {error}. {self._kind.advice(error)}"
            raise GrantsUnavailable(what.rstrip()) from error

    def _is_ready(self, connection: sqlite3.Connection) -> bool:
        """Return whether there is anything to read; migrates an older file first."""
        if not self._ready:
            found = schema.version(connection)
            schema.check_known(found, self._steps, self._what)
            if 0 < found < len(self._steps):
                with self.writing():
                    pass
            # 0: the process that makes the file has not finished, or was killed: no grants yet.
            self._ready = found > 0
        return self._ready

    def _follow(self) -> sqlite3.Connection | None:
        """Return the connection to the file that is at the path now, None if there is none.

        An open connection would outlive a deleted file, and so would its grants.
        """
        try:
            found = os.lstat(self._path)
        except FileNotFoundError:
            self.close()
            return None
        file = self.path
        if stat.S_ISLNK(found.st_mode):
            file, found = self._linked()
        check_file(file, found, self._kind)  # before SQLite plays a journal back
        identity = (found.st_dev, found.st_ino, file)
        if self._connection is None or self._identity != identity:
            self.close()
            self._connection = self._connect()
            # While the file is open, no other file can have its inode.
            self._identity = identity
            self.generation += 1
        return self._connection

    def _linked(self) -> tuple[Path, os.stat_result]:
        """Return the file that a link leads to: SQLite's journal is beside that."""
        try:
            file = Path(os.path.realpath(self._path, strict=True))
            return file, file.stat()
        except FileNotFoundError:
            self.close()
            raise GrantsUnavailable(f"{self._what} is a link to nothing. Delete it.") from None

    def _make(self) -> None:
        """Make an empty file that only its owner may read, unless there is one.

        An existing one must not be opened here: closing it would drop SQLite's locks on POSIX
        (https://www.sqlite.org/howtocorrupt.html, section 2.2).
        """
        check_folder(
            self.path.parent, self._kind
        )  # if others could write to it, it may hold their files
        make_folder(self.path.parent)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))

    def _connect(self) -> sqlite3.Connection:
        # Not Path.as_uri, whose form of a Windows share SQLite does not know.
        location = quote(os.fsencode(self.path.absolute()))
        connection = sqlite3.connect(f"file:{location}?mode=rw", uri=True, isolation_level=None)
        try:
            connection.execute("PRAGMA busy_timeout = 0")
            # A manipulated file must not run functions or be read beyond its cells.
            for pragma in ("trusted_schema = OFF", "cell_size_check = ON"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        # Locked or damaged; it may be tried every millisecond.
        except (sqlite3.Error, UnicodeDecodeError):
            connection.close()
            raise
        return connection
