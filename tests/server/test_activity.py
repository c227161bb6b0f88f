"""The record of what apps did: each thing once, in order, and nothing else."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import stat
import sys
import threading
import time
from contextlib import closing, suppress

import pytest
from support.constants import ALLOWED, TOKEN
from support.doc_pages import ROOT
from support.server.kernel_socket import KernelSocket

from escherpad_ext.errors import GrantsUnavailable
from escherpad_ext.grants import activity as kept
from escherpad_ext.grants import activity_limits
from escherpad_ext.grants.activity import CLOSED, OPENED, Action, ActivityFile, Client, Deed
from escherpad_ext.policy.activity_rows import DEFAULT_ROWS, LEAST_ROWS, MOST_ROWS
from escherpad_ext.policy.settings import SETTINGS, Settings
from escherpad_ext.server import activity as noting
from escherpad_ext.server import (
    activity_entry,
    merged_entries,
    patient_thread,
    uploads,
    waiting_entries,
)

NOTEBOOK = json.dumps({"type": "notebook", "content": None})
TEXT = json.dumps({"type": "file", "format": "text", "content": "x"})
CHUNKS = [
    json.dumps({"type": "file", "format": "text", "content": "x", "chunk": number})
    for number in (1, 2, -1)
]


@pytest.fixture
def recorded(recorder):
    """Return a function: write what waits, and return what the file has then."""

    async def read():
        await recorder.write()
        return all_of(recorder)

    return read


def all_of(recorder):
    """Return what is in the file, read as another process reads it."""
    with closing(ActivityFile(recorder._file.path.parents[1])) as file:
        return list(file.read())


def shown(deeds):
    """Return (what, where, answer, how often) of each."""
    found = []
    for deed in deeds:
        action = deed.action
        answer = action.reason or action.status
        found.append((action.method, action.path, answer, deed.times))
    return found


async def test_a_session(call, give, recorded, open_socket):
    """What the owner and strangers do is not in it."""
    grant, token = give("full")

    async def ask(method, path, body=None):
        return await call(method, path, origin=ALLOWED, token=token, body=body)

    await ask("GET", "api/contents?token=in-the-query")
    await ask("PUT", "api/contents/a%20b.txt", TEXT)
    for chunk in CHUNKS:
        await ask("PUT", "api/contents/large.txt", chunk)
    await ask("PATCH", "api/contents/large.txt", json.dumps({"path": "larger.txt"}))
    await ask("DELETE", "api/contents/larger.txt")
    name = json.loads((await ask("POST", "api/terminals")).body)["name"]
    socket = await open_socket(
        f"terminals/websocket/{name}",
        origin=ALLOWED,
        headers={"Authorization": f"token {token}"},
    )
    socket.close()
    while await socket.read_message() is not None:
        pass
    while not [each for each in await recorded() if each.action.method == "CLOSE"]:
        await asyncio.sleep(0.01)
    await ask("DELETE", f"api/terminals/{name}")
    for _ in range(20):
        await ask("PUT", "api/config/x", "{}")
    await ask("GET", "api/contents/missing")
    await call("GET", "api/contents", token=TOKEN)
    await call("GET", "api/contents", origin=ALLOWED, token=TOKEN)
    await call("GET", "api/contents", origin=ALLOWED, token=token + "x")
    deeds = await recorded()
    assert shown(deeds) == [
        ("GET", "/api/contents", 200, 1),
        ("PUT", "/api/contents/a%20b.txt", 201, 1),
        ("PUT", "/api/contents/large.txt", 201, 1),
        ("PATCH", "/api/contents/large.txt", 200, 1),
        ("DELETE", "/api/contents/larger.txt", 204, 1),
        ("POST", "/api/terminals", 200, 1),
        ("OPEN", f"/terminals/websocket/{name}", 101, 1),
        ("CLOSE", f"/terminals/websocket/{name}", deeds[7].action.status, 1),
        ("DELETE", f"/api/terminals/{name}", 204, 1),
        ("PUT", "/api/config/x", "out_of_reach", 20),
        ("GET", "/api/contents/missing", 404, 1),
    ]
    assert {each.client for each in deeds} == {Client(grant.id, ALLOWED, None, "An app")}
    assert [each.number for each in deeds] == sorted({each.number for each in deeds})


async def test_two_apps_are_told_apart(call, give, recorded):
    """Each grant has its own record."""
    grants = [give("view") for _ in range(2)]
    for _ in range(3):
        for _, token in grants:
            await call("GET", "api/contents", origin=ALLOWED, token=token)
    deeds = await recorded()
    assert [each.client.grant_id for each in deeds] == [grant.id for grant, _ in grants]
    assert [each.times for each in deeds] == [3, 3]


async def test_what_another_batch_merges(call, give, recorded):
    """Reads are one entry; a change is one as long as nothing else was changed."""
    _, token = give("edit")
    for path in ("a", "a", "b", "a"):
        for method, body in (("PUT", TEXT), ("GET", None)):
            await call(method, f"api/contents/{path}.txt", origin=ALLOWED, token=token, body=body)
            await recorded()
    assert shown(await recorded()) == [
        ("PUT", "/api/contents/a.txt", 201, 1),
        ("GET", "/api/contents/a.txt", 200, 3),
        ("PUT", "/api/contents/a.txt", 200, 1),
        ("PUT", "/api/contents/b.txt", 201, 1),
        ("GET", "/api/contents/b.txt", 200, 1),
        ("PUT", "/api/contents/a.txt", 200, 1),
    ]


async def test_what_is_merged_before_it_is_written(call, give, recorded):
    """The same request with another answer is another entry."""
    _, token = give("edit")
    for method in ("GET", "GET", "PUT", "GET", "GET", "DELETE", "GET"):
        body = TEXT if method == "PUT" else None
        await call(method, "api/contents/a.txt", origin=ALLOWED, token=token, body=body)
    assert shown(await recorded()) == [
        ("GET", "/api/contents/a.txt", 404, 3),
        ("PUT", "/api/contents/a.txt", 201, 1),
        ("GET", "/api/contents/a.txt", 200, 2),
        ("DELETE", "/api/contents/a.txt", 204, 1),
    ]


async def test_what_is_merged_has_an_end(call, give, recorded, monkeypatch):
    """After ten minutes, the same is another entry. Here it is after none."""
    monkeypatch.setattr(activity_entry, "MERGED_SECONDS", 0.0)
    _, token = give("view")
    for _ in range(3):
        await call("GET", "api/contents", origin=ALLOWED, token=token)
    assert [times for *_, times in shown(await recorded())] == [1, 1, 1]


async def test_how_often_a_read_was_repeated(recorder, give, monkeypatch):
    """It is written less often than what is new, and with it; a repeated change after a second."""
    monkeypatch.setattr(waiting_entries, "READS_TICKS", 3)
    grant, _ = give("edit")

    def do(method, path="/a", scope="contents:read"):
        recorder._add(grant, Action(scope, method, path, 200, ""), 1.0)

    async def ticks():
        """Return after how many ticks it was written."""
        for tick in range(1, 10):
            if (work := recorder.tick()) is not None:
                await work
                return tick
        return None

    do("GET")
    assert await ticks() == 1
    do("GET")
    do("GET")
    assert await ticks() == 3
    assert shown(all_of(recorder)) == [("GET", "/a", 200, 3)]
    for method, path, scope in [("GET", "/b", "contents:read"), ("PUT", "/a", "contents:write")]:
        do("GET")
        do(method, path, scope)
        assert await ticks() == 1
    do("PUT", "/a", "contents:write")
    do("GET")
    assert await ticks() == 2
    assert [each.times for each in all_of(recorder)] == [6, 1, 2]
    assert await ticks() is None


async def test_what_needs_no_login_is_no_refusal(call, give, recorded):
    """It is served in spite of the token's scopes."""
    _, token = give("run")
    assert (await call("GET", "api", origin=ALLOWED, token=token)).code == 200
    assert shown(await recorded()) == [("GET", "/api", 200, 1)]


async def test_it_writes_by_itself(call, give, recorder):
    """Nobody needs to ask: what happened is in the file soon, whatever then kills the server."""
    _, token = give("view")
    await call("GET", "api/contents", origin=ALLOWED, token=token)
    found = []
    while not found:
        await asyncio.sleep(0.01)
        with suppress(GrantsUnavailable):  # it is just being written
            found = all_of(recorder)
    assert shown(found) == [("GET", "/api/contents", 200, 1)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes")
async def test_only_the_owner_reads_it(call, give, recorded, recorder):
    """Like the registry."""
    _, token = give("view")
    await call("GET", "api/contents", origin=ALLOWED, token=token)
    await recorded()
    path = recorder._file.path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("trouble", ["damaged", "a folder"])
async def test_trouble_loses_the_record_and_nothing_else(
    call, give, recorder, caplog, jp_serverapp, trouble
):
    """Apps work on, and the log says it once. With a new file, the record goes on."""
    recorder._logger.addHandler(caplog.handler)
    caplog.set_level(logging.WARNING)
    path = recorder._file.path
    path.parent.mkdir(mode=0o700, parents=True)
    if trouble == "damaged":
        path.write_bytes(b"no database" * 1000)
        path.chmod(0o600)
    else:
        path.mkdir()
    _, token = give("view")
    for _ in range(3):
        answer = await call("GET", "api/contents", origin=ALLOWED, token=token)
        assert answer.code == 200
        await recorder.write()
    lines = [each.getMessage() for each in caplog.records if str(path) in each.getMessage()]
    assert len(lines) == 1
    path.rmdir() if path.is_dir() else path.unlink()
    await call("GET", "api/contents", origin=ALLOWED, token=token)
    await recorder.write()
    told = [(each.action.method, each.times) for each in all_of(recorder)]
    assert told == [("LOST", 3), ("GET", 1)]
    recorder._logger.removeHandler(caplog.handler)


class TestOff:
    """With ``activity = "off"``."""

    @pytest.fixture
    def escherpad_config(self):
        return {"allowed_origins": [ALLOWED], "activity": "off"}

    async def test_nothing_is_recorded(self, call, give, recorder):
        """There is not even a file."""
        _, token = give("view")
        assert (await call("GET", "api/contents", origin=ALLOWED, token=token)).code == 200
        await recorder.write()
        assert len(recorder._waiting) == 0
        assert SETTINGS["activity"].default == "on"


class TestMaxRows:
    """With ``activity_max_rows``."""

    @pytest.fixture
    def escherpad_config(self):
        return {"allowed_origins": [ALLOWED], "activity_max_rows": LEAST_ROWS}

    async def test_the_oldest_go(self, recorder, give, recorded):
        """The record keeps as many entries as the setting says."""
        grant, _ = give("edit")
        for number in range(LEAST_ROWS):
            recorder._add(grant, Action("contents:write", "PUT", f"/{number}", 200, ""), 1.0)
        last = [f"/{number}" for number in range(LEAST_ROWS * 3 // 5, LEAST_ROWS)]
        assert [each.action.path for each in await recorded()] == last


def test_a_wrong_setting_deletes_nothing():
    """Whatever number the owner wrote counts again when that is fixed."""
    assert Settings.denying().activity_max_rows == MOST_ROWS


def deed(number, *, grant="g", scope="contents:write", method="PUT", reason=""):
    client = Client(grant, ALLOWED, None, "An app")
    action = Action(scope, method, f"/{number}", 200, reason)
    return Deed(0, client, float(number), float(number), 1, action)


def paths(file, **which):
    return [each.action.path for each in file.read(**which)]


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(activity_limits, "MAX_GRANTS", 2)
    found = ActivityFile(tmp_path)
    found.max_rows = 20  # 8 changes, 8 pieces of code, 2 reads, and 2 refusals
    yield found
    found.close()


def test_it_is_bounded_per_grant(file):
    """The newest are kept. Reads, refusals and code displace no changes, and no other grant's."""
    file.write([deed(0, grant="another"), *(deed(number) for number in range(1, 4))])
    file.write([deed(number, reason="scope_missing") for number in range(10, 20)])
    file.write([deed(number, scope="contents:read") for number in range(20, 30)])
    assert paths(file) == ["/0", "/1", "/2", "/3", "/18", "/19", "/28", "/29"]
    file.write([deed(30, method="LOST", scope="contents:read")])
    file.write([deed(number, scope="contents:read") for number in range(40, 50)])
    assert paths(file)[4:] == ["/19", "/30", "/48", "/49"]
    file.write([deed(number, method="EXECUTE") for number in range(50, 60)])
    code = [f"/{number}" for number in range(52, 60)]
    assert paths(file) == ["/0", "/1", "/2", "/3", "/19", "/30", "/48", "/49", *code]
    file.write([deed(number) for number in range(60, 70)])
    changes = [f"/{number}" for number in range(62, 70)]
    assert paths(file, grant="g") == ["/19", "/30", "/48", "/49", *code, *changes]
    assert paths(file, grant="another") == ["/0"]


@pytest.mark.parametrize("most", [LEAST_ROWS, DEFAULT_ROWS, MOST_ROWS])
def test_the_shares_are_the_whole(most):
    """What docs/settings.md says."""
    shares = {kind: activity_limits.share_of(kind, most) for kind in activity_limits.TENTHS}
    assert sum(shares.values()) == most
    assert shares[activity_limits.CHANGE] == shares[activity_limits.CODE] == most * 2 // 5


def test_the_page_says_how_many():
    """docs/what-an-app-did.md has the numbers of the default."""
    text = (ROOT / "docs" / "what-an-app-did.md").read_text(encoding="utf-8")
    changes, reads, code, refused = map(activity_limits.share_of, range(4), [DEFAULT_ROWS] * 4)
    assert f"newest {changes} changes, the newest {code} pieces of code" in text
    assert f"newest {reads} reads, and the newest {refused} refusals" in text
    assert f"the {activity_limits.MAX_GRANTS} tokens that were first used last" in text


def test_an_older_file_is_migrated(tmp_path):
    """What it says stays, and what is new gets its place."""
    path = tmp_path / "activity" / "activity.sqlite3"
    old = kept.Database(
        path, wait_seconds=1.0, steps=(kept._make_tables,), own_writes=kept._NothingHeld()
    )
    with old.writing(make=True) as connection:
        connection.execute("INSERT INTO apps VALUES (1, 'g', 'https://a', NULL, 'n')")
        connection.execute(
            "INSERT INTO activity VALUES (1, 1, 0, 1, 2, 3, 'contents:write', 'PUT', '/a', 200, '')"
        )
    old.close()
    with closing(ActivityFile(tmp_path)) as file:
        file.write([deed(7)])
        first, second = file.read()
    assert (first.times, first.action) == (3, Action("contents:write", "PUT", "/a", 200, ""))
    assert second.action.path == "/7"


def test_it_is_bounded_in_all(file):
    """A new grant displaces the one that was used first at the beginning."""
    for grant in ("a", "b", "c"):
        file.write([deed(1, grant=grant)])
    assert {each.client.grant_id for each in file.read()} == {"b", "c"}


def test_what_waits_is_bounded(recorder, give, monkeypatch):
    """While a disk hangs, memory stays."""
    monkeypatch.setattr(waiting_entries, "MAX_WAITING", 10)
    monkeypatch.setattr(merged_entries, "MAX_KNOWN", 5)
    grant, _ = give("view")
    for number in range(100):
        action = Action("contents:read", "GET", f"/{number}", 200, "")
        recorder._add(grant, action, float(number))
    assert len(recorder._waiting) == 10
    assert len(recorder._merged) <= 5
    assert [each.count for each in recorder._waiting._missing.take()] == [90]
    recorder._waiting.take()


async def test_no_app_takes_the_room_of_others(recorder, give, monkeypatch):
    """One that does a thousand things at once loses its own. The others' stay in order."""
    monkeypatch.setattr(waiting_entries, "MAX_WAITING", 10)
    (busy, _), (other, _), (third, _) = (give("run") for _ in range(3))

    def do(grant, *numbers):
        for number in numbers:
            action = Action("contents:write", "PUT", f"/{number}", 200, "")
            recorder._add(grant, action, float(number))

    do(busy, *range(50))
    do(other, 50, 51)
    do(busy, *range(52, 99))
    do(third, 99)
    do(other, 100)
    await recorder.write()
    deeds = all_of(recorder)
    assert [(d.action.path, d.times) for d in deeds if d.client.grant_id == busy.id] == [
        ("", 91),
        *((f"/{number}", 1) for number in range(6)),
    ]
    rest = [(d.client.grant_id, d.action.path) for d in deeds if d.client.grant_id != busy.id]
    assert rest == [(other.id, "/50"), (other.id, "/51"), (third.id, "/99"), (other.id, "/100")]


async def test_no_app_ends_what_is_merged_of_others(recorder, give, monkeypatch):
    """Nor their uploads."""
    monkeypatch.setattr(merged_entries, "MAX_KNOWN", 5)
    monkeypatch.setattr(uploads, "MAX_OPEN", 5)
    (busy, _), (other, _) = (give("edit") for _ in range(2))
    read = Action("contents:read", "GET", "/a", 200, "")
    for number in range(50):
        recorder._add(busy, read._replace(path=f"/{number}"), 1.0)
        recorder._add(other, read, 1.0)
        write = Action("contents:write", "PUT", f"/{number}", 200, "")
        recorder._add_write(busy, write, 1.0, 1)
        recorder._add_write(other, write._replace(path="/b"), 1.0, min(number + 1, 2))
    await recorder.write()
    told = [(d.action.path, d.times) for d in all_of(recorder) if d.client.grant_id == other.id]
    assert told == [("/a", 50), ("/b", 1)]


async def test_what_kernels_are_asked(recorder, give):
    """It is written at the next tick, and whoever reads the record finds it before that."""
    (grant, _), socket = give("run"), KernelSocket()
    opened = Action("kernels:execute", OPENED, "/api/kernels/5/channels", 101, "")
    recorder.kernels.listen(socket, grant, opened)
    socket.ask("a")
    work = recorder.tick()
    assert work is not None
    await work
    assert [each.times for each in all_of(recorder)] == [1]
    socket.ask("b")
    found = await recorder.ask(lambda file: list(file.read()))
    assert [each.times for each in found] == [2]


async def test_what_nothing_more_can_be_counted_in(recorder, give, issuer, watcher):
    """It leaves memory: what a grant did that is over, and sockets that are closed."""
    (ended, _), (live, _) = (give("run") for _ in range(2))
    write = Action("contents:write", "PUT", "/a", 200, "")
    closed = Action("events:read", CLOSED, "/api/events/subscribe", 0, "")
    for grant in (ended, live):
        recorder._add(grant, write._replace(scope="contents:read", method="GET"), 1.0)
        recorder._add(grant, closed, 1.0)
        recorder._add(grant, closed, 1.0)
    await recorder.write()
    assert len(recorder._merged) == 2, "the reads"
    recorder._add(live, write, 2.0)
    await recorder.write()
    assert len(recorder._merged) == 3
    await watcher.look()
    issuer.registry.revoke(ended.id, time.time())
    await watcher.look()
    assert len(recorder._merged) == 2
    recorder._add(live, write, 3.0)
    await recorder.write()
    told = [(each.action.method, each.times) for each in all_of(recorder)]
    assert told == [("GET", 1), (CLOSED, 2), ("GET", 1), (CLOSED, 2), ("PUT", 2)]
    watcher._telemetry.expired(live)
    assert not len(recorder._merged)


async def test_a_clock_that_is_set_back(recorder, give):
    """What comes then is told as it comes, and not within something that is yet to be."""
    grant, _ = give("edit")
    for scope, moments in (("contents:read", (9e9, 9e9, 1.0, 2.0)), ("contents:write", (9e9, 3.0))):
        for now in moments:
            recorder._add(grant, Action(scope, "GET", "/a", 200, ""), now)
    await recorder.write()
    found = [(each.first, each.last, each.times) for each in all_of(recorder)]
    assert found == [(9e9, 9e9, 2), (1.0, 2.0, 2), (9e9, 9e9, 1), (3.0, 3.0, 1)]


async def test_what_is_missing_is_told_without_anything_else(recorder, give):
    """The app may do nothing more."""
    grant, _ = give("edit")
    recorder._waiting.miss(grant, 3)
    await recorder.tick()
    assert [(each.action.method, each.times) for each in all_of(recorder)] == [("LOST", 3)]
    assert recorder.tick() is None


async def test_what_nobody_thought_of(recorder, give, call, monkeypatch, caplog):
    """The record says that something is missing, and the log says why, once."""
    _, token = give("view")
    monkeypatch.setattr(noting, "what_was_done", lambda *_: 1 / 0)
    recorder._logger.addHandler(caplog.handler)
    for _ in range(2):
        answer = await call("GET", "api/contents", origin=ALLOWED, token=token)
        assert answer.code == 200
    recorder._logger.removeHandler(caplog.handler)
    await recorder.write()
    assert [(each.action.method, each.times) for each in all_of(recorder)] == [("LOST", 2)]
    assert len([each for each in caplog.records if "could not be recorded" in each.message]) == 1


async def test_a_disk_that_hangs(recorder, give, caplog, monkeypatch):
    """Nothing waits for it, and the log does not say that the file is damaged.

    What happens meanwhile is bounded. Each thing is written once, when the disk is back.
    """
    recorder._logger.addHandler(caplog.handler)
    monkeypatch.setattr(patient_thread, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(waiting_entries, "MAX_WAITING", 3)
    gate, write = threading.Event(), recorder._file.write
    monkeypatch.setattr(recorder._file, "write", lambda deeds: gate.wait(60) and write(deeds))
    grant, _ = give("view")

    def read(number):
        recorder._add(grant, Action("contents:read", "GET", f"/{number}", 200, ""), 1.0)

    read(0)
    writing = asyncio.ensure_future(recorder.write())
    while not [each for each in caplog.records if "its disk is slow" in each.getMessage()]:
        await asyncio.sleep(0.01)
    monkeypatch.undo()
    monkeypatch.setattr(waiting_entries, "MAX_WAITING", 3)
    for number in range(1, 6):
        read(number)
    gate.set()
    await writing
    await recorder.write()
    recorder._logger.removeHandler(caplog.handler)
    lines = [each for each in caplog.records if "not recorded" in each.getMessage()]
    assert len(lines) == 1
    told = [(each.action.path, each.times) for each in all_of(recorder)]
    assert told == [("/0", 1), ("", 2), ("/1", 1), ("/2", 1), ("/3", 1)]


async def test_a_disk_that_hangs_at_the_end(recorder, give, monkeypatch):
    """The server stops nevertheless."""
    monkeypatch.setattr(patient_thread, "PATIENCE_SECONDS", 0.01)
    gate = threading.Event()
    monkeypatch.setattr(recorder._file, "write", lambda _deeds: gate.wait(60))
    grant, _ = give("view")
    recorder._add(grant, Action("contents:read", "GET", "/", 200, ""), 1.0)
    await recorder.stop()
    assert not gate.is_set()
    gate.set()


def test_others_cannot_write_it(file):
    """Such a file is not used."""
    if os.name != "posix":
        pytest.skip("Windows has no file modes")
    file.write([deed(1)])
    file.path.chmod(0o666)
    with pytest.raises(GrantsUnavailable) as caught:
        file.write([deed(2)])
    assert "Other users can write" in caught.value.what
