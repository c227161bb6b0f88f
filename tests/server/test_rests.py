"""The server rests while there is nothing to do, and goes on as soon as there is something."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from contextlib import closing

import pytest
from support.constants import ALLOWED

from escherpad_ext.errors import GrantsUnavailable
from escherpad_ext.grants.activity import LOST, Action, ActivityFile
from escherpad_ext.grants.written_files import WrittenFiles
from escherpad_ext.server import ticker as ticking
from escherpad_ext.server import waiting_entries
from escherpad_ext.server.activity_entry import Entry
from escherpad_ext.server.ticker import INTERVAL_SECONDS, Ticker

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")

# The timer


class Part:
    """Something that has something to do where a test says so."""

    def __init__(self) -> None:
        self.ticks = 0
        self.busy = False
        self.end = asyncio.Event()

    def tick(self):
        self.ticks += 1
        return self.end.wait() if self.busy else None


class Changes:
    """What would call on a change, if a test says that something would."""

    def __init__(self) -> None:
        self.may_rest, self.changed, self.fails = True, None, False

    def call_on_change(self, call):
        if not self.may_rest:
            return None
        self.changed = call
        return self.cancel

    def cancel(self):
        self.changed = None
        if self.fails:
            raise OSError("Bad file descriptor")


@pytest.fixture
def resting(jp_asyncio_loop):
    """Return a ticker that would rest, its two parts, and what would call on a change."""
    parts, changes = (Part(), Part()), Changes()
    return Ticker(*parts, call_on_change=changes.call_on_change), parts, changes


def seconds_left(ticker):
    return ticker._timer.when() - asyncio.get_running_loop().time()


async def test_it_rests_only_if_somebody_calls(resting):
    """Until then it asks on. It has one timer only."""
    ticker, (first, second), changes = resting
    changes.may_rest = False
    ticker._tick()
    assert not ticker.rests
    assert seconds_left(ticker) <= INTERVAL_SECONDS
    changes.may_rest = True
    ticker._tick()
    assert ticker.rests
    assert INTERVAL_SECONDS < seconds_left(ticker) <= 30
    await asyncio.sleep(1.5 * INTERVAL_SECONDS)
    assert (first.ticks, second.ticks) == (2, 2)
    ticker.stop()
    assert changes.changed is None
    assert ticker._timer.cancelled()


async def test_it_does_not_rest_while_a_part_works(resting):
    """What that comes to is not known yet."""
    ticker, (first, _), _ = resting
    first.busy = True
    ticker._tick()
    assert not ticker.rests
    first.end.set()
    await ticker._working[first]
    first.busy = False
    ticker._tick()
    assert ticker.rests
    ticker.stop()


async def test_it_resumes(resting):
    """Once, however often it hears of changes."""
    ticker, _, changes = resting
    ticker._tick()
    changed = changes.changed
    changed()
    changed()
    await asyncio.sleep(0)
    assert not ticker.rests
    assert changes.changed is None
    assert seconds_left(ticker) <= INTERVAL_SECONDS
    timer = ticker._timer
    changed()
    await asyncio.sleep(0)
    assert ticker._timer is timer
    ticker.stop()


async def test_it_asks_after_half_a_minute(resting):
    """And rests again."""
    ticker, (first, _), changes = resting
    ticker._tick()
    ticker._tick()  # as the timer does then
    assert first.ticks == 2
    assert ticker.rests
    assert changes.changed is not None
    ticker.stop()


async def test_it_resumes_for_another_thread(resting):
    """As that of another extension's handler."""
    ticker, _, _ = resting
    ticker._tick()
    await asyncio.to_thread(ticker.resume)
    await until(lambda: not ticker.rests)
    ticker.stop()


async def test_who_is_late_starts_no_stopped_ticker(resting):
    """It was stopped before the event loop came to it."""
    ticker, _, _ = resting
    ticker._tick()
    ticker.resume()
    ticker.stop()
    await asyncio.sleep(0)
    assert ticker._timer.cancelled()


async def test_it_goes_on_whatever_fails(resting):
    """A descriptor may be closed by whoever takes it for another one."""
    ticker, (first, _), changes = resting
    ticker._tick()
    changes.fails = True
    with pytest.raises(OSError, match="descriptor"):
        ticker._tick()
    assert not ticker.rests
    assert not ticker._timer.cancelled()
    changes.may_rest = False
    await until(lambda: first.ticks > 1)
    ticker.stop()


# What makes the server go on


@pytest.fixture
def grants(long_quiet, jp_serverapp, http_server, monkeypatch):
    """Return what looks after grants in a server that would rest for an hour."""
    monkeypatch.setattr(ticking, "REST_SECONDS", 3600)
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    return extension._grants


async def rest(grants):
    """Wait until the server rests."""
    await until(lambda: grants._ticker is not None and grants._ticker.rests)


async def resumes(grants):
    """Wait until the server goes on: at once."""
    await until(lambda: not grants._ticker.rests, 0.3)


async def rest_again(grants):
    """Wait until the server has seen a change of the files, and rests."""
    await resumes(grants)
    await rest(grants)


def recorded(grants):
    """Return what the record has, as another process reads it."""
    with closing(ActivityFile(grants._folder)) as file:
        return list(file.read())


async def until(holds, seconds=10.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "It took too long."
        await asyncio.sleep(0.02)


@linux_only
@pytest.mark.parametrize("revokes", [False, True], ids=["a grant", "a revocation"])
async def test_a_change_of_another_process_is_told(grants, give, issuer, revokes, monkeypatch):
    """At once, as it was when the server asked twice a second; then it rests again."""
    await rest(grants)
    told = []
    monkeypatch.setattr(grants._telemetry, "revoked" if revokes else "created", told.append)
    grant, _ = give("run")
    if revokes:
        await rest_again(grants)
        issuer.registry.revoke(grant.id, time.time())
    await until(lambda: told)
    await rest(grants)
    WrittenFiles(grants._folder, None).note("app", "path", "server")
    await until(lambda: grants.written.any)
    await rest(grants)


@linux_only
async def test_a_request_with_a_grant_token(grants, give, call, monkeypatch):
    """It is recorded soon, and its repetition a little later; then the server rests again."""
    monkeypatch.setattr(waiting_entries, "READS_TICKS", 4)
    await rest(grants)
    _, token = give("run")
    await rest_again(grants)
    for times in (1, 2):
        answer = await call("GET", "api/status", origin=ALLOWED, token=token)
        assert answer.code == 200
        await resumes(grants)
        await until(lambda: [each.times for each in recorded(grants)] == [times])  # noqa: B023
        await rest(grants)


@linux_only
@pytest.mark.parametrize("activity", ["off", "on"])
async def test_it_does_not_rest_while_a_socket_is_open(grants, give, open_socket, activity):
    """The grant of a socket may end by the clock, of which no file tells."""
    await rest(grants)
    grants._telemetry.activity.on = activity == "on"
    _, token = give("run", lifetime=5)
    await rest_again(grants)
    socket = await open_socket(
        "api/events/subscribe",
        origin=ALLOWED,
        protocols=[f"v1.token.websocket.jupyter.org.{token}"],
    )
    await resumes(grants)
    await until(lambda: socket.close_code is not None)
    assert socket.close_code == 4401
    await rest(grants)


@linux_only
async def test_what_is_recorded_later(grants, give):
    """As what somebody does in a room: without a request, and after a rest."""
    await rest(grants)
    grant, _ = give("run")
    await rest_again(grants)
    activity = grants._telemetry.activity
    activity._add(grant, Action("contents:write", "PUT", "/api/contents/a", 200, ""), time.time())
    await resumes(grants)
    await until(lambda: recorded(grants))
    await rest(grants)
    activity._waiting.miss(grant, 1)
    await resumes(grants)


@linux_only
async def test_what_cannot_be_written_at_the_owner_s_request(grants, give, monkeypatch):
    """It is missing, and the record says so soon. Meanwhile it is no longer what waits."""
    await rest(grants)
    grant, _ = give("run")
    await rest_again(grants)
    activity = grants._telemetry.activity
    hold, write = threading.Event(), activity._file.write

    def fail(deeds):
        hold.wait(10)
        monkeypatch.setattr(activity._file, "write", write)
        raise GrantsUnavailable("a full disk")

    monkeypatch.setattr(activity._file, "write", fail)
    activity._add(grant, Action("contents:write", "PUT", "/api/contents/a", 200, ""), time.time())
    writing = asyncio.ensure_future(activity.write())
    await asyncio.sleep(0.1)
    assert not activity._waiting
    assert not activity.may_rest()
    hold.set()
    await writing
    await until(lambda: [each.action.method for each in recorded(grants)] == [LOST])
    await rest(grants)
    entry = Entry(grant, Action("", "GET", "/api", 200, ""), time.time())
    entry.count = 1
    activity._waiting.lost([entry])
    await resumes(grants)


@linux_only
async def test_the_owner_s_page_takes_no_event(grants, jp_serverapp, give, monkeypatch):
    """It looks by itself at what changed, while the event loop has no time to hear of it."""
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    told, hold = [], threading.Event()
    monkeypatch.setattr(grants._telemetry, "created", told.append)
    service = extension.connect_service
    await service.change(lambda: None)
    await rest(grants)
    held = asyncio.ensure_future(grants.run(lambda: hold.wait(10)))
    changing = asyncio.ensure_future(service.change(lambda: None))
    await asyncio.sleep(0.1)  # its look waits for the thread
    give("run")
    hold.set()
    time.sleep(0.2)  # meanwhile it looks
    await changing
    await held
    await until(lambda: told)


@linux_only
async def test_the_watcher_rests_only_if_it_knows_all(grants, give):
    """Of a change that was not read yet, no file tells again."""
    await rest(grants)
    watcher = grants._watcher
    assert watcher.may_rest()
    watcher._untold.append(lambda: None)
    assert not watcher.may_rest()
    watcher._untold.clear()
    give("run")
    assert not watcher.may_rest()


@linux_only
async def test_a_stopped_server_waits_for_no_file(grants):
    """No descriptor is left."""
    await rest(grants)
    await grants.stop()
    assert not grants._ticker.rests
