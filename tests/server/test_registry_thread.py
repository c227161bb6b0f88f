"""The event loop never waits for the registry: a thread does, and only for so long."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from queue import SimpleQueue

import pytest
from support.constants import ALLOWED, REFUSED, TOKEN

from escherpad_ext.errors import GrantsUnavailable, NoAnswer
from escherpad_ext.grants import GrantRequest, file_watch
from escherpad_ext.server import registry_thread
from escherpad_ext.server.registry_thread import RegistryThread

NOW = 1_800_000_000
WISH = GrantRequest("https://site.example", frozenset({"api:read"}), "ana", NOW, NOW + 3600)


linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")


class Gate:
    """A disk that hangs until it is opened. ``threads`` are those that came to it."""

    def __init__(self):
        self.open = threading.Event()
        self.open.set()
        self.threads = []

    def pass_through(self):
        self.threads.append(threading.get_ident())
        assert self.open.wait(60)


@pytest.fixture
def patience():
    """Wait no longer than the documents say."""


@pytest.fixture
def gate():
    found = Gate()
    yield found
    found.open.set()


@pytest.fixture
def thread():
    found = RegistryThread()
    yield found
    found.stop()


async def test_work_is_done_elsewhere(thread):
    """One after another, in one thread; what it raises is raised where somebody waits."""
    found = await asyncio.gather(*(thread.run(threading.get_ident) for _ in range(20)))
    assert len(set(found)) == 1
    assert threading.get_ident() not in found
    with pytest.raises(KeyError):
        await thread.run(lambda: {}["x"])


async def test_work_that_hangs_is_given_up(thread, gate):
    """Whoever waits is told; what nobody waits for any more is left out; then all is as before."""
    done = []
    gate.open.clear()
    hanging = [thread.run(gate.pass_through), *(thread.run(lambda: done.append(1)) for _ in "abc")]
    answers = await asyncio.gather(*hanging, return_exceptions=True)
    assert [type(answer) for answer in answers] == [NoAnswer] * 4
    gate.open.set()
    assert await thread.run(lambda: "as before") == "as before"
    assert done == []


async def test_work_that_has_not_begun_is_shared(thread, gate):
    """By who calls before it begins, since it then sees whatever they may rely on."""
    found = []

    def work():
        gate.pass_through()
        found.append(len(found))
        return found[-1]

    gate.open.clear()
    first = asyncio.ensure_future(thread.run_shared("key", work))
    while not gate.threads:
        await asyncio.sleep(0.001)
    late = [asyncio.ensure_future(thread.run_shared("key", work)) for _ in range(50)]
    other = asyncio.ensure_future(thread.run_shared("another key", lambda: "other"))
    await asyncio.sleep(0)
    late[0].cancel()  # who hangs up takes nothing from the others
    await asyncio.sleep(0)
    gate.open.set()
    assert await first == 0
    assert await asyncio.gather(*late[1:]) == [1] * 49
    assert await other == "other"
    assert await thread.run_shared("key", work) == 2
    assert not thread._not_begun


async def test_work_that_began_at_once_is_not_shared(thread, gate):
    """The thread may be faster than whoever has just handed it the work."""
    begun = threading.Event()

    class Queue(SimpleQueue):
        def put(self, job):
            super().put(job)
            assert job is None or begun.wait(60)

    def first():
        begun.set()
        gate.pass_through()
        return 1

    thread._jobs = Queue()
    gate.open.clear()
    waiting = asyncio.ensure_future(thread.run_shared("key", first))
    await asyncio.sleep(0)
    late = asyncio.ensure_future(thread.run_shared("key", lambda: 2))
    await asyncio.sleep(0)
    gate.open.set()
    assert (await waiting, await late) == (1, 2)
    assert not thread._not_begun


async def test_shared_work_that_is_given_up(thread, gate):
    """Leaves nothing behind, and the next caller waits for work of their own."""
    gate.open.clear()
    hanging = asyncio.ensure_future(thread.run(gate.pass_through))
    given_up = await asyncio.gather(
        *(thread.run_shared("key", lambda: 1) for _ in "ab"), return_exceptions=True
    )
    assert [type(each) for each in given_up] == [NoAnswer] * 2
    next_ = asyncio.ensure_future(thread.run_shared("key", lambda: 2))
    await asyncio.sleep(0)
    gate.open.set()
    assert await next_ == 2
    assert not thread._not_begun
    with pytest.raises(GrantsUnavailable):
        await hanging


async def test_work_does_not_pile_up(thread, gate, monkeypatch):
    """While a disk hangs, memory is bounded: what is too much is refused at once."""
    monkeypatch.setattr(registry_thread, "MAX_WAITING", 3)
    gate.open.clear()
    waiting = [asyncio.ensure_future(thread.run(gate.pass_through)) for _ in range(20)]
    await asyncio.sleep(0)
    assert sum(each.done() for each in waiting) >= 16
    gate.open.set()
    await asyncio.gather(*waiting, return_exceptions=True)


def test_patience_is_what_the_documents_say():
    """A quarter of a second."""
    assert registry_thread.TURNS * registry_thread.TURN_SECONDS == 0.25


HANGS = """
import asyncio, threading
from escherpad_ext.server.registry_thread import RegistryThread
begun = threading.Event()
def hang():
    begun.set()
    threading.Event().wait()
async def main():
    thread = RegistryThread()
    waiting = asyncio.ensure_future(thread.run(hang))
    while not begun.is_set():
        await asyncio.sleep(0.001)
    thread.stop()
    waiting.cancel()
asyncio.run(main())
print("ended")
"""


def test_a_program_ends_while_a_disk_hangs():
    """Nothing waits for the thread, not even Python at its end."""
    done = subprocess.run(
        [sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "ended\n"


# A running server


@pytest.fixture
def grants(jp_serverapp, http_server):
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    return extension._grants


@pytest.fixture
def disk(grants, gate, monkeypatch):
    """Return the gate before every use of the registry's file and keys by the server."""

    def guard(owner, name):
        use = getattr(owner, name)

        def guarded(*arguments):
            gate.pass_through()
            return use(*arguments)

        monkeypatch.setattr(owner, name, guarded)

    guard(grants._checker.registry._database, "_follow")
    guard(grants._checker.keys, "find")
    return gate


def be_still(grants):
    """Have the server look for changes no more, nor begin to."""
    grants._stopped = True
    if grants._ticker is not None:
        grants._ticker.stop()


async def test_only_the_thread_touches_the_disk(call, give, disk, grants):
    """Whatever a grant token asks for. The event loop cannot wait for what it does not touch."""
    _, token = give("run")
    for _ in range(3):
        assert (await call("GET", "api/contents", origin=ALLOWED, token=token)).code == 200
        assert (await call("GET", "api/contents", token=token)).code == 401
        assert (await call("GET", "api/contents", origin=ALLOWED, token=token + "x")).code == 401
    await grants._watcher.look()
    assert disk.threads
    assert threading.get_ident() not in disk.threads


@pytest.fixture
def remembered(grants, monkeypatch):
    """Have checks count for as long as no file changes, and nothing change by itself."""
    monkeypatch.setattr(file_watch, "MAX_AGE_SECONDS", 3600)
    be_still(grants)


@linux_only
async def test_unchanged_files_need_no_thread(call, give, disk, grants, remembered):
    """The kernel says so from memory. Of a change it knows at once: then the files are read."""
    _, token = give("run")
    _, other = give("run")
    for given in (token, other, token, other):
        assert (await call("GET", "api/contents", origin=ALLOWED, token=given)).code == 200
    await grants._thread.run(disk.threads.clear)
    disk.open.clear()
    for given in (token, other, token):
        assert (await call("GET", "api/contents", origin=ALLOWED, token=given)).code == 200
    assert disk.threads == []
    give("view")
    for given in (token, other):
        answer = await call("GET", "api/contents", origin=ALLOWED, token=given)
        assert (answer.code, json.loads(answer.body)["reason"]) == (401, "registry_unavailable")


REVOKE = """
import sys, time
from pathlib import Path
from escherpad_ext.grants import Issuer
Issuer(Path(sys.argv[1]), wait_seconds=60).registry.revoke(sys.argv[2], time.time())
"""


@linux_only
async def test_what_another_process_revokes_is_not_remembered(call, give, grants, remembered):
    """It counts at the next request, over HTTP and for sockets that open."""
    for _ in range(3):
        grant, token = give("run")
        for _ in range(3):
            assert (await call("GET", "api/contents", origin=ALLOWED, token=token)).code == 200
        command = [sys.executable, "-c", REVOKE, str(grants._folder), grant.id]
        other = await asyncio.create_subprocess_exec(*command)
        assert await other.wait() == 0
        answer = await call("GET", "api/contents", origin=ALLOWED, token=token)
        assert (answer.code, json.loads(answer.body)["reason"]) == (401, "revoked")


async def test_the_event_loop_asks_for_no_path(call, give, grants, issuer, monkeypatch):
    """Not even whether a file is there: that may wait for a disk, too."""
    asked, loop = [], threading.get_ident()

    def record(patch, name):
        use = getattr(os, name)

        def recorded(path, *arguments, **options):
            if threading.get_ident() == loop and str(grants._folder) in str(path):
                asked.append((name, path))
            return use(path, *arguments, **options)

        patch.setattr(os, name, recorded)

    grant, token = give("run")
    with monkeypatch.context() as patch:
        for name in ("stat", "lstat", "open", "readlink", "listdir", "scandir"):
            record(patch, name)
        for _ in range(5):
            assert (await call("GET", "api/contents", origin=ALLOWED, token=token)).code == 200
    issuer.registry.revoke(grant.id, time.time())
    assert (await call("GET", "api/contents", origin=ALLOWED, token=token)).code == 401
    assert asked == []


async def test_a_revocation_counts_for_many_requests_at_once(call, give, disk, grants, issuer):
    """They share one look at the registry, and it begins after all of them came."""
    grant, token = give("run")
    assert (await call("GET", "api", origin=ALLOWED, token=token)).code == 200
    be_still(grants)
    disk.open.clear()
    await grants._thread.run(disk.threads.clear)

    async def ask():
        return (await call("GET", "api/contents", origin=ALLOWED, token=token)).code

    blocked = asyncio.ensure_future(grants._thread.run(disk.pass_through))
    while not disk.threads:
        await asyncio.sleep(0.001)
    asking = [asyncio.ensure_future(ask()) for _ in range(8)]
    while grants._thread._not_begun == {}:
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.01)
    issuer.registry.revoke(grant.id, time.time())
    disk.open.set()
    await blocked
    assert await asyncio.gather(*asking) == [401] * 8


async def test_strangers_touch_no_disk(call, disk, grants):
    """Neither does the server's token: memory decides."""
    be_still(grants)
    await grants._thread.run(disk.threads.clear)
    for number in range(10):
        for origin in (REFUSED, f"https://{number}.example"):
            for given in (None, "wrong", TOKEN):
                answer = await call("GET", "api/contents", origin=origin, token=given)
                assert answer.code == 403
    for origin in (ALLOWED, None):
        for given, code in ((TOKEN, 200), ("wrong", 401 if origin else 403)):
            assert (await call("GET", "api/contents", origin=origin, token=given)).code == code
    assert disk.threads == []


async def test_invented_origins_leave_no_trace(call, grants):
    """However many strangers call, what is remembered of approved origins stays the same."""
    await grants.approved.look()
    for number in range(100):
        assert not grants.approved.has(f"https://{number}.example")
    assert grants.approved._until == {}


async def test_a_disk_that_hangs_holds_up_nobody_else(call, give, disk, grants):
    """Requests with a grant token are refused. All others are answered meanwhile."""
    _, token = give("view")
    assert (await call("GET", "api/contents", origin=ALLOWED, token=token)).code == 200
    disk.open.clear()
    waiting = asyncio.ensure_future(call("GET", "api/contents", origin=ALLOWED, token=token))
    for origin, given, code in ((None, TOKEN, 200), (ALLOWED, TOKEN, 200), (REFUSED, TOKEN, 403)):
        assert (await call("GET", "api/contents", origin=origin, token=given)).code == code
    answer = await waiting
    assert (answer.code, json.loads(answer.body)["reason"]) == (401, "registry_unavailable")
    disk.open.set()
    await grants._thread.run(lambda: None)
    assert (await call("GET", "api/contents", origin=ALLOWED, token=token)).code == 200


async def test_an_approval_of_another_process_is_seen_soon(grants, issuer):
    """And its end. Until then the origin can ask for nothing, so it harms nobody."""
    now = int(time.time())
    request = WISH._replace(via="connect", created=now, expires=now + 3600)
    await grants.approved.look()
    assert not grants.approved.has(WISH.origin)
    grant, _ = issuer.issue(request, server=grants.server)
    await grants.approved.look()
    assert grants.approved.has(WISH.origin)
    issuer.registry.revoke(grant.id, now)
    await grants.approved.look()
    assert not grants.approved.has(WISH.origin)


async def test_a_new_approval_counts_at_the_next_request(call, grants, issuer, give):
    """Also if another process made it: who presents a grant token makes the server look."""
    be_still(grants)
    now = int(time.time())
    request = WISH._replace(via="connect", created=now, expires=now + 3600)
    _, token = issuer.issue(request, server=grants.server)
    assert (await call("GET", "api", origin="https://other.example", token=token)).code == 403
    assert not grants.approved._until.get("https://other.example")
    assert (await call("GET", "api", origin=WISH.origin, token=token)).code == 200


async def test_a_site_without_a_grant_is_a_stranger_again(call, grants, issuer):
    """At the next request with its token, whoever revoked it; then also for preflights."""
    now = int(time.time())
    request = WISH._replace(via="connect", created=now, expires=now + 3600)
    given, token = issuer.issue(request, server=grants.server)
    await grants.approved.look()
    be_still(grants)
    issuer.registry.revoke(given.id, now)
    for method in ("GET", "POST"):
        answer = await call(method, "api/contents", origin=WISH.origin, token=token)
        assert answer.code == 403
        assert json.loads(answer.body)["reason"] == "origin_not_listed"
        assert "Access-Control-Allow-Origin" not in answer.headers
    asks = {"Access-Control-Request-Method": "GET"}
    assert (await call("OPTIONS", "api", origin=WISH.origin, headers=asks)).code == 403


async def test_an_approval_ends_with_its_grant(grants, issuer, jp_serverapp, monkeypatch):
    """By the clock, without a look."""
    now = int(time.time())
    request = WISH._replace(via="connect", created=now, expires=now + 3600)
    issuer.issue(request, server=grants.server)
    await grants.approved.look()
    assert grants.approved.has(WISH.origin)
    monkeypatch.setattr(grants.approved, "_clock", lambda: now + 3600)
    assert not grants.approved.has(WISH.origin)
