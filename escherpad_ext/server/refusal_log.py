"""One log line per refusal, as few as an owner wants to read and as many as needed to fix it."""

from __future__ import annotations

import time
from collections.abc import Callable
from logging import Logger

from ..policy.refusals import Refusal

INTERVAL_SECONDS = 60.0
#: How many lines an interval may have over all origins: names of origins cost nothing to invent.
LINES_PER_INTERVAL = 30
#: How much of a caller's words is shown.
SHOWN = 200
NO_ORIGIN = "(none)"


class RefusalLog:
    """Writes each (origin, reason) once an interval, and counts what it leaves out."""

    def __init__(
        self,
        logger: Logger,
        advise: Callable[[Refusal, str], str | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._logger = logger
        self._advise = advise
        self._clock = clock
        self._seen: set[tuple[str, str]] = set()
        self._left_out = 0
        self._started = clock()

    def record(self, refusal: Refusal, origin: str, method: str, path: str) -> bool:
        """Note a refusal; return whether it got a line. No token can be in any of these."""
        text = refusal.detail or refusal.message
        return self.write(refusal.reason, text, self._advise(refusal, origin), origin, method, path)

    def write(
        self, reason: str, text: str, line: str | None, origin: str, method: str, path: str
    ) -> bool:
        """Note why a request was refused, and the line of configuration that would allow it.

        Return whether it got a line in the log.
        """
        self._turn_over()
        key = (origin[:SHOWN], reason)
        if key in self._seen or len(self._seen) >= LINES_PER_INTERVAL:
            self._left_out += 1
            return False
        self._seen.add(key)
        # %r, since all three are the caller's own words.
        self._logger.warning(
            "Refused %.16r %.200r from the origin %.200r (%s): %s%s",
            method,
            path,
            origin,
            reason,
            text,
            f" To allow it: {line}" if line else "",
        )
        return True

    def _turn_over(self) -> None:
        now = self._clock()
        if now - self._started < INTERVAL_SECONDS:
            return
        if self._left_out:
            self._logger.warning("Refused %d more requests from other origins.", self._left_out)
        self._seen.clear()
        self._left_out = 0
        self._started = now
