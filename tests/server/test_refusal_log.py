"""What the log says of refusals: one line each, that an owner can act on, and not too many."""

from __future__ import annotations

import logging
import os
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.constants import ALLOWED, TOKEN

from escherpad_ext.policy.refusals import refuse
from escherpad_ext.server.refusal_log import INTERVAL_SECONDS, LINES_PER_INTERVAL, RefusalLog

OTHER = "https://other.example.org"
#: Enough that each of them would show, if it left two bytes behind.
ORIGINS = 1_000_000 if os.environ.get("ESCHERPAD_FULL") == "1" else 100_000


@pytest.fixture
def said():
    """Return the lines that the extension logs during a test."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("EscherpadExt")
    logger.addHandler(handler)
    yield lines
    logger.removeHandler(handler)


@pytest.mark.parametrize("escherpad_config", [{"allowed_origins": [ALLOWED]}])
async def test_refusals_are_logged_once(call, said):
    """One line per origin and reason, with the setting that would allow it."""
    for _ in range(3):
        for path in ("api/contents", "files/x"):
            await call("GET", path, origin=OTHER, token=TOKEN)
            await call("GET", path, origin=ALLOWED, token="wrong")
    lines = [line for line in said if line.startswith("Refused")]
    assert len(lines) == 2
    assert OTHER in lines[0]
    assert "origin_not_listed" in lines[0]
    assert f'c.EscherpadExt.allowed_origins.append("{OTHER}")' in lines[0]
    assert ALLOWED in lines[1]
    assert "unknown_token" in lines[1]


HOSTILE = ['https://x"]; import os #.example', "https://e\x1b[31mvil", "https://a\\n", "%s%n{0}"]


@pytest.mark.parametrize("origin", HOSTILE)
async def test_log_lines_cannot_be_forged(call, said, origin):
    """What a caller sends is shown so that it cannot pass for anything else."""
    assert (await call("GET", "api", origin=origin)).code in {400, 403}
    for line in said:
        assert "\x1b" not in line
        assert "To allow it" not in line


class Clock:
    """A clock that goes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def log_lines() -> Iterator[tuple[RefusalLog, list[str], Clock]]:
    logger, lines, clock = logging.Logger("test"), [], Clock()
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(handler)
    yield RefusalLog(logger, lambda _refusal, _origin: None, clock), lines, clock


REFUSAL = refuse("origin_refused", "origin_not_listed")


def test_refusal_log_is_rate_limited():
    """So many lines an interval, however many origins; then the rest is counted."""
    with log_lines() as (log, lines, clock):
        for i in range(1000):
            log.record(REFUSAL, f"https://evil-{i}.example", "GET", "/")
        assert len(lines) == LINES_PER_INTERVAL
        clock.now += INTERVAL_SECONDS
        log.record(REFUSAL, OTHER, "GET", "/")
        assert len(lines) == LINES_PER_INTERVAL + 2
        assert str(1000 - LINES_PER_INTERVAL) in lines[-2]
        assert OTHER in lines[-1]
        log.record(REFUSAL, OTHER, "GET", "/")
        assert len(lines) == LINES_PER_INTERVAL + 2


def test_refusal_log_takes_no_memory():
    """Many origins leave nothing behind, in one interval or over many; nor do long ones."""
    with log_lines() as (log, lines, clock):
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        for i in range(ORIGINS):
            if i % (ORIGINS // 20) == 0:
                clock.now += INTERVAL_SECONDS
                lines.clear()
            log.record(REFUSAL, f"https://evil-{i}.example", "GET", "/")
        for i in range(1000):
            log.record(REFUSAL, f"https://{i}" + "x" * 60_000, "GET", "/" * 60_000)
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert after - before < 200_000


@given(origin=st.text(max_size=400), method=st.text(max_size=40), path=st.text(max_size=400))
def test_refusal_log_lines_are_one_line(origin, method, path):
    """Whatever a caller sends: one line, of bounded length, that a terminal can show."""
    with log_lines() as (log, lines, _clock):
        log.record(REFUSAL, origin, method, path)
    (line,) = lines
    assert line.isprintable()
    assert len(line) < 1000
