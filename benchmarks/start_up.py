"""What the extension adds to the start of a server: the whole, and its own part in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from .figures import Counts, Figure
from .servers import ALLOWED_ORIGINS, WITH_EXTENSION, WITHOUT_EXTENSION, Server

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
    added = tuple(_added_until_ready(counts.starts))
    yield Figure("start-up: until the server answers", "ms", added, LIMIT, "difference, in pairs")
    imports = tuple(_printed(_IMPORT) for _ in range(counts.imports))
    yield Figure("start-up: importing the extension", "ms", imports, LIMIT)
    compiling = tuple(_printed(_COMPILE % ALLOWED_ORIGINS) for _ in range(counts.imports))
    yield Figure("start-up: compiling its policy", "ms", compiling, LIMIT, "three patterns")


def _added_until_ready(starts: int) -> Iterator[float]:
    """Yield the milliseconds that each start with the extension took longer than one without."""
    _milliseconds_to_ready(WITH_EXTENSION)  # reads the files from the disk
    for turn in range(starts):
        pair: list[dict[str, Any]] = [WITHOUT_EXTENSION, WITH_EXTENSION]
        first, second = (pair, pair[::-1])[turn % 2]
        took = _milliseconds_to_ready(first), _milliseconds_to_ready(second)
        without, with_it = (took, took[::-1])[turn % 2]
        yield with_it - without


def _milliseconds_to_ready(config: dict[str, Any]) -> float:
    with Server(config) as server:
        return server.seconds_to_ready * 1000


def _printed(program: str) -> float:
    run = [sys.executable, "-c", program]
    return float(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
