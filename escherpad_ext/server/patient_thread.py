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

from ..errors import GrantsUnavailable
from ..grants.activity import why_unusable
from .registry_thread import RegistryThread

#: How long the thread may take before somebody hears of it.
PATIENCE_SECONDS = 5.0
_FOREVER = 10**9

_Result = TypeVar("_Result")


class PatientThread:
    """Works on a file. Its trouble is one line of the log, until it is over."""

    def __init__(self, path: Path, logger: Logger) -> None:
        self._path = path
        self._logger = logger
        self._thread = RegistryThread(_FOREVER)
        self._said = False

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """Return what work returns, however long it takes. Raises GrantsUnavailable."""
        job = asyncio.ensure_future(self._thread.run(work))
        try:
            if not (await asyncio.wait({job}, timeout=PATIENCE_SECONDS))[0]:
                self._say_once(GrantsUnavailable("It did not answer in time."))
            result = await job
        except GrantsUnavailable as error:
            self._say_once(error)
            raise
        finally:
            job.cancel()
        self._said = False
        return result

    async def soon(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Return what work returns, unless that takes too long: then it goes on by itself.

        Raises GrantsUnavailable.
        """
        try:
            return await asyncio.wait_for(asyncio.shield(work), PATIENCE_SECONDS)
        except asyncio.TimeoutError:
            raise GrantsUnavailable("The record did not answer in time.") from None

    async def stop(self, last: Coroutine[Any, Any, None]) -> None:
        """Do the last, and end. A disk that hangs is not waited for."""
        with suppress(GrantsUnavailable, asyncio.TimeoutError):
            await asyncio.wait_for(last, PATIENCE_SECONDS)
        self._thread.stop()

    def _say_once(self, error: GrantsUnavailable) -> None:
        if not self._said:
            self._logger.warning("%s", why_unusable(self._path, error))
        self._said = True
