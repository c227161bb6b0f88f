"""What the record of kernels' sockets remembers has bounds, and it keeps nothing alive."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from support.sample_grants import sample_grant
from support.server.kernel_socket import KernelSocket

from escherpad_ext.grants import Grant
from escherpad_ext.grants.activity import EXECUTE, LOST, OPENED, Action
from escherpad_ext.server import kernel_record
from escherpad_ext.server.activity_entry import Entry
from escherpad_ext.server.kernel_record import KernelRecord

GRANT = sample_grant()
LONG = "#" + "x" * kernel_record.READ_AT_ONCE


class Noted:
    """A record, and what it notes."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._again: list[Entry] = []
        self.now = 1.0
        self.record = KernelRecord(self._add, self._again.append, lambda: self.now)

    def _add(self, grant: Grant, action: Action, now: float) -> Entry:
        self._entries.append(Entry(grant, action, now))
        return self._entries[-1]

    @property
    def entries(self) -> list[Entry]:
        """What was noted by now."""
        self.record.read()
        return self._entries

    @property
    def again(self) -> list[Entry]:
        """What changed by now."""
        self.record.read()
        return self._again

    def open(self, kernel: str = "5") -> KernelSocket:
        handler = KernelSocket()
        opened = Action("kernels:execute", OPENED, f"/api/kernels/{kernel}/channels", 101, "")
        self.record.listen(handler, GRANT, opened)  # type: ignore[arg-type]
        return handler

    @property
    def ended(self) -> list[int]:
        """How often each piece of code ended well."""
        return [each.ok for each in self.entries]

    @property
    def methods(self) -> list[str]:
        return [each.action.method for each in self.entries]


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Only what nobody refers to is freed."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_so_many_answers_are_awaited(noted: Noted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more requests, the oldest stay without an outcome."""
    monkeypatch.setattr(kernel_record, "MAX_UNANSWERED", 2)
    handler = noted.open()
    for msg_id in "abc":
        handler.ask(msg_id)
    for msg_id in "abc":
        handler.answer(msg_id)
    assert noted.ended == [0, 1, 1]


def test_so_many_kernels_are_remembered(noted: Noted, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same of kernels."""
    monkeypatch.setattr(kernel_record, "MAX_KERNELS", 2)
    handlers = [noted.open(kernel) for kernel in "567"]
    for handler in handlers:
        handler.ask("a")
    for handler in handlers:
        handler.answer("a")
    assert noted.ended == [0, 1, 1]


def test_one_answer_counts(noted: Noted) -> None:
    """A kernel may say it twice, or to another socket; neither loses a message."""
    handler = noted.open()
    handler.ask("a")
    for _ in range(2):
        handler.answer("a")
    handler.answer("unknown")
    assert noted.ended == [1]
    assert noted.again == noted.entries
    assert len(handler.passed) == 4


def test_a_long_answer_is_not_read(noted: Noted) -> None:
    """That would hold up the event loop. It reaches the app."""
    handler = noted.open()
    handler.ask("a")
    handler.answer("a", "error", evalue=LONG)
    assert (noted.entries[0].ok, noted.entries[0].errors, noted.again) == (0, 0, [])
    assert len(handler.passed) == 2


def test_an_answer_changes_nothing_that_is_forgotten(noted: Noted) -> None:
    """What the owner had forgotten does not come back."""
    handler = noted.open()
    handler.ask("a")
    noted.record.read()
    noted.record.forget()
    handler.answer("a")
    assert (noted.ended, noted.again) == ([0], [])


def test_what_is_heard_is_bounded(noted: Noted, monkeypatch: pytest.MonkeyPatch) -> None:
    """In number and in size; it is read earlier then."""
    monkeypatch.setattr(kernel_record, "MAX_HEARD", 3)
    handler = noted.open()
    for msg_id in "abc":
        assert not noted._entries
        handler.ask(msg_id)
    assert len(noted._entries) == 3
    half = "#" + "x" * (kernel_record.READ_AT_ONCE // 2)
    handler.ask("d", half)
    assert len(noted._entries) == 3
    handler.ask("e", half)
    assert len(noted._entries) == 5
    handler.ask("f")
    assert len(noted._entries) == 5


def test_what_is_heard_together_is_noted_in_order(noted: Noted) -> None:
    """With the times of its arrival, and with its outcomes."""
    handlers = [noted.open(kernel) for kernel in "56"]
    for now, handler in enumerate(handlers * 2):
        noted.now = now
        handler.ask(str(now))
    for now in (0, 3):
        handlers[now % 2].answer(str(now))
    assert noted._entries == []
    assert [(each.first, each.ok) for each in noted.entries] == [(0, 1), (1, 0), (2, 0), (3, 1)]
    assert [each.action.path[-1] for each in noted.entries] == ["5", "6", "5", "6"]


async def test_what_is_read_makes_room(noted: Noted, monkeypatch: pytest.MonkeyPatch) -> None:
    """One message is read however long it is, and again once it is read."""
    monkeypatch.setattr(kernel_record, "MAX_UNREAD_BYTES", 10)
    monkeypatch.setattr(kernel_record, "MAX_UNREAD_BYTES_OF_ONE", 10)
    handler = noted.open()
    for _ in range(2):
        handler.ask("a", LONG)
        handler.ask("b", LONG)
        await noted.record.finish()
    assert noted.methods == [LOST, EXECUTE] * 2


async def test_the_time_is_that_of_its_arrival(noted: Noted) -> None:
    """Reading may take long, and what comes later waits for it."""
    handler = noted.open()
    handler.ask("a", LONG)
    noted.now = 2.0
    handler.ask("b")
    noted.now = 3.0
    await noted.record.finish()
    assert [each.first for each in noted.entries] == [1.0, 2.0]


def test_a_closed_socket_is_freed(noted: Noted, no_collector: None) -> None:
    """It and what listens to it do not keep each other."""
    handler = noted.open()
    handler.ask("a")
    handler.on_close()
    freed = weakref.ref(handler)
    del handler
    assert freed() is None
