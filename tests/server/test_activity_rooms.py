"""What the record says of rooms: who entered, how much it edited, and when it left."""

from __future__ import annotations

import asyncio
import gc
import json
from contextlib import closing, suppress

import pytest
from support.constants import ALLOWED, TOKEN
from support.server.rooms import with_rooms

pytest.importorskip("pycrdt", reason="jupyter-collaboration brings it")
from support.server.room_person import Person

from escherpad_ext.errors import GrantsUnavailable
from escherpad_ext.grants.activity import ActivityFile
from escherpad_ext.server.recorded_path import recorded_path

pytestmark = pytest.mark.filterwarnings("ignore")  # the extensions warn of each other

PROTOCOL = "v1.token.websocket.jupyter.org"
SESSION = json.dumps({"format": "text", "type": "file"})


@pytest.fixture
def server_config(tmp_path):
    return with_rooms(SQLiteYStore={"db_path": str(tmp_path / "rooms.db")})


@pytest.fixture
def room(jp_asyncio_loop, call, open_socket):
    """Return the room of a text that the owner wrote: its path, and a function to enter it."""
    body = json.dumps({"type": "file", "format": "text", "content": "first"})

    async def make():
        assert (await call("PUT", "api/contents/a%20b.txt", token=TOKEN, body=body)).code == 201
        path = "api/collaboration/session/a%20b.txt"
        return json.loads((await call("PUT", path, token=TOKEN, body=SESSION)).body)

    found = jp_asyncio_loop.run_until_complete(make())
    path = f"api/collaboration/room/text:file:{found['fileId']}"

    async def enter(token):
        protocols = [PROTOCOL, f"{PROTOCOL}.{token}"]
        url = f"{path}?sessionId={found['sessionId']}"
        person = Person(await open_socket(url, origin=ALLOWED, protocols=protocols))
        await person.read(lambda text: "first" in text)
        return person

    return f"/{path}", enter


@pytest.fixture
def recorded(recorder):
    """Return a function: wait until so many entries are written by themselves; return them."""

    async def read(enough):
        while True:
            found = []
            file = ActivityFile(recorder._file.path.parents[1])
            with closing(file), suppress(GrantsUnavailable):  # it is just being written
                found = list(file.read())
            if enough(found):
                return found
            await asyncio.sleep(0.02)

    return read


def shown(deeds):
    return [(a.method, a.path, a.target, d.times) for d in deeds for a in (d.action,)]


@pytest.mark.parametrize("scope", ["edit", "run"])
async def test_each_app_has_its_own_edits(room, give, recorded, scope):
    """Those of others in the room are not counted, and neither is what was read."""
    path, enter = room
    (first, token), (second, other) = give(scope), give("edit")
    app, another, owner = await enter(token), await enter(other), await enter(TOKEN)
    await app.write("a", "b", "c")
    await owner.write(*"0123456789")
    await another.write("d")
    await app.read(lambda text: all(each in text for each in "abcd9"))
    await app.leave()
    await another.leave()
    deeds = await recorded(lambda found: sum(d.action.method == "LEAVE" for d in found) == 2)
    at = (path, "/api/contents/a%20b.txt")
    for grant, edits in ((first, 3), (second, 1)):
        own = [each for each in deeds if each.client.grant_id == grant.id]
        assert shown(own) == [("ENTER", *at, 1), ("EDIT", *at, edits), ("LEAVE", *at, 1)]
    assert len(deeds) == 6


async def test_edits_are_written_while_they_are_made(room, give, recorded):
    """Nobody has to leave: after a crash, nearly all is there."""
    _, enter = room
    _, token = give("edit")
    app = await enter(token)
    for number in range(1, 4):
        await app.write("x")
        deeds = await recorded(lambda found, n=number: found and found[-1].times >= n)
        assert [(d.action.method, d.times) for d in deeds] == [("ENTER", 1), ("EDIT", number)]


async def test_who_only_reads_edits_nothing(room, give, recorded):
    """Also pages that are asked what they have."""
    _, enter = room
    _, token = give("edit")
    app, owner = await enter(token), await enter(TOKEN)
    await owner.write("z")
    await app.read(lambda text: "z" in text)
    await app.leave()
    deeds = await recorded(lambda found: len(found) > 1)
    assert [d.action.method for d in deeds] == ["ENTER", "LEAVE"]


@pytest.mark.parametrize(
    "name", ["JupyterLab:globalAwareness", "a%0A%1b%5B31m%E2%80%AE", "x" * 3000]
)
async def test_rooms_without_a_file(open_socket, give, recorded, name, room):
    """Whatever their names are, they are one entry with a bounded path."""
    _, token = give("edit")
    path = f"api/collaboration/room/{name}"
    protocols = [PROTOCOL, f"{PROTOCOL}.{token}"]
    socket = await open_socket(path, origin=ALLOWED, protocols=protocols)
    socket.close()
    deeds = await recorded(lambda found: len(found) > 1)
    assert shown(deeds) == [(each, recorded_path(f"/{path}"), "", 1) for each in ("ENTER", "LEAVE")]


@pytest.mark.parametrize("escaped", [False, True])
async def test_a_room_without_a_file_has_none(open_socket, give, recorded, room, escaped):
    """Whatever number of a file its address has besides."""
    _, token = give("edit")
    number = room[0].rpartition(":")[2]
    name = f"text%3Afile%3A{number}" if escaped else "new"
    protocols = [PROTOCOL, f"{PROTOCOL}.{token}"]
    path = f"api/collaboration/room/{name}"
    socket = await open_socket(f"{path}?id={number}", origin=ALLOWED, protocols=protocols)
    socket.close()
    deeds = await recorded(lambda found: len(found) > 1)
    assert shown(deeds) == [(each, f"/{path}", "", 1) for each in ("ENTER", "LEAVE")]


@pytest.mark.parametrize(
    "query", ["?merge=true", "?merge=%00true", "?merge=false", "?merge=%ff", ""]
)
async def test_a_copy_that_is_merged_is_an_edit(room, give, recorded, call, query):
    """The room's file changes, whatever the request is called."""
    path, enter = room
    await enter(TOKEN)
    _, token = give("run")
    forks, app = "api/collaboration/fork", {"origin": ALLOWED, "token": token}
    made = await call("PUT", f"{forks}/{path.rpartition('/')[2]}", body="{}", **app)
    copy = f"{forks}/{json.loads(made.body)['fork_roomid']}"
    answer = await call("DELETE", f"{copy}{query}", **app)
    assert answer.code == (200 if "e" in query[-1:] else 400)
    _, found = shown(await recorded(lambda found: len(found) > 1))
    edit = ("EDIT", f"/{copy}", "/api/contents/a%20b.txt", 1)
    assert found == (edit if "true" in query else ("DELETE", f"/{copy}", "", 1))
    gc.collect()  # the host leaves streams of the copy open: no later test is to be warned of them
