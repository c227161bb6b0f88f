"""What holds in the registry while this process itself writes to it.

SQLite admits one writer at a time (https://www.sqlite.org/lockingv3.html, section 3). What the
writer reads in its transaction therefore stays true until that ends: no other process can revoke a
grant meanwhile. But nobody can read the file while it commits, and a slow disk makes that last.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple, TypeAlias

from . import rows

Rows: TypeAlias = Sequence[tuple[Any, ...]]
#: A query, and the values for it.
Question: TypeAlias = tuple[str, tuple[Any, ...]]

#: A commit that lasts longer may never end, and a network file system may have lost its lock.
MAX_SECONDS = 2.0
MAX_ASKED = 256
MAX_NEWEST = 500


class _Held(NamedTuple):
    until: float
    file: object
    answers: Mapping[Question, Rows]


class OwnWrites:
    """The answers that hold while this process commits. All its threads share one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._asked: dict[Question, None] = {}
        self._held: _Held | None = None

    @property
    def active(self) -> bool:
        """Return whether this process commits at the moment."""
        held = self._held
        return held is not None and self._clock() < held.until

    def ask(self, question: Question) -> None:
        """Have the next writer read the answer to a question. Only the latest ones count.

        The newest grants are read in any case: one may be used for the first time meanwhile.
        """
        with self._lock:
            self._asked.pop(question, None)
            self._asked[question] = None
            if len(self._asked) > MAX_ASKED:
                del self._asked[next(iter(self._asked))]

    def answer(self, question: Question, file: object) -> Rows | None:
        """Return the answer for this very file, None where the file must be read."""
        held = self._held
        if held is None or held.file != file or self._clock() >= held.until:
            return None
        return held.answers.get(question)

    @contextlib.contextmanager
    def holding(self, connection: sqlite3.Connection, file: object) -> Iterator[None]:
        """Answer, while the block commits, what the transaction reads before."""
        with self._lock:
            asked = list(self._asked)
        newest = connection.execute(rows.NEWEST_GRANTS, (MAX_NEWEST,)).fetchall()
        answers: dict[Question, Rows] = {(rows.FIND, (row[1],)): [row] for row in newest}
        for question in (*asked, (rows.INSTALL, ())):
            answers[question] = connection.execute(*question).fetchall()
        self._held = _Held(self._clock() + MAX_SECONDS, file, answers)
        try:
            yield
        finally:
            self._held = None
