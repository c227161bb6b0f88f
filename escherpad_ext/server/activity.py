"""What apps do with their grant tokens: noted on the event loop, written by a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from logging import Logger
from pathlib import Path
from typing import TypeVar

from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from ..errors import GrantsUnavailable
from ..grants import Grant
from ..grants.activity import Action, ActivityFile
from ..grants.latest_activity import forget
from ..policy.refusals import Refusal
from ..policy.settings import Activity
from .activity_entry import Entry
from .activity_events import ActivityEvents, news_of
from .ended_grants import EndedGrants
from .file_actions import LISTENS, WRITES_FILES, listen, what_was_done
from .kernel_record import KernelRecord
from .merged_entries import CHANGE, MergedEntries, Slot
from .patient_thread import PatientThread
from .recorded_handler import BEGINS
from .recorded_path import MAX_PATH, recorded_path
from .socket_record import record_socket
from .uploads import Uploads
from .waiting_entries import WaitingEntries

#: Of jupyter-collaboration and of jupyter-server-documents, below the base URL.
ROOMS = "/api/collaboration/room/"
_SWITCHING_PROTOCOLS, _OK, _FAILED = 101, 200, 400

_Result = TypeVar("_Result")


class ActivityRecorder:
    """Notes each request of grant tokens when its response begins, and writes twice a second."""

    def __init__(
        self, folder: Path, base_url: str, logger: Logger, clock: Callable[[], float]
    ) -> None:
        #: Whether anything is noted: the setting ``activity``.
        self.on = False
        self._file = ActivityFile(folder)
        self.events = ActivityEvents(logger)
        self.thread = PatientThread(self._file.path, logger)
        self.ended = EndedGrants(self.thread, self._file, folder, clock)
        self._base = base_url.rstrip("/")
        self._logger = logger
        self._clock = clock
        self._waiting = WaitingEntries(clock)
        self._merged = MergedEntries()
        self._uploads = Uploads[Entry]()
        self._writing = asyncio.Lock()
        self._stumbled = False
        #: What goes over the sockets of kernels.
        self.kernels = KernelRecord(self._enter, self._waiting.add, clock)

    def keep(self, activity: Activity, max_rows: int) -> None:
        """Go by the settings from now on."""
        self._file.max_rows = max_rows
        self.on = activity != "off"
        self.kernels.with_source = activity == "source"

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
        if not self.on or getattr(handler, BEGINS, None) is not None:
            return
        if scope in LISTENS:
            listen(handler, scope)
        setattr(handler, BEGINS, partial(self._record, grant, scope, now, refusal))

    def tick(self) -> Awaitable[None] | None:
        """Write, if it is time."""
        self.kernels.read()
        return self.write() if self._waiting.is_due() else None

    def call_on_first(self, call: Callable[[], object]) -> None:
        """Have ``call`` called when something is to be written, and nothing was before."""
        self._waiting.on_first = call

    def may_rest(self) -> bool:
        """Return whether nothing waits to be written, or is being written: that may fail."""
        return not self._waiting and not self._writing.locked()

    async def write(self) -> None:
        """Write what waits. What cannot be written is lost, and the log says so once."""
        async with self._writing:
            self.kernels.read()
            if self._waiting:
                await self._write()

    async def _write(self) -> None:
        entries = self._waiting.take()
        deeds = [entry.deed() for entry in entries]
        news = [news_of(entry) for entry in entries if entry.has_news]
        telling = asyncio.ensure_future(self.events.emit(news))
        try:
            numbers = await self.thread.run(partial(self._file.write, deeds), writes=True)
        except GrantsUnavailable:
            self._merged.clear()
            self._waiting.lost(entries)
        else:
            self._waiting.wrote(zip(entries, numbers, deeds, strict=True))
            self._merged.written(entries)
        await telling

    async def ask(self, work: Callable[[ActivityFile], _Result]) -> _Result:
        """Return what ``work`` returns, of all that was noted by now. Raises GrantsUnavailable."""
        return await self._soon(partial(work, self._file))

    def grant_ended(self, grant: Grant) -> None:
        """Forget what more could be counted in: nothing more comes."""
        self._merged.forget(grant.id)

    async def forget(self, grant_id: str) -> None:
        """Delete what is recorded of an app. What it does from now on is a new record."""
        work = partial(forget, self._file, grant_id)
        await self._soon(work, partial(self._forget_merged, grant_id))

    def _forget_merged(self, grant_id: str) -> None:
        """Have nothing come back that is merged, or gets its outcome, later."""
        self._merged.clear()
        self._waiting.forget(grant_id)
        self._uploads = Uploads[Entry]()
        self.kernels.forget()

    async def _soon(
        self, work: Callable[[], _Result], prepare: Callable[[], object] = lambda: None
    ) -> _Result:
        async def do() -> _Result:
            await self.write()
            prepare()
            return await self.thread.run(work)

        return await self.thread.soon(do())

    async def stop(self) -> None:
        """Write the last, and close the file. A disk that hangs is not waited for."""
        await self.thread.stop(self._finish())

    async def _finish(self) -> None:
        await self.kernels.finish()
        await self.write()
        await self.thread.run(self._file.close)

    def _record(
        self, grant: Grant, scope: str, now: float, refusal: Refusal | None, handler: RequestHandler
    ) -> None:
        status, request = handler.get_status(), handler.request
        slot = (scope, request.method, request.path, status)
        entry = self._merged.get(grant.id, slot) if refusal is None else None
        if entry is not None and entry.is_waiting and entry.is_recent(now):
            entry.last = now
            entry.count += 1
        else:
            try:
                self._answered(handler, grant, slot, now, refusal)
            except Exception:  # an app may have found what nobody thought of
                self._waiting.miss(grant, 1)
                if not self._stumbled:  # the log has the first one
                    self._logger.warning("An app's request could not be recorded.", exc_info=True)
                self._stumbled = True

    def _answered(
        self, handler: RequestHandler, grant: Grant, slot: Slot, now: float, refusal: Refusal | None
    ) -> None:
        scope, _, _, status = slot
        did = what_was_done(handler, status)
        # What needs no login is served in spite of a refusal.
        is_refused = refusal is not None and status == refusal.status
        reason = refusal.reason if refusal is not None and is_refused else ""
        below = (each.removeprefix(self._base) for each in (did.path, did.target))
        path, target = map(recorded_path, below)
        action = Action(scope, did.method, path, status, reason, target)
        if status == _SWITCHING_PROTOCOLS and isinstance(handler, WebSocketHandler):
            self._opened(handler, grant, action, now)
        elif scope == WRITES_FILES and status < _FAILED:
            self._add_write(grant, action, now, did.chunk)
        else:
            entry = self._add(grant, action, now)
            if status == _OK and action.is_read and len(path) < MAX_PATH:
                self._merged.keep(slot, entry)  # found above, while it waits to be written

    def _opened(self, handler: WebSocketHandler, grant: Grant, action: Action, now: float) -> None:
        if action.path.startswith(ROOMS):
            from .room_record import record_room  # noqa: PLC0415 - a tenth of the start's time

            record_room(handler, action, partial(self._add, grant), now, self._clock)
            return
        if isinstance(handler, KernelWebsocketHandler):
            self.kernels.listen(handler, grant, action)
        record_socket(handler, action, partial(self._add, grant), now, self._clock)

    def _add_write(self, grant: Grant, action: Action, now: float, chunk: int) -> None:
        """Add a change of a file. All chunks of an upload are one."""
        known = self._uploads.next(grant.id, action.path, chunk)
        if known is not None and known.is_recent(now):
            known.last = now
            self._waiting.add(known)
            return
        if not chunk:
            self._uploads.end(grant.id, action.path, action.target)
            self._add(grant, action, now)
            return
        self._merged.drop(grant.id, CHANGE)
        self._uploads.begin(grant.id, action.path, chunk, self._add(grant, action, now))
        self._merged.drop(grant.id, CHANGE)

    def _add(self, grant: Grant, action: Action, now: float) -> Entry:
        self.kernels.read()  # it came before
        return self._enter(grant, action, now)

    def _enter(self, grant: Grant, action: Action, now: float) -> Entry:
        entry = self._merged.entry_of(grant, action, now)
        entry.last = now
        entry.count += 1
        if not self._waiting.add(entry):
            entry.count -= 1
            self._waiting.miss(grant, 1)
        return entry
