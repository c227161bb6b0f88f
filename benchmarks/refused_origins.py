"""What millions of refused origins, no two alike, leave behind in memory."""

from __future__ import annotations

import logging
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from escherpad_ext.policy.origins import OriginPolicy
from escherpad_ext.policy.settings import Settings
from escherpad_ext.server.refusal_log import RefusalLog

from .figures import Counts, Figure
from .servers import ALLOWED_ORIGINS, AUTHORIZATION, WITH_EXTENSION, Connection, running

_AT_ONCE = 100
_PREFLIGHT = {"Access-Control-Request-Method": "PUT"}


def measure(counts: Counts) -> Iterator[Figure]:
    grown = _grown_by_decisions(counts.refused_decisions)
    yield Figure(
        "memory after refused decisions",
        "KiB",
        (grown,),
        64.0,
        f"{counts.refused_decisions:,}, policy and log, traced",
    )
    values, note = _grown_by_requests(counts.refused_requests)
    yield Figure("memory after refused requests", "KiB", values, 1024.0, note)


def _grown_by_decisions(decisions: int) -> float:
    """Return the KiB that the policy and the log still hold afterwards."""
    logger = logging.Logger("nowhere")
    logger.addHandler(logging.NullHandler())
    settings = Settings(OriginPolicy.compile(ALLOWED_ORIGINS))
    # A millisecond apart: the log turns over its minute many times.
    clock = count(0, 0.001)
    log = RefusalLog(logger, settings.advice, lambda: next(clock))
    _decide(settings, log, 0, decisions // 10)
    tracemalloc.start()
    try:
        _decide(settings, log, decisions, decisions)
        return tracemalloc.get_traced_memory()[0] / 1024
    finally:
        tracemalloc.stop()


def _decide(settings: Settings, log: RefusalLog, first: int, how_many: int) -> None:
    for number in range(first, first + how_many):
        origin = f"https://evil-{number}.example"
        refusal = settings.refusal_of(origin)
        assert refusal is not None
        log.record(refusal, origin, "GET", "/api/contents")


def _grown_by_requests(requests: int) -> tuple[tuple[float, ...], str]:
    """Return the KiB by which a server process has grown; the first tenth warms it up."""
    with running(WITH_EXTENSION) as (server,):
        connection = server.connect()
        _be_refused(connection, 0, requests // 10)
        before = resident_kib(server.pid)
        _be_refused(connection, requests, requests)
        after = resident_kib(server.pid)
    if before is None or after is None:
        return (), "not measured: this system does not tell a process's memory"
    return (after - before,), f"{requests:,}, of a server process, resident"


def _be_refused(connection: Connection, first: int, how_many: int) -> None:
    """Send authenticated GETs and preflights, many at once, each from an origin of its own."""
    for start in range(first, first + how_many, _AT_ONCE):
        connection.send(b"".join(_refused(connection, n) for n in range(start, start + _AT_ONCE)))
        for _ in range(_AT_ONCE):
            connection.receive(403)


def _refused(connection: Connection, number: int) -> bytes:
    origin = {"Origin": f"https://evil-{number}.example"}
    if number % 2:
        return connection.request("OPTIONS", "/api/contents", {**origin, **_PREFLIGHT})
    return connection.request("GET", "/api/contents", {**origin, **AUTHORIZATION})


def resident_kib(pid: int) -> float | None:
    """Return the resident memory of another process, None where nothing tells it."""
    if sys.platform == "win32":
        return None
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        (line,) = (x for x in status.read_text().splitlines() if x.startswith("VmRSS"))
        return float(line.split()[1])
    run = ["ps", "-o", "rss=", "-p", str(pid)]
    return float(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
