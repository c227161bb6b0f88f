"""What the extension adds to the start of a server: the whole, and its own part in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from .figures import Counts, Figure
from .servers import ALLOWED_ORIGINS, WITH_EXTENSION, WITHOUT_EXTENSION, Server, environment

LIMIT = 40.0

# Parts are measured in a process that already has what every server has, in time of the processor:
# a few milliseconds of it are lost in the waits of a busy machine.
_IMPORT = """
import jupyter_server.serverapp, time
before = time.process_time()
import escherpad_ext.app
print((time.process_time() - before) * 1000)
"""
_COMPILE = """
import escherpad_ext.app, time
from escherpad_ext.policy.origins import OriginPolicy
before = time.process_time()
OriginPolicy.compile(%r)
print((time.process_time() - before) * 1000)
"""


def measure(counts: Counts) -> Iterator[Figure]:
    pairs = list(_added_until_ready(counts.starts))
    computed = tuple(own for own, _ in pairs if own is not None)
    name, note = "start-up: until the server answers", "difference, in pairs"
    yield Figure(name, "ms", computed, LIMIT, note if computed else "not measured on this system")
    yield Figure(f"{name}, elapsed", "ms", tuple(waited for _, waited in pairs), note=note)
    imports = tuple(_printed(_IMPORT) for _ in range(counts.imports))
    yield Figure("start-up: importing the extension", "ms", imports, LIMIT)
    compiling = tuple(_printed(_COMPILE % ALLOWED_ORIGINS) for _ in range(counts.imports))
    yield Figure("start-up: compiling its policy", "ms", compiling, LIMIT, "three patterns")


def _added_until_ready(starts: int) -> Iterator[tuple[float | None, float]]:
    """Yield how much longer each start with the extension took, and how much more it computed."""
    _milliseconds_to_ready(WITH_EXTENSION)  # reads the files from the disk
    for turn in range(starts):
        pair: list[dict[str, Any]] = [WITHOUT_EXTENSION, WITH_EXTENSION]
        first, second = (pair, pair[::-1])[turn % 2]
        took = _milliseconds_to_ready(first), _milliseconds_to_ready(second)
        without, with_it = (took, took[::-1])[turn % 2]
        computed = None
        if with_it[0] is not None and without[0] is not None:
            computed = with_it[0] - without[0]
        yield computed, with_it[1] - without[1]


def _milliseconds_to_ready(config: dict[str, Any]) -> tuple[float | None, float]:
    """Return the processor time until the first answer (None off Linux), and the time elapsed."""
    with Server(config) as server:
        computed = server.processor_seconds()
        return None if computed is None else computed * 1000, server.seconds_to_ready * 1000


def _printed(program: str) -> float:
    run = [sys.executable, "-c", program]
    done = subprocess.run(run, check=True, capture_output=True, text=True, env=environment())
    return float(done.stdout)
