"""A thread for what may wait for the registry's disk, so that the event loop never does.

Not an executor of ``concurrent.futures``: at the end of the program, Python would wait for its
threads, and one that a hung disk holds never ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, Generic, TypeVar

from ..errors import GrantsUnavailable, NoAnswer

#: How long a request waits for the thread: this many turns of the event loop.
TURN_SECONDS = 0.05
TURNS = 5
#: How long the owner's pages wait: five seconds.
PAGES_WAIT_TURNS = 100
#: More work than this does not wait while a disk hangs.
MAX_WAITING = 1000

_Result = TypeVar("_Result")


class RegistryThread:
    """Does one piece of work after another. It starts with the first."""

    def __init__(self, turns: int | None = None) -> None:
        """Allow each piece of work so many turns of the event loop."""
        self._turns = TURNS if turns is None else turns
        self._jobs = SimpleQueue[_Job[Any] | None]()
        self._thread: Thread | None = None
        self._stopped = False
        self._not_begun: dict[Hashable, _Job[Any]] = {}

    async def run_shared(self, key: Hashable, work: Callable[[], _Result]) -> _Result:
        """Do the same as :meth:`run`, once for all who call with this key before it begins.

        A page sends dozens of requests at once. One answer that is fresh for the last of them is
        fresh for all.
        """
        job = self._not_begun.get(key)
        if job is None or job.result.done():
            job = self._make(work, partial(self._not_begun.pop, key, None))
            self._not_begun[key] = job  # before the thread has it, which may begin at once
            self._jobs.put(job)
        result: _Result = await asyncio.shield(job.result)
        return result

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """Return what ``work`` returns, or raise what it raises. It starts after this call.

        Raises NoAnswer where that takes too long. Work that nobody waits for any more is left
        out, unless it has begun.
        """
        job = self._make(work, lambda: None)
        self._jobs.put(job)
        return await job.result

    def _make(self, work: Callable[[], _Result], begin: Callable[[], object]) -> _Job[_Result]:
        if self._stopped or self._jobs.qsize() >= MAX_WAITING:
            raise NoAnswer("The registry of grants is not read at the moment.")
        if self._thread is None:
            self._thread = Thread(target=self._work, name="escherpad-registry", daemon=True)
            self._thread.start()
        return _Job(work, begin, asyncio.get_running_loop(), self._turns)

    async def insist(self, work: Callable[[], object]) -> bool:
        """Try four times, a second in all. Return whether the work was done."""
        for _ in range(4):
            with suppress(GrantsUnavailable):
                await self.run(work)
                return True
        return False

    def stop(self) -> None:
        """Let the thread end after what waits now. It does not wait for that."""
        self._stopped = True
        self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.do()
            del job  # and what it holds


class _Job(Generic[_Result]):
    """Work, and what somebody in the event loop waits for."""

    def __init__(
        self,
        work: Callable[[], _Result],
        begin: Callable[[], object],
        loop: asyncio.AbstractEventLoop,
        turns: int,
    ) -> None:
        self._work = work
        self._begin = begin
        self._loop = loop
        self._turns = turns
        self._timer = loop.call_later(TURN_SECONDS, self._turn)
        self.result: asyncio.Future[_Result] = loop.create_future()

    def do(self) -> None:
        """Work, in the thread. From its beginning on, nobody else may wait for the same result."""
        self._begin()
        if self.result.done():
            return
        found: list[_Result] = []
        failure: BaseException | None = None
        try:
            found.append(self._work())
        except BaseException as error:  # raised where somebody waits
            failure = error
        with suppress(RuntimeError):  # the event loop was closed
            self._loop.call_soon_threadsafe(self._finish, found, failure)

    def _finish(self, found: list[_Result], failure: BaseException | None) -> None:
        self._timer.cancel()
        if self.result.done():
            return
        if failure is None:
            self.result.set_result(found[0])
        else:
            self.result.set_exception(failure)

    def _turn(self) -> None:
        """Give up after some turns. On a busy machine each one lasts longer, for both sides."""
        self._turns -= 1
        if self.result.done():
            return
        if self._turns > 0:
            self._timer = self._loop.call_later(TURN_SECONDS, self._turn)
        else:
            what = "The registry of grants did not answer in time. Its disk is slow, or hangs."
            self.result.set_exception(NoAnswer(what))
