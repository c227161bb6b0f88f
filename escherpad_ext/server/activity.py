"""What apps do with their grant tokens: noted on the event loop, written by a thread of its own."""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from logging import Logger
from pathlib import Path
from typing import Any, TypeVar

from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from ..errors import GrantsUnavailable
from ..grants import Grant
from ..grants.activity import (
    CLOSED,
    OPENED,
    Action,
    ActivityFile,
    Client,
    Deed,
    why_unusable,
)
from ..grants.latest_activity import forget
from ..policy.refusals import Refusal
from .file_actions import WRITES_FILES, listen, what_was_done
from .registry_thread import RegistryThread
from .uploads import Uploads

#: Of jupyter-collaboration and of jupyter-server-documents, below the base URL.
ROOMS = "/api/collaboration/room/"
#: The same thing is one entry for so long: reads and refusals always, changes if nothing else
#: was changed meanwhile.
MERGED_SECONDS = 600.0
#: What waits to be written, and what is remembered to be merged.
MAX_WAITING = 5000
MAX_KNOWN = 2000
#: How much of a path is kept.
MAX_PATH = 500
#: How long the thread may take before somebody hears of it: five seconds.
_TURNS = 100
_NOTED = "_escherpad_noted"
_SWITCHING_PROTOCOLS = 101
_FAILED = 400


_Result = TypeVar("_Result")


class _Entry:
    """An action of a grant, as often as it was done."""

    __slots__ = (
        "action",
        "count",
        "errors",
        "first",
        "grant",
        "is_waiting",
        "last",
        "number",
        "ok",
    )

    def __init__(self, grant: Grant, action: Action, now: float) -> None:
        self.grant, self.action = grant, action
        self.first = self.last = now
        self.count = self.number = self.ok = self.errors = 0
        self.is_waiting = False


class ActivityRecorder:
    """Notes each request of grant tokens when it is answered, and writes twice a second."""

    def __init__(
        self, folder: Path, base_url: str, logger: Logger, clock: Callable[[], float]
    ) -> None:
        #: Whether anything is noted: the setting ``activity``.
        self.on = False
        self.thread = RegistryThread(_TURNS)
        self._file = ActivityFile(folder)
        self._base = base_url.rstrip("/")
        self._logger = logger
        self._clock = clock
        self._waiting: list[_Entry] = []
        self._known: dict[object, _Entry] = {}
        self._uploads = Uploads[_Entry]()
        self._lost = False
        self._writing = Lock()

    def note(
        self,
        handler: RequestHandler,
        grant: Grant,
        scope: str,
        now: float,
        refusal: Refusal | None = None,
    ) -> None:
        """Note what becomes of a request. ``now`` is when it came."""
        # Some handlers ask twice who the caller is.
        if not self.on or hasattr(handler.request, _NOTED):
            return
        setattr(handler.request, _NOTED, True)
        if scope == WRITES_FILES:
            listen(handler)
        finish = handler.on_finish

        def on_finish() -> None:
            vars(handler).pop("on_finish", None)  # else it and the handler would keep each other
            self._answered(handler, grant, scope, now, refusal)
            finish()

        handler.on_finish = on_finish  # type: ignore[method-assign]

    def tick(self) -> Awaitable[None] | None:
        """Write, if there is anything to write."""
        return self.write() if self._waiting else None

    async def write(self) -> None:
        """Write what waits. What cannot be written is lost, and the log says so once."""
        async with self._writing:
            await self._write()

    async def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        for entry in waiting:
            entry.is_waiting = False
        deeds = [self._deed(entry) for entry in waiting]
        try:
            numbers = await self.thread.run(partial(self._file.write, deeds))
        except GrantsUnavailable as error:
            self._known.clear()
            if not self._lost:
                self._logger.warning("%s", why_unusable(self._file.path, error))
            self._lost = True
        else:
            self._lost = False
            for entry, number in zip(waiting, numbers, strict=True):
                entry.number = number

    async def ask(self, work: Callable[[ActivityFile], _Result]) -> _Result:
        """Return what ``work`` returns, of all that was noted by now. Raises GrantsUnavailable."""
        if self._waiting:
            await self.write()
        return await self.thread.run(partial(work, self._file))

    async def forget(self, grant_id: str) -> None:
        """Delete what is recorded of an app. What it does from now on is a new record."""
        if self._waiting:
            await self.write()
        self._known.clear()  # else what is merged would come back
        await self.thread.run(partial(forget, self._file, grant_id))

    async def stop(self) -> None:
        """Write the last, and close the file. A disk that hangs is not waited for."""
        if self._waiting:
            await self.write()
        with suppress(GrantsUnavailable):
            await self.thread.run(self._file.close)
        self.thread.stop()

    def _answered(
        self,
        handler: RequestHandler,
        grant: Grant,
        scope: str,
        now: float,
        refusal: Refusal | None,
    ) -> None:
        status = handler.get_status()
        did = what_was_done(handler, status)
        # What needs no login is served in spite of a refusal.
        is_refused = refusal is not None and status == refusal.status
        reason = refusal.reason if refusal is not None and is_refused else ""
        path, target = self._below(did.path), self._below(did.target)
        action = Action(scope, did.method, path, status, reason, target)
        if status == _SWITCHING_PROTOCOLS and isinstance(handler, WebSocketHandler):
            self._opened(handler, grant, action, now)
        elif scope == WRITES_FILES and status < _FAILED:
            self._add_write(grant, action, now, did.chunk)
        else:
            self._add(grant, action, now)

    def _opened(self, handler: WebSocketHandler, grant: Grant, action: Action, now: float) -> None:
        if action.path.startswith(ROOMS):
            # With what it imports, it takes a tenth of the start's time.
            from .room_record import record_room  # noqa: PLC0415

            record_room(handler, action, partial(self._add, grant), now, self._clock)
            return
        self._note_close(handler, grant, action.scope)
        self._add(grant, action._replace(method=OPENED), now)

    def _add_write(self, grant: Grant, action: Action, now: float, chunk: int) -> None:
        """Add a change of a file. All chunks of an upload are one."""
        known = self._uploads.next(grant.id, action.path, chunk)
        if known is not None and now - known.first < MERGED_SECONDS:
            known.last = now
            self._await(known)
            return
        if not chunk:
            self._uploads.end(grant.id, action.path, action.target)
            self._add(grant, action, now)
            return
        self._known.pop(grant.id, None)
        self._uploads.begin(grant.id, action.path, chunk, self._add(grant, action, now))
        self._known.pop(grant.id, None)

    def _note_close(self, handler: WebSocketHandler, grant: Grant, scope: str) -> None:
        path, close, clock = self._below(handler.request.path), handler.on_close, self._clock

        def on_close() -> Any:
            vars(handler).pop("on_close", None)
            self._add(grant, Action(scope, CLOSED, path, handler.close_code or 0, ""), clock())
            return close()

        handler.on_close = on_close  # type: ignore[method-assign]

    def _add(self, grant: Grant, action: Action, now: float) -> _Entry:
        slot = (grant.id, action) if action.is_read else grant.id
        entry = self._known.get(slot)
        if entry is None or entry.action != action or now - entry.first >= MERGED_SECONDS:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            entry = self._known[slot] = _Entry(grant, action, now)
        entry.last = now
        entry.count += 1
        self._await(entry)
        return entry

    def _await(self, entry: _Entry) -> None:
        """Have an entry written with the next ones."""
        if not entry.is_waiting and len(self._waiting) < MAX_WAITING:
            entry.is_waiting = True
            self._waiting.append(entry)

    def _deed(self, entry: _Entry) -> Deed:
        grant, times = entry.grant, (entry.first, entry.last, entry.count)
        client = Client(grant.id, grant.origin, grant.program, grant.name)
        return Deed(entry.number, client, *times, entry.action, entry.ok, entry.errors)

    def _below(self, path: str) -> str:
        """Return a path below the base URL, shortened."""
        return path.removeprefix(self._base)[:MAX_PATH]
