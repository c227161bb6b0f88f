"""What a grant without code execution writes into a room is not trusted, and is noted."""

from __future__ import annotations

import asyncio
import json

import pytest
from support.constants import ALLOWED, TOKEN
from support.server.rooms import with_rooms
from tornado.websocket import WebSocketClosedError

pycrdt = pytest.importorskip("pycrdt", reason="jupyter-collaboration brings it")
from pycrdt import Array, Decoder, Doc, Map  # noqa: E402

from escherpad_ext.server.room_authors import Authors  # noqa: E402
from escherpad_ext.server.room_edits import apply_harmless  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # the extensions warn of each other

PROTOCOL = "v1.token.websocket.jupyter.org"
HTML = {"output_type": "display_data", "metadata": {}, "data": {"text/html": "<script>"}}
TEXT = {"output_type": "stream", "name": "stdout", "text": "x"}
MORE = {"output_type": "stream", "name": "stderr", "text": "y"}
BOTH = {**HTML, "data": {"text/html": "<script>", "text/plain": "1"}}


@pytest.fixture
def server_config(tmp_path):
    return with_rooms(
        YDocExtension={"document_save_delay": 0.01, "file_poll_interval": 0.1},
        SQLiteYStore={"db_path": str(tmp_path / "rooms.db")},
    )


class Client:
    """Somebody in a room."""

    def __init__(self, socket, doc=None):
        self.socket = socket
        self.doc = doc or Doc()
        self.cells = self.doc.get("cells", type=Array)

    async def sync(self, enough=lambda _: True):
        """Ask for what there is until it is enough."""
        while True:
            await self.socket.write_message(pycrdt.create_sync_message(self.doc), binary=True)
            message = b""
            while message[:2] != b"\0\1":
                message = await asyncio.wait_for(self.socket.read_message(), 20)
            self.doc.apply_update(Decoder(message[2:]).read_message())
            if enough(self.cells.to_py()):
                return self.cells.to_py()

    async def send(self, change):
        """Change the document, and send the change."""
        state = self.doc.get_state()
        change(self.cells)
        update = self.doc.get_update(state)
        await self.socket.write_message(pycrdt.create_update_message(update), binary=True)

    async def announce(self):
        """Say that this page is there, as pages do when they enter."""
        awareness = pycrdt.Awareness(self.doc)
        awareness.set_local_state({"user": "x"})
        update = awareness.encode_awareness_update([self.doc.client_id])
        await self.socket.write_message(pycrdt.create_awareness_message(update), binary=True)

    def as_author(self, client_id):
        """Return the same client, writing under another number."""
        forged = Client(self.socket, Doc(client_id=client_id))
        forged.doc.apply_update(self.doc.get_update())
        return forged


@pytest.fixture
def room(jp_asyncio_loop, call, ask, open_socket):
    """Return a function: somebody enters the room of a notebook that the owner wrote."""
    cells = [cell("a", TEXT, trusted=True)]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    body = json.dumps({"type": "notebook", "content": notebook})

    async def make():
        answer = await call("PUT", "api/contents/a.ipynb", token=TOKEN, body=body)
        assert answer.code == 201
        session = {"format": "json", "type": "notebook"}
        return json.loads((await ask("PUT", "api/collaboration/session/a.ipynb", session)).body)

    found = jp_asyncio_loop.run_until_complete(make())

    async def enter(token):
        path = f"api/collaboration/room/json:notebook:{found['fileId']}"
        client = Client(
            await open_socket(
                f"{path}?sessionId={found['sessionId']}",
                origin=ALLOWED,
                protocols=[PROTOCOL, f"{PROTOCOL}.{token}"],
            )
        )
        await client.sync(len)
        return client

    return enter


def cell(name, *outputs, trusted=False):
    return {
        "cell_type": "code",
        "id": name,
        "execution_count": None,
        "metadata": {"trusted": trusted},
        "outputs": list(outputs),
        "source": "",
    }


def shared(name, *outputs, trusted=False):
    made = cell(name, *outputs, trusted=trusted)
    return Map({**made, "metadata": Map(made["metadata"]), "outputs": Array(made["outputs"])})


def written(jp_serverapp):
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    return [note.path for note in extension._grants.written.list()]


async def number_of_another(ask, jp_serverapp):
    """Return the query that names another file than the path of a request does."""
    model = {"type": "file", "format": "text", "content": "x"}
    assert (await ask("PUT", "api/contents/b.txt", model)).code == 201
    return f"?id={jp_serverapp.web_app.settings['file_id_manager'].index('b.txt')}"


async def test_no_mark_reaches_the_others(room, ask, jp_serverapp):
    """Neither with a new cell nor on one that is there."""
    app, owner = await room(ask.token), await room(TOKEN)
    assert written(jp_serverapp) == []  # who enters has not written yet
    await app.send(lambda cells: cells.append(shared("b", TEXT, MORE, trusted=True)))
    (_, found) = await owner.sync(lambda all_: len(all_) > 1)
    assert found["metadata"]["trusted"] is False
    assert found["outputs"] == [TEXT, MORE]
    await app.send(lambda cells: cells[1]["metadata"].__setitem__("trusted", True))
    await app.send(lambda cells: cells.append(shared("c")))
    found = (await owner.sync(lambda all_: len(all_) > 2))[1]
    assert found["metadata"]["trusted"] is False
    assert written(jp_serverapp) == ["a.ipynb"]


async def test_an_output_that_comes_while_the_owner_runs_the_cell(room, ask):
    """The owner's page clears what it knows of, and marks the cell: the rest stays in it."""
    app, owner = await room(ask.token), await room(TOKEN)
    await app.send(lambda cells: cells[0]["outputs"].extend([Map(HTML), Map(BOTH), Map(MORE)]))

    def run(cells):
        cells[0]["outputs"].clear()
        cells[0]["metadata"]["trusted"] = True

    await owner.send(run)
    (cell_,) = await app.sync(
        lambda all_: MORE in all_[0]["outputs"] and len(all_[0]["outputs"]) < 3
    )
    assert cell_["metadata"]["trusted"] is True
    assert cell_["outputs"] == [{**BOTH, "data": {"text/plain": "1"}}, MORE]


@pytest.mark.parametrize("names_another", [False, True])
async def test_a_file_that_is_written_while_the_owner_runs_the_cell(
    room, ask, jp_serverapp, names_another
):
    """The room takes its outputs over: only those that an app could add in the room.

    The number of another file in the address changes nothing.
    """
    answer = await ask("GET", "api/contents/a.ipynb")
    notebook = json.loads(answer.body)["content"]
    (own,) = notebook["cells"]
    own["outputs"] = [HTML, BOTH, TEXT]
    notebook["cells"].append(cell("b", HTML))
    notebook["metadata"] = {"widgets": {"x": {"state": {}}}, "title": "t"}
    model = {"type": "notebook", "content": notebook}
    owner = await room(TOKEN)
    query = await number_of_another(ask, jp_serverapp) if names_another else ""
    answer = await ask("PUT", f"api/contents/a.ipynb{query}", model)
    assert answer.code == 200, answer.body
    found = await owner.sync(lambda all_: len(all_) > 1)
    assert found[0]["outputs"] == [{**BOTH, "data": {"text/plain": "1"}}, TEXT]
    assert found[1]["outputs"] == [HTML]  # nobody runs a cell that was not there
    metadata = owner.doc.get("meta", type=Map).to_py()["metadata"]
    assert (metadata.get("title"), "widgets" in metadata) == ("t", False)
    assert not any(each["metadata"].get("trusted") for each in found)


async def test_what_is_noted_is_what_is_written(ask, jp_serverapp):
    """Whichever file's number the address has besides, and if a file is called like a room."""
    query = await number_of_another(ask, jp_serverapp)
    name = f"x:y:{query.partition('=')[2]}"
    model = {"type": "file", "format": "text", "content": "x"}
    for path in (f"c.html{query}", name):
        await ask("PUT", f"api/contents/{path}", model)
    assert {"c.html", name} <= {*written(jp_serverapp)}


async def test_what_the_owner_trusts_stays(room, ask):
    """Other edits take no mark away, and the owner's own marks pass."""
    app, owner = await room(ask.token), await room(TOKEN)
    await app.send(lambda cells: cells.append(shared("b", TEXT)))
    await owner.sync(lambda all_: len(all_) > 1)
    await owner.send(lambda cells: cells[1]["metadata"].__setitem__("trusted", True))
    cells = await app.sync(lambda all_: all_[1]["metadata"]["trusted"])
    assert cells[0]["metadata"]["trusted"] is True


async def test_a_room_saves_nothing_trusted(room, ask, jp_serverapp):
    """The file on the disk, neither: also with an output that only looks harmless."""
    app = await room(ask.token)
    odd = {**HTML, "output_type": "update_display_data"}
    await app.send(lambda cells: cells.append(shared("b", odd, trusted=True)))
    manager, saved = jp_serverapp.contents_manager, []
    while len(saved) < 2:
        await asyncio.sleep(0.05)
        saved = (await manager.get("a.ipynb"))["content"]["cells"]
    assert not any(each["metadata"].get("trusted") for each in saved)


@pytest.mark.parametrize("has_written", [True, False])
async def test_nobody_writes_as_the_owner_s_page(room, ask, has_written):
    """What that page writes next would count for a cell of the app's: its mark, too."""
    app, owner = await room(ask.token), await room(TOKEN)
    await owner.announce()
    if has_written:
        await owner.send(lambda cells: cells.append(shared("b")))
    await app.announce()
    await app.send(lambda cells: cells.append(shared("c")))
    await app.sync(lambda all_: len(all_) > 1 + has_written)
    forged = app.as_author(owner.doc.client_id)
    await forged.send(lambda cells: cells.append(shared("forged", HTML)))
    await app.sync()  # the room has looked at it
    await owner.send(lambda cells: cells.append(shared("d", trusted=True)))
    await owner.sync()
    await app.send(lambda cells: cells.append(shared("e")))
    found = await app.sync(lambda all_: "e" in {each["id"] for each in all_})
    names = {each["id"] for each in found}
    assert names == {"a", "c", "d", "e"} | ({"b"} if has_written else set())
    assert {each["id"] for each in found if each["metadata"]["trusted"]} == {"a", "d"}


async def test_a_page_that_comes_back_goes_on_under_its_number(room, ask):
    """Also if others have seen by now under which number it writes."""
    app = await room(ask.token)
    await app.announce()
    await app.send(lambda cells: cells.append(shared("b")))
    again = Client((await room(ask.token)).socket, app.doc)
    await again.announce()
    await again.send(lambda cells: cells.append(shared("c")))
    owner = await room(TOKEN)
    found = await owner.sync(lambda all_: len(all_) > 2)
    assert [each["id"] for each in found] == ["a", "b", "c"]


async def test_an_edit_that_cannot_be_noted_ends_the_socket(room, ask, jp_data_dir, jp_serverapp):
    """It changes nothing."""
    app, owner = await room(ask.token), await room(TOKEN)
    (jp_data_dir / "escherpad_ext" / "written").write_text("a file in the way")
    await app.send(lambda cells: cells.append(shared("b", TEXT)))
    while await app.socket.read_message() is not None:
        pass
    assert app.socket.close_reason == "registry_unavailable"
    with pytest.raises(WebSocketClosedError):
        await app.send(lambda cells: cells.append(shared("c", TEXT)))
    assert len(await owner.sync()) == 1


async def test_no_copy_of_a_room_gives_trust(room, ask, jp_serverapp):
    """Merged, two copies could make a trusted cell of what each of them may say."""
    await room(ask.token)
    (extension,) = jp_serverapp.extension_manager.extension_apps["jupyter_server_ydoc"]
    (name,) = (each for each in extension.ywebsocket_server.rooms if ":" in each)
    for method, path, body in (("PUT", name, {}), ("DELETE", "any?merge=true", None)):
        answer = await ask(method, f"api/collaboration/fork/{path}", body)
        said = json.loads(answer.body)
        assert (answer.code, said["scope"]) == (403, "kernels:execute")


def test_an_update_that_waits_for_another_gives_no_trust():
    """It is dropped: else it would count once the other one came."""
    room = Doc()
    room["cells"] = Array([shared("a", TEXT)])
    app = Doc()
    app.apply_update(room.get_update())
    cells = app.get("cells", type=Array)
    states = [app.get_state()]
    cells.append(shared("b"))
    first = app.get_update(states[0])
    states.append(app.get_state())
    cells[1]["metadata"]["trusted"] = True
    cells[1]["outputs"].append(Map(HTML))
    second = app.get_update(states[1])
    apply_harmless(room, second, Authors())
    room.apply_update(first)
    assert room["cells"].to_py()[1]["metadata"]["trusted"] is False
    assert room["cells"].to_py()[1]["outputs"] == []
