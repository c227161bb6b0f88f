"""Rooms of jupyter-collaboration, and the index of files, for a grant for one folder."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import nbformat
import pytest
from pytest_jupyter.utils import mkdir
from support.constants import ALLOWED
from support.server.rooms import with_rooms
from tornado.httpclient import HTTPClientError

from escherpad_ext.server.folder_place import FolderPlace
from escherpad_ext.server.folder_rooms import keep_room

pytestmark = pytest.mark.filterwarnings("ignore")  # the extensions warn of each other

PROTOCOL = "v1.token.websocket.jupyter.org"
SESSION = {"format": "text", "type": "file"}


@pytest.fixture
def jp_root_dir(tmp_path):
    root = mkdir(tmp_path, "root_dir")
    for name in ("data", "other", "data/sub"):
        (root / name).mkdir()
        (root / name / "x.txt").write_text(f"in {name}")
    (root / "data" / "link.txt").symlink_to(root / "other" / "x.txt")
    return root


@pytest.fixture
def server_config(tmp_path):
    return with_rooms(
        SQLiteYStore={"db_path": str(tmp_path / "rooms.db")},
    )


@pytest.fixture
def ids(jp_serverapp):
    """Return the index of the files of the server."""
    return jp_serverapp.web_app.settings["file_id_manager"]


def refusal(answer):
    return answer.code, json.loads(answer.body).get("reason")


OUTSIDE = (403, "outside_folder")


@pytest.fixture
def enter(open_socket, in_folder):
    """Return a function that opens a room's socket with the token of ``in_folder``."""

    async def open_(room, query=""):
        return await open_socket(
            f"api/collaboration/room/{room}{query}",
            origin=ALLOWED,
            protocols=[PROTOCOL, f"{PROTOCOL}.{in_folder.token}"],
        )

    return open_


async def first_update(socket):
    """Take part until the server sent what the document has, and return all that it sent."""
    from pycrdt import Doc, create_sync_message

    received = b""
    await socket.write_message(create_sync_message(Doc()), binary=True)
    while b"in " not in received:
        message = await socket.read_message()
        assert message is not None, (socket.close_code, socket.close_reason)
        received += message
    return received


async def test_a_room_in_the_folder(in_folder, enter):
    """Is found by its path, opens, and tells what the file has."""
    answer = await in_folder("PUT", "api/collaboration/session/data/x.txt", SESSION)
    assert answer.code == 201
    session = json.loads(answer.body)
    file_id = session["fileId"]
    answer = await in_folder("GET", f"api/fileid/path?id={file_id}")
    assert json.loads(answer.body)["path"] == "data/x.txt"
    answer = await in_folder("GET", "api/fileid/id?path=data/x.txt")
    assert json.loads(answer.body)["id"] == file_id
    socket = await enter(f"text:file:{file_id}", f"?sessionId={session['sessionId']}")
    assert b"in data" in await first_update(socket)


PATHS = (
    "other/x.txt",
    "other/missing",
    "data/link.txt",
    "data",
    "",
    "data/../other/x.txt",
    "/data/x.txt",
    "data//x.txt",
    "data\\x.txt",
    ".",
)


async def test_no_path_outside_is_known(in_folder, ids, jp_root_dir):
    """Whether somebody indexed it or not; an absolute path is another one."""
    ids.index("other/x.txt")
    answers = []
    for path in (*PATHS, str(jp_root_dir / "data" / "x.txt")):
        name = quote(path, safe="")
        for method, url, body in (
            ("PUT", f"api/collaboration/session/{name}", SESSION),
            ("GET", f"api/fileid/id?path={name}", None),
            ("GET", f"api/fileid/id?path=data/x.txt&path={name}", None),
        ):
            answers.append(await in_folder(method, url, body))
            assert refusal(answers[-1]) == OUTSIDE, (method, url)
    assert len({answer.body for answer in answers}) == 1


async def test_no_number_leads_out(in_folder, enter, ids):
    """Nor tells that there is such a file."""
    inside, outside, linked, folder, itself = map(
        ids.index, ("data/x.txt", "other/x.txt", "data/link.txt", "data/sub", "data")
    )
    for query in (f"id={outside}", f"id={linked}", f"id={itself}", "id=missing", ""):
        assert refusal(await in_folder("GET", f"api/fileid/path?{query}")) == OUTSIDE
    answer = await in_folder("GET", f"api/fileid/path?id={inside}&id={outside}")
    assert refusal(answer) == OUTSIDE
    for room in (
        f"text:file:{outside}",
        f"text:file:{linked}",
        f"text:directory:{folder}",
        f"text:directory:{itself}",
        "text:file:missing",
        f"text%3Afile%3A{inside}",
        f"text:file:{inside}/text:file:{outside}",
        f"text:file:{outside}/text:file:{inside}",
        "JupyterLab:globalAwareness",
        "a-transient-room",
    ):
        with pytest.raises(HTTPClientError) as caught:
            await enter(room)
        assert caught.value.code == 403, room


async def test_forks_and_timelines_are_not_for_one_folder(in_folder, ids):
    """They are copies of rooms, with names that nobody compares with a path. Some need more."""
    room = f"text:file:{ids.index('data/x.txt')}"
    for method, url in (
        ("GET", f"api/collaboration/fork/{room}"),
        ("GET", "api/collaboration/timeline/data/x.txt?format=text&type=file"),
        ("PUT", f"api/collaboration/undo_redo/{room}?action=undo&steps=1&forkRoom=x"),
    ):
        answer = await in_folder(method, url, {})
        assert refusal(answer) in {OUTSIDE, (403, "scope_missing")}, (method, url)


NOTEBOOK = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("in data")])


async def test_no_edit_goes_into_a_notebook_that_left(
    in_folder, enter, ids, jp_root_dir, jp_serverapp
):
    """Edits of notebooks are applied by what looks for trust: they are looked at before it."""
    from pycrdt import Doc, Map, create_update_message

    nbformat.write(NOTEBOOK, jp_root_dir / "data" / "n.ipynb")
    session = {"format": "json", "type": "notebook"}
    answer = await in_folder("PUT", "api/collaboration/session/data/n.ipynb", session)
    session = json.loads(answer.body)
    socket = await enter(f"json:notebook:{session['fileId']}?sessionId={session['sessionId']}")
    await first_update(socket)
    (extension,) = jp_serverapp.extension_manager.extension_apps["jupyter_server_ydoc"]
    (room,) = extension.ywebsocket_server.rooms.values()
    mine, meta = Doc(), room.ydoc.get("meta", type=Map)

    async def edit(name):
        mine.get("meta", type=Map)[name] = True
        await socket.write_message(create_update_message(mine.get_update()), binary=True)

    await edit("before")
    while "before" not in meta:
        await in_folder("GET", "api/me")
    ids.move("data/n.ipynb", "other/moved.ipynb")
    await edit("after")
    while (await socket.read_message()) is not None:
        pass
    assert socket.close_reason == "outside_folder"
    assert "after" not in meta


async def test_a_room_whose_file_leaves_the_folder(in_folder, enter, ids, jp_root_dir, call, give):
    """Nothing more goes in or out: the room goes with its file."""
    answer = await in_folder("PUT", "api/collaboration/session/data/x.txt", SESSION)
    session = json.loads(answer.body)
    room = f"text:file:{session['fileId']}?sessionId={session['sessionId']}"
    first, second = await enter(room), await enter(room)
    await first_update(first)
    await first_update(second)
    _, token = give("edit")
    body = json.dumps({"path": "other/moved.txt"})
    answer = await call("PATCH", "api/contents/data/x.txt", origin=ALLOWED, token=token, body=body)
    assert answer.code == 200
    while ids.get_path(session["fileId"]) != "other/moved.txt":
        await in_folder("GET", "api/me")
    for socket in (first, second):
        while (await socket.read_message()) is not None:
            pass
        assert (socket.close_code, socket.close_reason) == (1008, "outside_folder")


class Socket:
    """What a room's handler has to receive, to send and to close."""

    def __init__(self):
        self.seen = []

    async def on_message(self, message):
        self.seen.append(("in", message))

    def write_message(self, message, binary=False):
        self.seen.append(("out", message))

    def close(self, code=None, reason=None):
        self.seen.append((code, reason))


async def test_each_way_is_looked_at_by_itself(tmp_path):
    """In or out, whichever comes first."""
    inside = True
    socket = Socket()
    keep_room(socket, FolderPlace(str(tmp_path), "data"), lambda: inside)
    await socket.on_message(b"1")
    socket.write_message(b"2", binary=True)
    inside = False
    await socket.on_message(b"3")
    await socket.write_message(b"4", binary=True)
    closed = (1008, "outside_folder")
    assert socket.seen == [("in", b"1"), ("out", b"2"), closed, closed]


async def test_no_close_frame_names_what_is_around(tmp_path):
    """The host gives the reason of an error, with the path that the file system has."""
    socket = Socket()
    keep_room(socket, FolderPlace(str(tmp_path), "data"), lambda: True)
    socket.close(1003, f"Unreadable: {tmp_path / 'data' / 'x'}")
    socket.close(1003, "Denied: '/somewhere/else'")
    socket.close()
    assert socket.seen[0] == (1003, f"Unreadable: {Path('data', 'x')}")
    assert socket.seen[1:] == [(1003, ""), (None, None)]
