"""The log's lines about grants: one for each event, which an owner understands."""

from __future__ import annotations

import logging
import time

import pytest
from support.constants import ALLOWED

from escherpad_ext.server.expiries import INTERVAL_SECONDS, Expiries
from escherpad_ext.server.grant_log import GrantLog

WEIRD = "a\nb\x1b[31m\u202e" + "x" * 1_000_000


def lines_of(caplog):
    return [each.getMessage() for each in caplog.records if " grant token " in each.getMessage()]


@pytest.fixture
def said(caplog, jp_serverapp):
    """Return a function: the lines about grants so far."""
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    caplog.set_level(logging.INFO)
    extension.log.addHandler(caplog.handler)
    yield lambda: lines_of(caplog)
    extension.log.removeHandler(caplog.handler)


@pytest.fixture
def grants(jp_serverapp, http_server):
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    return extension._grants


@pytest.fixture
def clock():
    """Return a list with the time of day, which a test may change."""
    return [time.time()]


@pytest.fixture
def expiries(grants, clock):
    """Return what looks for expired grants, by that clock."""
    registry = grants._checker.registry
    return Expiries(grants._thread, registry, grants._telemetry, lambda: clock[0])


async def test_a_line_for_each_event(said, grants, call, give, issuer):
    """Created, first used, revoked: however often it is used or looked at."""
    await grants._watcher.look()
    grant, token = give("run", folder=None)
    for _ in range(2):
        await grants._watcher.look()
        assert (await call("GET", "api/contents", origin=ALLOWED, token=token)).code == 200
    issuer.registry.revoke(grant.id, time.time())
    for _ in range(2):
        await grants._watcher.look()
    made, used, revoked = said()
    assert made.startswith(f"A grant token was made for the site '{ALLOWED}' ('An app'). ")
    assert "It allows run (full control) in all files until " in made
    assert made.endswith(f"jupyter escherpad token revoke {grant.id}")
    assert "used for the first time, from " in used
    assert "revoked" in revoked
    assert all(grant.id in line for line in (used, revoked))
    assert not any(part in line for line in said() for part in token.split("."))


async def test_what_the_clock_ends_is_told_once(said, expiries, clock, give, issuer):
    """Those that end between two looks, and none that was revoked."""
    revoked, _ = give("view", lifetime=10)
    issuer.registry.revoke(revoked.id, clock[0] + 1)
    ended = [give("view", lifetime=seconds)[0] for seconds in (20, 10, 10)]
    give("view", lifetime=600)
    clock[0] += 100
    for _ in range(2):
        await expiries.look()
    told = [line for line in said() if " expired " in line]
    assert len(told) == len(ended)
    assert {grant.id for grant in ended} == {line.split("(ID ")[1].split(")")[0] for line in told}
    assert ended[0].id in told[-1]


async def test_it_looks_only_now_and_then(expiries, clock):
    """A clock that was set back is no reason to wait."""
    start = clock[0]
    looks = {0: False, INTERVAL_SECONDS - 1: False, INTERVAL_SECONDS + 1: True, -5: True}
    for later, due in looks.items():
        clock[0] = start + later
        work = expiries.tick()
        assert (work is not None) is due
        if work is not None:
            work.close()


@pytest.mark.parametrize("origin", [WEIRD, "none"])
def test_nothing_breaks_a_line(caplog, give, origin):
    """A registry that was tampered with shows as one short line, without control characters."""
    caplog.set_level(logging.INFO)
    log = GrantLog(logging.getLogger("grants"))
    plain, _ = give("view")
    grant = plain._replace(
        origin=origin, name=WEIRD, folder=WEIRD, id=WEIRD, scopes=frozenset({WEIRD})
    )
    for tell in (log.created, log.revoked, log.expired):
        tell(grant)
    log.first_used(grant, WEIRD)
    assert len(lines_of(caplog)) == 4
    for line in lines_of(caplog):
        assert line.isprintable()
        assert len(line) < 2000
