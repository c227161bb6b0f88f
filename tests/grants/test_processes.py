"""Many processes on one registry at once, and processes that are killed."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time

import pytest

from escherpad_ext.errors import TokenRefused
from escherpad_ext.grants import Registry

pytestmark = pytest.mark.slow

NOW = 1_800_000_000
PROCESSES = 8
EACH = 15

PRELUDE = f"""
import os, random, sys
from pathlib import Path
from escherpad_ext.errors import TokenRefused
from escherpad_ext.grants import Registry, GrantRequest

NOW = {NOW}
folder, name = Path(sys.argv[1]), sys.argv[2]
registry = Registry(folder / "grants.sqlite3", wait_seconds=60)
def request(): # one grant
    return GrantRequest("none", frozenset({{"a:read"}}), "ana", NOW, NOW + 3600, name=name)
def say(*words):
    os.write(1, (" ".join(words) + "\\n").encode())
"""

# What was revoked is told to the others only after `revoke` has returned; they read that first and
# ask the registry then. So an acceptance would be one of a revoked grant, whatever the timing.
WORK = (
    PRELUDE
    + f"""
chance = random.Random(name)
log = os.open(folder / "revoked", os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600)
def revoked(): return (folder / "revoked").read_text().split()
say("ready")
sys.stdin.readline()
def check(one):
    try:
        return registry.check(one, NOW) and "accepted"
    except TokenRefused as refusal:
        return refusal.code
for turn in range({EACH}):
    grant = registry.create(request(), "k")
    say("made", grant.id)
    assert check(grant.id) in ("accepted", "revoked")  # by another one, within a moment
    registry.touch(grant, NOW + turn)
    registry.flush(NOW + turn)
    told = revoked()
    for one in told[-20:] + chance.sample(told, min(5, len(told))):
        assert check(one) == "revoked", one
    if turn % 3 == 0:
        live = [grant.id for grant in registry.list(NOW)]
        target = chance.choice([*live, grant.id])
        registry.revoke(target, NOW)
        os.write(log, (target + "\\n").encode())
registry.flush(NOW + {EACH}, at_once=True)
"""
)


def start(code, folder, name, **options):
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


def test_processes_at_once_lose_nothing_and_accept_nothing_revoked(tmp_path):
    """Eight create, use, revoke, list on one file that none of them finds there."""
    processes = [start(WORK, tmp_path, str(number)) for number in range(PROCESSES)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    made = set()
    for process in processes:
        output, _ = process.communicate(timeout=100)
        made |= {line.split()[1] for line in output.splitlines() if line.startswith("made")}
        assert process.returncode == 0
    revoked = set((tmp_path / "revoked").read_text().split())
    with Registry(tmp_path / "grants.sqlite3") as registry:
        found = {grant.id: grant for grant in registry.list(NOW, ended=True)}
        assert len(made) >= PROCESSES * EACH
        assert made <= set(found)
        assert revoked == {grant.id for grant in found.values() if grant.revoked is not None}
        assert {grant.name for grant in found.values()} == set(map(str, range(PROCESSES)))
        used = {grant.name for grant in found.values() if grant.last_used is not None}
        assert used == set(map(str, range(PROCESSES)))
    assert healthy(tmp_path)


def healthy(folder):
    connection = sqlite3.connect(folder / "grants.sqlite3")
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


ENDLESS = (
    PRELUDE
    + """
say("ready")
turn = 0
while True:
    turn += 1
    grant = registry.create(request(), "k")
    say("made", grant.id)
    registry.touch(grant, NOW + turn * 60)
    registry.flush(NOW + turn * 60)
    if turn % 2:
        registry.revoke(grant.id, NOW)
        say("revoked", grant.id)
"""
)


@pytest.mark.skipif(os.name != "posix", reason="kills")
def test_a_process_that_is_killed_leaves_what_it_reported(tmp_path):
    """kill -9 at any moment: what was made is there, what was revoked is refused, others go on."""
    chance = random.Random(3)
    made, revoked = set(), set()
    for number in range(12):
        process = start(ENDLESS, tmp_path, str(number))
        assert process.stdout.readline() == "ready\n"
        # A moment, not a condition to wait for: any will do.
        time.sleep(chance.uniform(0, 0.15))
        process.kill()
        for line in process.communicate()[0].splitlines():
            what, _, grant_id = line.partition(" ")
            if len(grant_id) == 32:
                (made if what == "made" else revoked).add(grant_id)
        with Registry(tmp_path / "grants.sqlite3") as registry:
            for grant_id in made - revoked:
                assert registry.get(grant_id) is not None
            for grant_id in revoked:
                with pytest.raises(TokenRefused) as caught:
                    registry.check(grant_id, NOW)
                assert caught.value.code == "revoked"
            registry.ensure()
    assert made
    assert revoked
    assert healthy(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="kills")
def test_a_busy_writer_keeps_no_reader_out(tmp_path):
    """Between its transactions there is always a moment."""
    process = start(ENDLESS, tmp_path, "busy")
    try:
        assert process.stdout.readline() == "ready\n"
        grant_id = process.stdout.readline().split()[1]
        with Registry(tmp_path / "grants.sqlite3", wait_seconds=10) as registry:
            for _ in range(100):
                assert registry.get(grant_id) is not None
    finally:
        process.kill()
        process.communicate()


FIRST = (
    PRELUDE
    + """
say("ready")
sys.stdin.readline()
say(registry.ensure())
"""
)


def test_processes_that_make_the_registry_at_once_share_it(tmp_path):
    """One install, whoever was first."""
    for attempt in range(3):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        processes = [start(FIRST, folder, "x") for _ in range(4)]
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        installs = {process.communicate(timeout=60)[0] for process in processes}
        assert len(installs) == 1
        with Registry(folder / "grants.sqlite3") as registry:
            assert installs == {registry.install() + "\n"}
