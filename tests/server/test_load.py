"""Many sockets of several origins at once, grants that are revoked meanwhile, and what is left."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import random
import sys
import time
import weakref
from collections import Counter

import pytest
from jupyter_server.services.events.handlers import SubscribeWebsocket
from support.constants import TOKEN

from escherpad_ext.server.ticker import INTERVAL_SECONDS
from escherpad_ext.server.watcher import TOLD_AT_ONCE

SEED = 6
ORIGINS = ("https://app.example.com", "https://lab.example.edu", "http://localhost:3000")
SOCKETS = 60
GRANTS = 30
PROTOCOL = "v1.token.websocket.jupyter.org"
PROMISED_SECONDS = 2
PROMISED_LOOKS = 2  # however long each takes on a machine that is busy

# Revokes by the command's own code, in a process of its own, at the moments that it is told.
REVOKING = """
import sys, time
from escherpad_ext.cli import main
print("ready", flush=True)
for line in sys.stdin:
    grant, pause = line.split()
    time.sleep(float(pause))
    assert main(["token", "revoke", grant]) == 0
    print("revoked", grant, flush=True)
"""


@pytest.fixture
def escherpad_config():
    return {"allowed_origins": list(ORIGINS)}


@pytest.fixture
def looks(watcher, monkeypatch):
    """Return when the watcher looked, since now."""
    begun = []
    look = watcher.tick

    def noted():
        begun.append(time.monotonic())
        return look()

    monkeypatch.setattr(watcher, "tick", noted)
    return begun


class Client:
    """A socket of an app: it answers what the server says, and keeps after which look it ended."""

    def __init__(self, grant, socket, looks, *, of_kernel) -> None:
        self.grant = grant
        self.of_kernel = of_kernel
        self.socket = socket
        self.looks = looks
        self.ended_after = -1
        self._answered = asyncio.Event()
        socket.on_pong = lambda _data: self._answered.set()
        self.end = asyncio.ensure_future(self._listen())

    async def _listen(self):
        while await self.socket.read_message() is not None:
            pass
        self.ended_after = len(self.looks)

    async def answers(self):
        """Fail unless the server still answers (RFC 6455, section 5.5.3)."""
        self._answered.clear()
        self.socket.ping(b"still there?")
        await asyncio.wait_for(self._answered.wait(), 20)

    async def close(self):
        self.socket.close()
        await asyncio.wait_for(self.end, 20)


@pytest.fixture
def clients(give, open_socket, call, looks):
    """Return a function that opens sockets of a kernel and of events, each of a random grant."""

    async def open_all(chance):
        answer = await call("POST", "api/kernels", token=TOKEN, body="{}")
        kernel = f"api/kernels/{json.loads(answer.body)['id']}/channels?session_id="
        given = [give("run", origin=ORIGINS[number % 3]) for number in range(GRANTS)]

        async def open_one(number):
            grant, token = chance.choice(given)
            of_kernel = number % 3 == 0
            path = f"{kernel}{number}" if of_kernel else "api/events/subscribe"
            protocols = [PROTOCOL, f"{PROTOCOL}.{token}"]
            socket = await open_socket(path, origin=grant.origin, protocols=protocols)
            return Client(grant, socket, looks, of_kernel=of_kernel)

        return [await open_one(number) for number in range(SOCKETS)]

    return open_all


async def revoke(grants, chance, looks):
    """Revoke these in another process; return after which look each was heard to be revoked."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        REVOKING,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await process.stdout.readline() == b"ready\n"
    process.stdin.writelines(f"{each} {chance.uniform(0, 0.1)}\n".encode() for each in grants)
    process.stdin.close()
    heard = {}
    async for line in process.stdout:
        if line.startswith(b"revoked "):
            heard[line.split()[1].decode()] = len(looks)
    assert await process.wait() == 0
    return heard


def event_sockets(watcher):
    """Return weak references to the server's side of the apps' event sockets."""
    known = [each for handlers in watcher._sockets._sockets.values() for each in handlers]
    return [weakref.ref(each) for each in known if isinstance(each, SubscribeWebsocket)]


async def until_gone(references):
    """Wait until nothing keeps these in memory."""
    while any(each() is not None for each in references):
        gc.collect()
        await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_revoked_at_random(clients, watcher, looks):
    """Every socket of a revoked grant ends at the next looks, and no other one. None is kept.

    Whatever is still open then is closed by its app: nothing remembers either kind.
    """
    assert PROMISED_LOOKS * INTERVAL_SECONDS < PROMISED_SECONDS
    chance = random.Random(SEED)
    opened = await clients(chance)
    in_memory = event_sockets(watcher)
    used = list(dict.fromkeys(client.grant.id for client in opened))
    revoked = set(chance.sample(used, len(used) // 2))
    doomed = [client for client in opened if client.grant.id in revoked]
    kept = [client for client in opened if client.grant.id not in revoked]
    heard = await revoke([each for each in used if each in revoked], chance, looks)
    await asyncio.wait_for(asyncio.gather(*(client.end for client in doomed)), 30)
    for client in doomed:
        assert (client.socket.close_code, client.socket.close_reason) == (4401, "revoked")
        assert client.ended_after <= heard[client.grant.id] + PROMISED_LOOKS
    assert looks
    await asyncio.gather(*(client.answers() for client in kept))
    assert not any(client.end.done() for client in kept)
    assert set(watcher._sockets.grant_ids()) == {client.grant.id for client in kept}
    for client in kept:
        await client.close()
    await asyncio.wait_for(until_gone(in_memory), 20)
    assert len(in_memory) == SOCKETS * 2 // 3
    # Core itself keeps a kernel's for half a minute, until its next ping.
    assert set(watcher._sockets.grant_ids()) <= {c.grant.id for c in kept if c.of_kernel}


class Turns(logging.Handler):
    """An event log that notes in which turn of the server's loop it was told of which change."""

    def __init__(self):
        super().__init__()
        self.turn = 0
        self.told = []
        self.open_sockets = []
        self.sockets = None

    def emit(self, record):
        if record.msg.get("change") in {"created", "revoked"}:
            self.told.append((self.turn, record.msg["change"], record.msg["grant"]))
            if self.sockets is not None:
                self.open_sockets += self.sockets._sockets

    async def count(self, how_many):
        """Count turns until so many changes were told of."""
        while len(self.told) < how_many:
            await asyncio.sleep(0)
            self.turn += 1


@pytest.fixture
def event_log(jp_serverapp, http_server):
    """Return an event log of the running server, as its owner can add one."""
    handler = Turns()
    jp_serverapp.event_logger.register_handler(handler)
    yield handler
    jp_serverapp.event_logger.remove_handler(handler)


async def test_many_changes_hold_nothing_up(give, issuer, watcher, event_log):
    """Hundreds of changes are told of in many turns of the loop: it has other things to do."""
    await watcher.look()
    grants = {give("view")[0].id for _ in range(5 * TOLD_AT_ONCE)}
    await asyncio.wait_for(event_log.count(len(grants)), 20)
    issuer.registry.revoke_all(time.time())
    await asyncio.wait_for(event_log.count(2 * len(grants)), 20)
    assert max(Counter(turn for turn, _, _ in event_log.told).values()) <= TOLD_AT_ONCE
    told = Counter((change, grant) for _, change, grant in event_log.told)
    assert told == Counter({(change, g): 1 for change in ("created", "revoked") for g in grants})


async def test_sockets_end_before_anybody_is_told(give, issuer, clients, watcher, event_log):
    """However long listeners take to hear of a revocation, the sockets have ended by then."""
    await watcher.look()
    opened = await clients(random.Random(SEED))
    await asyncio.wait_for(event_log.count(GRANTS), 20)
    event_log.sockets = watcher._sockets
    issuer.registry.revoke_all(time.time())
    await asyncio.wait_for(asyncio.gather(*(client.end for client in opened)), 20)
    await asyncio.wait_for(event_log.count(2 * GRANTS), 20)
    assert event_log.open_sockets == []


async def test_a_server_that_stops_tells_of_what_it_knows(give, issuer, watcher, event_log):
    """A log of events lacks nothing that this server had seen."""
    await watcher.look()
    for _ in range(3 * TOLD_AT_ONCE):
        give("view")
    await watcher.look()
    await watcher.finish()
    assert len(event_log.told) == 3 * TOLD_AT_ONCE
