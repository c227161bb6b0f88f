"""What the server does twice a second: nearly always nothing, and never nothing by mistake."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sys
import time
from contextlib import contextmanager, suppress

import pytest

from escherpad_ext.errors import GrantsUnavailable, TokenRefused
from escherpad_ext.grants import GrantRequest, Issuer, place_watch
from escherpad_ext.grants.place_watch import PlaceWatch
from escherpad_ext.grants.registry import FILE_NAME
from escherpad_ext.grants.written_files import WrittenFiles
from escherpad_ext.server import watcher as watching
from escherpad_ext.server.approved_origins import ApprovedOrigins
from escherpad_ext.server.grant_service import GrantService
from escherpad_ext.server.other_servers import OtherServers
from escherpad_ext.server.registry_thread import RegistryThread
from escherpad_ext.server.ticker import Ticker

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")


@pytest.fixture
def no_start(monkeypatch):
    """Have the server look for nothing by itself."""
    monkeypatch.setattr(GrantService, "start", lambda self, loop: None)


@pytest.fixture
def grants(long_quiet, no_start, jp_serverapp, monkeypatch):
    """Return what looks after grants, which does nothing by itself. Quiet lasts for an hour."""
    monkeypatch.setattr(watching, "MAX_AGE_SECONDS", 3600)
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    return extension._grants


@pytest.fixture(params=["watcher", "others"])
def part(grants, request):
    """Return each of the two parts that look for what other servers did."""
    return grants._watcher if request.param == "watcher" else grants.others


def revoke(give, issuer):
    grant, _ = give("run")
    issuer.registry.revoke(grant.id, time.time())


CHANGES = {"a grant": lambda give, issuer: give("run"), "a revocation": revoke}


async def until_nothing_is_left(part):
    """Do what there is to do. The first looks also make files."""
    for _ in range(10):
        work = part.tick()
        if work is None:
            return
        await work
    raise AssertionError("It never comes to rest.")


@linux_only
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_nothing_is_done_until_something_changes(part, give, issuer, change):
    """Whether or not there is a registry; then once."""
    for _ in range(2):
        await until_nothing_is_left(part)
        assert part.tick() is None
        change(give, issuer)
        work = part.tick()
        assert work is not None
        await work


@linux_only
async def test_what_an_app_wrote_elsewhere_is_seen(grants):
    """By a server that shares nothing but the folder."""
    await until_nothing_is_left(grants.others)
    assert not grants.written.any
    WrittenFiles(grants._folder, None).note("app", "path", "server")
    await grants.others.tick()
    assert grants.written.any


@linux_only
async def test_a_stopped_server_watches_nothing(part, grants):
    """The kernel has few watches, and tests, for example, start many servers in one process."""
    await until_nothing_is_left(part)
    snapshot = part._snapshot
    assert snapshot.holds()
    await grants.stop()
    assert not snapshot.holds()


async def test_where_nobody_says_what_changed(part, monkeypatch):
    """Each look is made, as on other systems than Linux."""
    monkeypatch.setattr(place_watch.PlaceWatch, "snapshot", lambda self, seconds: None)
    for _ in range(3):
        await part.tick()


@linux_only
async def test_a_failure_is_tried_again(part, grants, monkeypatch):
    """Though nothing changed."""
    await until_nothing_is_left(part)

    def fail():
        raise GrantsUnavailable("a lock")

    grants._folder.mkdir(parents=True)  # a change, so that there is a look
    with monkeypatch.context() as patch:
        patch.setattr(grants._checker.registry, "version", fail)
        await part.tick()
        work = part.tick()
        assert work is not None
        await work
    await until_nothing_is_left(part)


@linux_only
@pytest.mark.parametrize(
    ("part", "reads"),
    [
        (lambda grants: grants._watcher, lambda grants: (grants._checker.registry, "version")),
        (lambda grants: grants.others, lambda grants: (grants.written, "look")),
    ],
    ids=["watcher", "others"],
)
async def test_what_changes_during_a_look(grants, part, reads, monkeypatch):
    """It may have come too late for this one, so there is another."""
    await until_nothing_is_left(part(grants))
    grants._folder.mkdir(parents=True)
    owner, name = reads(grants)
    read = getattr(owner, name)

    def slowly():
        found = read()
        (grants._folder / "changed").touch()
        return found

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, slowly)
        await part(grants).tick()
    work = part(grants).tick()
    assert work is not None
    await work


@linux_only
async def test_sockets_that_were_not_looked_at(grants, give, http_server):
    """Their grant may have ended just before; the next look is at them, too."""
    grant, _ = give("run")
    await until_nothing_is_left(grants._watcher)
    asked = grants.sockets
    asked.grant_ids = lambda: [grant.id]
    work = grants._watcher.tick()
    assert work is not None
    await work
    assert grants._watcher.tick() is None
    asked.grant_ids = lambda: [grant.id, "another"]
    work = grants._watcher.tick()
    assert work is not None
    await work


@linux_only
async def test_what_this_server_commits_meanwhile(grants, give, monkeypatch):
    """A look while it commits finds nothing, so it does not count."""
    give("run")
    await until_nothing_is_left(grants._watcher)
    registry = grants._checker.registry

    @contextmanager
    def committing():
        with monkeypatch.context() as patch:
            patch.setattr(type(registry), "commits", property(lambda self: True))
            yield

    give("run")
    with committing():
        await grants._watcher.tick()
    work = grants._watcher.tick()
    assert work is not None
    await work


async def test_grants_end_by_the_clock(grants, give, monkeypatch):
    """Also where no look is made."""
    give("run")
    swept = []
    monkeypatch.setattr(grants.sockets, "sweep", swept.append)
    for number in range(1, 6):  # the last ones make no look on Linux
        work = grants._watcher.tick()
        if work is not None:
            await work
        assert len(swept) == number


STEPS = 1000 if os.environ.get("ESCHERPAD_FULL") else 60
NOW = 1_800_000_000
SITES = ["https://one.example", "https://two.example"]


class View:
    """What a server sees of what others change. It has just been started."""

    def __init__(self, folder):
        self._issuer, self._thread = Issuer(folder), RegistryThread(10_000)  # a busy machine
        self.approved = ApprovedOrigins(self._thread, self._issuer, lambda: NOW)
        self.written = WrittenFiles(folder, None)
        places = PlaceWatch((folder, folder / FILE_NAME, self.written.folder))
        self.others = OtherServers(self._thread, self.approved, self.written, places)

    async def tick(self):
        work = self.others.tick()
        if work is not None:
            await work

    async def stop(self):
        await self._thread.run(self._issuer.close)
        self._thread.stop()


@pytest.mark.parametrize("seed", range(2))
def test_looks_that_are_left_out_miss_nothing(seed, tmp_path):
    """Another server makes and revokes grants and notes what apps wrote, in any order.

    It also removes the registry. A naive oracle reads everything each time.
    """
    asyncio.run(compare_with_oracle(random.Random(seed), tmp_path / "data"))


async def compare_with_oracle(chance, folder):
    view, made = View(folder), []
    for step in range(STEPS):
        do_something(chance, folder, made, step)
        if chance.random() < 0.05:
            await view.stop()
            view = View(folder)
        await view.tick()
        naive, notes = Issuer(folder), WrittenFiles(folder, None)
        notes.look()
        expected = set(naive.registry.live_origins(naive.server_id(), NOW))
        naive.close()
        assert {site for site in SITES if view.approved.has(site)} == expected, step
        assert view.written.any == notes.any, step
    await view.stop()


def do_something(chance, folder, made, step):
    """Do one thing, or nothing."""
    what, issuer, notes = chance.random(), Issuer(folder), WrittenFiles(folder, None)
    if what < 0.25:
        site = chance.choice(SITES)
        request = GrantRequest(site, frozenset({"api:read"}), "ana", NOW, NOW + 3600, via="connect")
        made.append(issuer.issue(request)[0])
    elif what < 0.5 and made:
        with suppress(TokenRefused):
            issuer.registry.revoke(made.pop().id, NOW)
    elif what < 0.6:
        notes.note("app", f"file {step}", "server")
    elif what < 0.7:
        notes.look()
        notes.forget(each.id for each in notes.list())
    elif what < 0.75 and folder.exists():
        issuer.close()
        shutil.rmtree(folder)
        made.clear()
    issuer.close()


# The timer


class Part:
    """Something to do that lasts until it is told to end."""

    def __init__(self) -> None:
        self.ticks = 0
        self.end = asyncio.Event()

    def tick(self):
        self.ticks += 1
        return self.end.wait()


async def test_what_is_not_done_is_not_begun_again(jp_asyncio_loop):
    """Looks do not pile up where a disk hangs. The other parts go on."""
    slow, quick = Part(), Part()
    quick.end.set()
    ticker = Ticker(slow, quick, call_on_change=lambda call: None)
    for _ in range(3):
        ticker._tick()
        ticker.stop()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert (slow.ticks, quick.ticks) == (1, 3)
    slow.end.set()
    await ticker._working[slow]
    ticker._tick()
    ticker.stop()
    assert slow.ticks == 2
    await asyncio.sleep(0)
