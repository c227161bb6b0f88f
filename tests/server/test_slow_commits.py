"""What a slow disk does to a server that writes to its registry, and what other processes do."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
import time

import pytest
from support.constants import ALLOWED, REFUSED, TOKEN
from support.server.busy_registry import locked_in_turns

from escherpad_ext.errors import GrantsUnavailable
from escherpad_ext.grants import GrantRequest, Registry, own_writes, rows
from escherpad_ext.grants.own_writes import MAX_ASKED, MAX_SECONDS, OwnWrites


class SlowConnection:
    """A connection to a slow disk: what it commits is locked for all others until ``go``."""

    def __init__(self, connection, committing, go):
        self._connection = connection
        self._committing = committing
        self._go = go

    def execute(self, statement, *values):
        if statement == "BEGIN IMMEDIATE":
            statement = "BEGIN EXCLUSIVE"
        if statement == "COMMIT":
            self._committing.set()
            assert self._go.wait(60)
        return self._connection.execute(statement, *values)

    def __getattr__(self, name):
        return getattr(self._connection, name)


class SlowDisk:
    """The disk under one registry."""

    def __init__(self, registry, monkeypatch):
        self.committing = threading.Event()
        self.go = threading.Event()
        database = registry._database
        connect = database._connect
        monkeypatch.setattr(
            database, "_connect", lambda: SlowConnection(connect(), self.committing, self.go)
        )

    async def reach_the_commit(self):
        while not self.committing.is_set():
            await asyncio.sleep(0.001)


@pytest.fixture
def patience():
    """Wait no longer than the documents say."""


@pytest.fixture
def grants(jp_serverapp, http_server):
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    return extension._grants


@pytest.fixture
def slow(grants, monkeypatch):
    """Return the slow disk below what this server writes to the registry."""
    found = SlowDisk(grants.issuer.registry, monkeypatch)
    yield found
    found.go.set()


async def ask(call, token):
    """Return the status, and the reason of a refusal."""
    answer = await call("GET", "api/contents", origin=ALLOWED, token=token)
    return answer.code if answer.code == 200 else json.loads(answer.body)["reason"]


async def test_tokens_are_good_while_this_server_commits(call, give, grants, slow, issuer):
    """A commit of last use revokes nothing, and nobody else can write meanwhile."""
    grant, token = give("run")
    _, unused = give("view")
    assert await ask(call, token) == 200
    writing = asyncio.ensure_future(grants._uses.write())
    await slow.reach_the_commit()
    assert await ask(call, unused) == 200
    for _ in range(5):
        assert await ask(call, token) == 200
        assert await grants._watcher._try(time.time()) is None, "sockets would end"
    with Registry(issuer.registry._database.path, wait_seconds=0) as other:  # another process
        with pytest.raises(GrantsUnavailable, match="locked"):
            other.revoke(grant.id, time.time())
        slow.go.set()
        await writing
        assert issuer.registry.get(grant.id).last_used is not None
        assert other.revoke(grant.id, time.time())
    assert await ask(call, token) == "revoked"


async def test_a_commit_that_never_ends(call, give, grants, slow, monkeypatch):
    """After two seconds the lock proves nothing: grant tokens are refused, nothing else is."""
    _, token = give("run")
    assert await ask(call, token) == 200
    writing = asyncio.ensure_future(grants._uses.write())
    await slow.reach_the_commit()
    monkeypatch.setattr(grants._own_writes, "_clock", lambda: time.monotonic() + MAX_SECONDS)
    assert await ask(call, token) == "registry_unavailable"
    assert (await call("GET", "api/contents", origin=ALLOWED, token=TOKEN)).code == 200
    slow.go.set()
    await writing
    assert await ask(call, token) == 200


async def test_what_this_server_revokes_ends_before_the_commit(call, give, grants, slow):
    """What it writes holds at once, as its answer may reach somebody before this thread."""
    grant, token = give("run")
    assert await ask(call, token) == 200
    revoking = asyncio.ensure_future(
        grants.pages.run(lambda: grants.issuer.registry.revoke(grant.id, time.time()))
    )
    await slow.reach_the_commit()
    assert await ask(call, token) == "revoked"
    slow.go.set()
    assert await revoking


async def test_another_process_that_holds_the_lock(call, give, issuer):
    """Grant tokens are refused after a quarter of a second. Nobody else waits, or notices."""
    _, token = give("run")
    assert await ask(call, token) == 200
    other = sqlite3.connect(issuer.registry._database.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    waiting = asyncio.ensure_future(ask(call, token))
    for origin, given, code in ((None, TOKEN, 200), (ALLOWED, TOKEN, 200), (REFUSED, TOKEN, 403)):
        assert (await call("GET", "api/contents", origin=origin, token=given)).code == code
    assert await waiting == "registry_unavailable"
    other.close()
    assert await ask(call, token) == 200


async def test_a_lock_that_comes_and_goes(call, give, issuer):
    """140 ms held, 5 ms free: nobody else notices. Then all is as before."""
    _, token = give("run")
    with locked_in_turns(issuer.registry, held=0.14, free=0.005):
        for _ in range(5):
            waiting = asyncio.ensure_future(ask(call, token))
            for origin, code in ((ALLOWED, 200), (REFUSED, 403)):
                answer = await call("GET", "api/contents", origin=origin, token=TOKEN)
                assert answer.code == code
            assert await waiting in {200, "registry_unavailable"}
    assert await ask(call, token) == 200


async def test_a_full_disk(call, give, grants, issuer):
    """No grant can be made. Those that there are go on being good, and so does everything else."""
    grant, token = give("run")
    assert await ask(call, token) == 200
    now = int(time.time())
    request = GrantRequest(ALLOWED, frozenset({"api:read"}), "ana", now, now + 3600)

    def fill():
        """Let the file grow no more; SQLite says then what it says of a full disk."""
        connection = grants.issuer.registry._database._follow()
        (size,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {size}")
        while True:
            grants.issuer.issue(request)

    with pytest.raises(GrantsUnavailable, match="Its disk is full"):
        await grants.pages.run(fill)
    assert await ask(call, token) == 200
    assert (await call("GET", "api/contents", origin=ALLOWED, token=TOKEN)).code == 200
    await grants._uses.write()
    issuer.registry.revoke(grant.id, now)
    assert await ask(call, token) == "revoked"
    _, token = await grants.pages.run(lambda: grants.issuer.issue(request))
    assert (await call("GET", "api", origin=ALLOWED, token=token)).code == 200


# What is remembered


@pytest.fixture
def registry(tmp_path):
    with Registry(tmp_path / "data" / "grants.sqlite3") as found:
        yield found


WISH = GrantRequest(ALLOWED, frozenset({"api:read"}), "ana", 1_800_000_000, 1_800_003_600)


def test_only_this_file_and_only_for_so_long(registry):
    """An answer is good for the file that was read, while the block runs, for two seconds."""
    now = [0.0]
    writes = OwnWrites(lambda: now[0])
    grant = registry.create(WISH, "k")
    connection = registry._database._connection
    question = (rows.FIND, (grant.id,))
    with writes.holding(connection, "this file"):
        assert writes.active
        assert rows.grant_of(writes.answer(question, "this file")[0][1:]) == grant
        assert writes.answer((rows.INSTALL, ()), "this file")
        assert writes.answer(question, "another file") is None
        assert writes.answer((rows.FIND, ("another",)), "this file") is None
        now[0] = MAX_SECONDS
        assert writes.answer(question, "this file") is None
        assert not writes.active
        now[0] = 0
    assert writes.answer(question, "this file") is None
    assert not writes.active


def test_what_is_remembered_is_bounded(registry, monkeypatch):
    """The newest grants and the latest questions, however many there are."""
    monkeypatch.setattr(own_writes, "MAX_NEWEST", 3)
    writes = OwnWrites()
    grants = [registry.create(WISH, "k") for _ in range(6)]
    for number in range(1000):
        writes.ask((rows.FIND, (f"unknown {number}",)))
    writes.ask((rows.FIND, (grants[0].id,)))
    with writes.holding(registry._database._connection, None):
        known = [bool(writes.answer((rows.FIND, (grant.id,)), None)) for grant in grants]
        assert known == [True, False, False, True, True, True]
        assert len(writes._held.answers) == MAX_ASKED + 3 + 1
