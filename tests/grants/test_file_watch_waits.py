"""Waiting for a change: the event loop hears of it, and of no other file."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from pathlib import Path

import pytest

from escherpad_ext.grants import file_watch
from escherpad_ext.grants.file_watch import FileWatch, Watch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")


@pytest.fixture
def watch(monkeypatch):
    monkeypatch.setattr(file_watch, "MAX_AGE_SECONDS", 3600)
    return FileWatch()


@pytest.fixture
def look(watch, tmp_path):
    """Return a function that takes a snapshot of a folder."""
    return lambda: watch.snapshot([str(tmp_path)])


def descriptors():
    return {each.name for each in Path("/proc/self/fd").iterdir()}


async def hears(changed):
    """Return whether the event loop calls soon."""
    try:
        await asyncio.wait_for(changed.wait(), 0.2)
    except asyncio.TimeoutError:
        return False
    return True


async def test_a_change_is_heard(look, tmp_path, jp_asyncio_loop):
    """Until nobody waits any more. Then no descriptor is left."""
    snapshot, changed = look(), asyncio.Event()
    before = descriptors()
    cancel = snapshot.call_on_change(changed.set)
    assert not await hears(changed)
    (tmp_path / "file").touch()
    assert await hears(changed)
    cancel()
    assert descriptors() == before
    changed.clear()
    (tmp_path / "file").touch()
    assert not await hears(changed)


async def test_what_has_changed_before(look, tmp_path, jp_asyncio_loop):
    """There is nothing to wait for."""
    snapshot = look()
    (tmp_path / "file").touch()
    before = descriptors()
    assert snapshot.call_on_change(lambda: None) is None
    assert descriptors() == before


async def test_a_watch_that_was_closed(watch, look, jp_asyncio_loop):
    """Whoever has its number by now."""
    snapshot = look()
    watch.close()
    before = descriptors()
    assert snapshot.call_on_change(lambda: None) is None
    assert descriptors() == before


async def test_a_watch_that_is_closed_meanwhile(watch, look, tmp_path, monkeypatch):
    """The thread closes it, and somebody else gets the number, just before it is copied."""
    snapshot, copy = look(), os.dup
    (read, write), files = os.pipe(), []

    def dup(descriptor):
        watch.close()
        files.append((tmp_path / "other").open("w"))
        return copy(read)

    monkeypatch.setattr(os, "dup", dup)
    called = []
    assert snapshot.call_on_change(lambda: called.append(1)) is None
    os.write(write, b"x")
    await asyncio.sleep(0.05)
    assert not called
    for each in (read, write):
        os.close(each)
    files[0].close()


async def test_a_watch_that_is_closed_afterwards(watch, look, tmp_path, jp_asyncio_loop):
    """What waits has a descriptor of its own: it still hears, and of nobody else's file."""
    changed = asyncio.Event()
    cancel = look().call_on_change(changed.set)
    watch.close()
    read, write = os.pipe()  # one of them has the number by now
    os.write(write, b"x")
    assert not await hears(changed)
    (tmp_path / "file").touch()
    assert await hears(changed)
    cancel()
    for each in (read, write):
        os.close(each)


async def test_a_number_that_was_closed_without_a_word(look, tmp_path, jp_asyncio_loop):
    """The event loop still thinks that it listens there."""
    loop, changed = asyncio.get_running_loop(), asyncio.Event()
    snapshot = look()
    read, write = os.pipe()
    loop.add_reader(read, lambda: None)
    os.close(read)
    cancel = snapshot.call_on_change(changed.set)
    (tmp_path / "file").touch()
    assert await hears(changed)
    cancel()
    os.close(write)


def test_who_is_forgotten_leaves_no_instance(watch, look):
    """As where an event loop is closed, and no server was stopped."""
    gc.collect()
    before = descriptors()

    async def forget():
        look().call_on_change(lambda: None)
        watch.close()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(forget())
    loop.close()
    del loop
    gc.collect()
    assert descriptors() == before


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), NotImplementedError()])
async def test_where_it_is_not_to_be_had(look, monkeypatch, error):
    """Too many files are open, or the event loop is another one."""
    snapshot = look()
    before = descriptors()

    def fail(*_):
        raise error

    monkeypatch.setattr(asyncio.get_running_loop(), "add_reader", fail)
    assert snapshot.call_on_change(lambda: None) is None
    assert descriptors() == before


def test_no_instance_is_left(tmp_path):
    """Once nobody holds it."""
    before = descriptors()
    watch = Watch()
    watch.add([str(tmp_path)])
    del watch
    assert descriptors() == before
