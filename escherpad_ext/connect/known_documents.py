"""The programs' documents that were read: kept as their answers say, and fetched off the loop."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

from .client_documents import FETCH_SECONDS, NETWORK, DocumentError, Fetched, read_document
from .problems import ConnectError
from .programs import Program

MAX_KEPT = 50
MAX_RUNNING = 4
#: How long programs are told to register instead, after the network failed.
PAUSE_SECONDS = 3600.0
_PATIENCE_SECONDS = FETCH_SECONDS + 1.0  # with the resolution of the name


class KnownDocuments:
    """Reads documents. At most a few at once, whoever asks."""

    def __init__(self, fetch: Callable[[str], Fetched], timer: Callable[[], float]) -> None:
        self._fetch = fetch
        self._timer = timer
        self._kept: OrderedDict[str, tuple[float, Program]] = OrderedDict()
        self._running: dict[str, asyncio.Future[Fetched]] = {}
        self._failed = float("-inf")

    @property
    def are_offered(self) -> bool:
        """Return whether programs are told that they may have one: not after a failure."""
        return self._timer() >= self._failed + PAUSE_SECONDS

    async def find(self, url: str) -> Program:
        """Return the program that a document describes. Raises ConnectError."""
        until, program = self._kept.get(url, (0.0, None))
        if program is not None and self._timer() < until:
            return program
        try:
            fetched = await self._fetched(url)
            program = read_document(url, fetched.body)
        except DocumentError as error:
            if error.code == NETWORK:
                self._failed = self._timer()
            raise ConnectError("client_document", url=url, reason=error.what) from error
        self._keep(url, program, fetched.seconds)
        return program

    async def _fetched(self, url: str) -> Fetched:
        running = self._running.get(url)
        if running is None:
            if len(self._running) >= MAX_RUNNING:
                raise DocumentError("Too many others are read at the moment.")
            running = self._start(url)
        try:
            return await asyncio.wait_for(asyncio.shield(running), _PATIENCE_SECONDS)
        except asyncio.TimeoutError:
            raise DocumentError("Its host does not answer in time.", code=NETWORK) from None

    def _start(self, url: str) -> asyncio.Future[Fetched]:
        loop = asyncio.get_running_loop()
        running: asyncio.Future[Fetched] = loop.create_future()
        running.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._running[url] = running

        def work() -> None:
            fetched = error = None
            try:
                fetched = self._fetch(url)
            except DocumentError as found:
                error = found
            except Exception as found:  # whatever it is, somebody waits
                error = DocumentError(f"It cannot be read ({type(found).__name__}).")
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(self._finish, url, fetched, error)

        Thread(target=work, name="escherpad-document", daemon=True).start()
        return running

    def _finish(self, url: str, fetched: Fetched | None, error: DocumentError | None) -> None:
        running = self._running.pop(url)
        if fetched is None:
            running.set_exception(error or DocumentError("It is empty."))
        else:
            running.set_result(fetched)

    def _keep(self, url: str, program: Program, seconds: int) -> None:
        self._kept.pop(url, None)
        if seconds:
            self._kept[url] = (self._timer() + seconds, program)
        if len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
