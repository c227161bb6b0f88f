"""A registry whose file other processes lock again and again."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from escherpad_ext.grants import Registry


@contextmanager
def locked_in_turns(registry: Registry, *, held: float, free: float) -> Iterator[None]:
    """Have the file locked for ``held`` seconds, and free for ``free`` seconds, in turns."""
    stop = threading.Event()

    def lock() -> None:
        other = sqlite3.connect(registry._database.path, isolation_level=None, timeout=60)
        while not stop.is_set():
            other.execute("BEGIN EXCLUSIVE")
            stop.wait(held)
            other.execute("ROLLBACK")
            stop.wait(free)
        other.close()

    locker = threading.Thread(target=lock)
    locker.start()
    try:
        yield
    finally:
        stop.set()
        locker.join()
