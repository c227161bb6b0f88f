"""A registry that cannot be read closes the sockets of apps, and a busy one does not."""

from __future__ import annotations

import asyncio
import time

import pytest
from support.server.busy_registry import locked_in_turns

from escherpad_ext.errors import GrantsUnavailable
from escherpad_ext.server import watcher as watching


@pytest.fixture
def trouble(watcher, monkeypatch):
    """Return a function: have the registry fail so often. It returns the moments of all tries."""

    def spoil(times):
        tries = []
        version = watcher._registry.version

        def fail():
            tries.append(time.monotonic())
            if len(tries) <= times:
                raise GrantsUnavailable("It is locked.")
            return version()

        monkeypatch.setattr(watcher._registry, "version", fail)
        return tries

    return spoil


@pytest.fixture
def ended(watcher, give, monkeypatch):
    """Return the grants whose sockets the watcher closes. One is live, and has sockets."""
    grant, _ = give("run")
    monkeypatch.setattr(watcher._sockets, "grant_ids", lambda: [grant.id])
    found = {}
    monkeypatch.setattr(watcher._sockets, "end", found.__setitem__)
    return found


async def test_a_busy_registry_closes_nothing(watcher, trouble, ended):
    """It is asked again at once: the next tick would be too late."""
    await watcher.look()
    tries = trouble(watching.LEAST_TRIES + 1)
    await watcher.look()
    assert len(tries) > watching.LEAST_TRIES + 1
    assert ended == {}
    assert watcher._seen.live


async def test_a_registry_that_cannot_be_read(watcher, trouble, ended, monkeypatch):
    """After a second it is not just busy. One look takes no longer."""
    monkeypatch.setattr(watching, "PAUSE_SECONDS", 0.001)
    swept = []
    monkeypatch.setattr(watcher._sockets, "sweep", lambda _now: swept.append(dict(ended)))
    tries = trouble(10**9)
    started = time.monotonic()
    await watcher.look()
    assert list(ended.values()) == ["registry_unavailable"]
    assert swept[-1] == ended, "their sockets are closed at once"
    assert len(tries) > watching.LEAST_TRIES
    assert tries[-1] - started >= watching.PATIENCE_SECONDS - watching.PAUSE_SECONDS


async def test_a_machine_that_stood_still(watcher, trouble, ended, monkeypatch):
    """A second may have passed in which nobody could try."""
    await watcher.look()  # the first one began with the server
    monkeypatch.setattr(watching, "PATIENCE_SECONDS", 0)
    tries = trouble(watching.LEAST_TRIES - 1)
    await watcher.look()
    assert ended == {}
    trouble(10**9)
    tries.clear()
    await watcher.look()
    assert list(ended.values()) == ["registry_unavailable"]


async def test_grants_end_by_the_clock_meanwhile(watcher, trouble, monkeypatch):
    """Also while the registry cannot be read."""
    await watcher.look()
    swept = []
    monkeypatch.setattr(watcher._sockets, "sweep", swept.append)
    trouble(2)
    await watcher.look()
    assert len(swept) >= 3


async def test_a_server_that_stops(watcher, trouble):
    """It waits for one try, and leaves no look behind."""
    tries = trouble(10**9)
    look = asyncio.ensure_future(watcher.look())
    while not tries:
        await asyncio.sleep(0.001)
    tries.clear()
    await watcher.finish()
    await asyncio.sleep(0)
    assert look.done()
    assert len(tries) <= 1


async def test_a_lock_that_comes_and_goes(watcher, ended, issuer):
    """Others commit without a pause: it is free for some milliseconds only."""
    with locked_in_turns(issuer.registry, held=0.05, free=0.01):
        for _ in range(5):
            await watcher.look()
    assert ended == {}
