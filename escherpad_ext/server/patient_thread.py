"""The thread of the record's file: what it has begun is waited for, and the log says if it hangs.

So what is given to it is written once, or not at all, and no more waits meanwhile than it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from logging import Logger
from pathlib import Path
from typing import Any, TypeVar

from ..errors import GrantsUnavailable, NoAnswer
from .registry_thread import RegistryThread

#: How long the thread may take before somebody hears of it.
PATIENCE_SECONDS = 5.0
_FOREVER = 10**9

_Result = TypeVar("_Result")


class PatientThread:
    """Works on a file. Its trouble is one line of the log, until it is over."""

    def __init__(self, path: Path, logger: Logger) -> None:
        self._slow = (
            f"What apps did is not recorded in {path} at the moment: its disk is slow, or hangs."
        )
        self._logger = logger
        self._thread = RegistryThread(_FOREVER)
        #: What is wrong with writing (true), and with reading.
        self._failed: dict[bool, str] = {}

    @property
    def trouble(self) -> str:
        """Return what is wrong with the file, as far as it is known; empty if nothing is."""
        return next(iter(self._failed.values()), "")

    async def run(self, work: Callable[[], _Result], *, writes: bool = False) -> _Result:
        """Return what work returns, however long it takes. Raises GrantsUnavailable."""
        job = asyncio.ensure_future(self._thread.run(work))
        try:
            if not (await asyncio.wait({job}, timeout=PATIENCE_SECONDS))[0]:
                self._say_once(NoAnswer("It did not answer in time."), writes=writes)
            result = await job
        except GrantsUnavailable as error:
            self._say_once(error, writes=writes)
            raise
        finally:
            job.cancel()
        self._failed.pop(False, None)
        if writes:  # a full disk can be read
            self._failed.clear()
        return result

    async def soon(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Return what work returns, unless that takes too long: then it goes on by itself.

        Raises GrantsUnavailable.
        """
        try:
            return await asyncio.wait_for(asyncio.shield(work), PATIENCE_SECONDS)
        except asyncio.TimeoutError:
            raise NoAnswer("The record did not answer in time.") from None

    async def stop(self, last: Coroutine[Any, Any, None]) -> None:
        """Do the last, and end. A disk that hangs is not waited for."""
        with suppress(GrantsUnavailable, asyncio.TimeoutError):
            await asyncio.wait_for(last, PATIENCE_SECONDS)
        self._thread.stop()

    def _say_once(self, error: GrantsUnavailable, *, writes: bool) -> None:
        why = self._slow if isinstance(error, NoAnswer) else error.what
        if not self._failed:
            self._logger.warning("%s", why)
        self._failed[writes] = why
