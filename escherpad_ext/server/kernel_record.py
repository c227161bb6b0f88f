"""Notes what apps have kernels do: code by its hash, interrupts and restarts.

It looks at messages and changes none, and whatever it meets, they go on.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

from ..grants import Grant
from ..grants.activity import LOST, UNREADABLE, Action
from .kernel_messages import (
    MALFORMED,
    Request,
    detail_of,
    may_ask,
    may_reply,
    read_reply,
    read_request,
)
from .kernel_protocol import KERNEL_PROTOCOL

#: Longer messages are read in another thread: that would hold up the event loop.
READ_AT_ONCE = 64 * 1024
#: So many short messages wait to be read. Many at once take a fraction of the time of one by one.
MAX_HEARD = 100
#: So much waits to be read in another thread: of one socket, of one app, and of all. One message
#: always may.
MAX_UNREAD = 500
MAX_UNREAD_BYTES_OF_ONE = 16 * 2**20
MAX_UNREAD_BYTES = 64 * 2**20
#: So many requests of an app wait for a kernel's answer, and so many kernels are remembered.
MAX_UNANSWERED = 500
MAX_KERNELS = 1000
_CHANNELS = "/channels"
# An app names its sessions as it likes.
_NOTEBOOK = "SELECT substr(path, 1, 500) FROM session WHERE kernel_id = ? LIMIT 1"


class Ended(Protocol):
    """What can be told how it ended."""

    ok: int
    errors: int


_Entry = TypeVar("_Entry", bound=Ended)


class _Unread(NamedTuple):
    message: str | bytes
    time: float


class _Heard(NamedTuple):
    """What came from an app at a time; without a time, it came from the kernel."""

    kernel: _Kernel
    message: str | bytes
    time: float | None


class _Kernel:
    """A kernel as one socket of an app sees it."""

    def __init__(self, handler: KernelWebsocketHandler, grant: Grant, opened: Action) -> None:
        self.grant, self.scope = grant, opened.scope
        self.path = opened.path.removesuffix(_CHANNELS)
        self.binary = handler.selected_subprotocol == KERNEL_PROTOCOL
        self.unread = deque[_Unread]()
        self._sessions: Any = handler.settings.get("session_manager")
        self._id = str(getattr(handler, "kernel_id", ""))

    def notebook(self) -> str:
        """Return the path of the notebook or console that has this kernel, empty if unknown."""
        # Its own methods would also look after the kernel.
        with suppress(AttributeError, TypeError, sqlite3.Error):
            row = self._sessions.connection.execute(_NOTEBOOK, (self._id,)).fetchone()
            return "" if row is None else str(row[0])
        return ""

    def action(self, method: str, detail: str = "") -> Action:
        return Action(self.scope, method, self.path, 0, "", detail=detail)


class KernelRecord(Generic[_Entry]):
    """Notes on the event loop: ``add`` makes or counts an entry, ``again`` says that it changed.

    What it heard is noted by :meth:`read`, with the times of its arrival.
    """

    def __init__(
        self,
        add: Callable[[Grant, Action, float], _Entry],
        again: Callable[[_Entry], object],
        clock: Callable[[], float],
    ) -> None:
        #: Whether the code itself is kept.
        self.with_source = False
        self._add = add
        self._again = again
        self._clock = clock
        self._unanswered: dict[tuple[str, str], dict[str, _Entry]] = {}
        self._heard: list[_Heard] = []
        self._heard_size = 0
        self._unread_bytes = Counter[str]()
        self._readers: set[asyncio.Task[None]] = set()

    def listen(self, handler: KernelWebsocketHandler, grant: Grant, opened: Action) -> None:
        """Note what goes over a socket that opens now."""
        kernel = _Kernel(handler, grant, opened)

        # The class is asked each time: that of a socket may change while it opens.
        def on_message(message: str | bytes) -> Any:
            self._hear(_Heard(kernel, message, self._clock()))
            return type(handler).on_message(handler, message)  # type: ignore[no-untyped-call]

        def write_message(message: Any, binary: bool = False) -> Any:
            if may_reply(message, binary=kernel.binary):
                self._hear(_Heard(kernel, message, None))
            return type(handler).write_message(handler, message, binary)

        handler.on_message = on_message  # type: ignore[method-assign]
        handler.write_message = write_message  # type: ignore[method-assign]

        close = handler.on_close

        def on_close() -> Any:  # else they and the handler would keep each other
            for name in ("on_message", "write_message", "on_close"):
                vars(handler).pop(name, None)
            return close()  # type: ignore[no-untyped-call]

        handler.on_close = on_close  # type: ignore[method-assign]

    def forget(self) -> None:
        """Let no answer of a kernel change what was noted by now."""
        self._unanswered.clear()

    async def finish(self) -> None:
        """Wait until all that came is read."""
        self.read()
        while self._readers:
            await asyncio.wait(self._readers)

    def read(self) -> None:
        """Note what was heard since the last time. Call it before something else is noted."""
        heard, self._heard, self._heard_size = self._heard, [], 0
        notebooks = dict[_Kernel, str]()
        for kernel, message, now in heard:
            if now is None:
                self._note_reply(kernel, message)
            elif may_ask(message, binary=kernel.binary):
                if kernel not in notebooks:
                    notebooks[kernel] = kernel.notebook()
                self._note(kernel, message, now, notebooks[kernel])

    def _hear(self, heard: _Heard) -> None:
        self._heard.append(heard)
        self._heard_size += len(heard.message)
        if len(self._heard) >= MAX_HEARD or self._heard_size > READ_AT_ONCE:
            self.read()

    def _note(self, kernel: _Kernel, message: str | bytes, now: float, notebook: str) -> None:
        # A short message waits for the long one before it.
        if len(message) <= READ_AT_ONCE and not kernel.unread:
            self._enter(kernel, now, *self._read(kernel.binary, notebook, message))
            return
        if len(kernel.unread) >= MAX_UNREAD or not self._has_room(kernel.grant, len(message)):
            self._add(kernel.grant, kernel.action(LOST), now)
            return
        self._unread_bytes[kernel.grant.id] += len(message)
        kernel.unread.append(_Unread(message, now))
        if len(kernel.unread) == 1:
            reader = asyncio.ensure_future(self._read_all(kernel))
            self._readers.add(reader)
            reader.add_done_callback(self._readers.discard)

    def _has_room(self, grant: Grant, size: int) -> bool:
        own = self._unread_bytes[grant.id]
        all_ = self._unread_bytes.total()
        fits = own + size <= MAX_UNREAD_BYTES_OF_ONE and all_ + size <= MAX_UNREAD_BYTES
        return not own or fits

    async def _read_all(self, kernel: _Kernel) -> None:
        while kernel.unread:
            message, now = kernel.unread[0]
            read = partial(self._read, kernel.binary, kernel.notebook(), message)
            self._enter(kernel, now, *await asyncio.to_thread(read))
            self._unread_bytes[kernel.grant.id] -= len(message)
            kernel.unread.popleft()
        self._unread_bytes += Counter()  # without the zeros

    def _read(
        self, binary: bool, notebook: str, message: str | bytes
    ) -> tuple[Request | None, str]:
        """Return what a message asks for, and what the record says of its code."""
        try:
            request = read_request(message, binary=binary)
        except MALFORMED:
            return Request(UNREADABLE), ""
        if request is None:
            return None, ""
        return request, detail_of(request, notebook, with_source=self.with_source)

    def _enter(self, kernel: _Kernel, now: float, request: Request | None, detail: str) -> None:
        if request is None:
            return
        entry = self._add(kernel.grant, kernel.action(request.method, detail), now)
        if not request.msg_id:
            return
        known = self._unanswered.setdefault((kernel.grant.id, kernel.path), {})
        known[request.msg_id] = entry
        _forget_oldest(known, MAX_UNANSWERED)
        _forget_oldest(self._unanswered, MAX_KERNELS)

    def _note_reply(self, kernel: _Kernel, message: str | bytes) -> None:
        known = self._unanswered.get((kernel.grant.id, kernel.path))
        if not known or len(message) > READ_AT_ONCE:
            return
        with suppress(*MALFORMED):
            reply = read_reply(message, binary=kernel.binary)
            entry = None if reply is None else known.pop(reply.msg_id, None)
            if entry is not None and reply is not None:
                entry.ok += reply.status == "ok"
                entry.errors += reply.status == "error"
                self._again(entry)


def _forget_oldest(known: dict[Any, Any], most: int) -> None:
    if len(known) > most:
        del known[next(iter(known))]
