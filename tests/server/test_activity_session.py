"""A whole session of an app: the record has each thing once, in order, and nothing else."""

from __future__ import annotations

import asyncio
import json

import pytest
from support.constants import ALLOWED, TOKEN
from support.server.rooms import with_rooms

pytest.importorskip("pycrdt", reason="jupyter-collaboration brings it")
from support.server.room_person import Person

from escherpad_ext.cli import main

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # the extensions warn of each other
    pytest.mark.slow,
    pytest.mark.timeout(180),
]

PROTOCOL = "v1.token.websocket.jupyter.org"
TEXT = {"type": "file", "format": "text", "content": "first"}
CONTENT = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
NOTEBOOK = {"type": "notebook", "content": CONTENT}
SESSION = {"format": "text", "type": "file"}
#: Of each of the two kernels.
CELLS = [f"1/{number % 5}  # secret {number}" for number in range(25)]
FAILING = CELLS[::5]
REFUSED = [f"/api/config/section-{number}" for number in range(20)]


@pytest.fixture
def server_config(tmp_path):
    config = with_rooms(SQLiteYStore={"db_path": str(tmp_path / "rooms.db")})
    config["ServerApp"]["jpserver_extensions"]["jupyter_server_terminals"] = True
    return config


class App:
    """An app with a token, and another person without one."""

    def __init__(self, call, open_socket, token):
        self._call, self._open, self._token = call, open_socket, token

    async def ask(self, method, path, body=None, *, as_owner=False):
        who = {"token": TOKEN} if as_owner else {"origin": ALLOWED, "token": self._token}
        sent = None if body is None else json.dumps(body)
        answer = await self._call(method, f"api/{path}", body=sent, **who)
        assert answer.code < 400, (path, answer.body)
        return json.loads(answer.body) if answer.body else None

    async def open(self, path, token=None):
        protocols = [PROTOCOL, f"{PROTOCOL}.{token or self._token}"]
        return await self._open(path, origin=ALLOWED, protocols=protocols)

    async def files(self):
        """Write, upload, copy, rename and delete; return what the record has of it."""
        await self.ask("PUT", "contents/text.txt", TEXT)
        await self.ask("PUT", "contents/n.ipynb", NOTEBOOK)
        for chunk in (1, 2, 3, -1):
            await self.ask("PUT", "contents/large.bin", {**TEXT, "chunk": chunk})
        await self.ask("PATCH", "contents/large.bin", {"path": "larger.bin"})
        await self.ask("POST", "contents/", {"copy_from": "larger.bin"})
        await self.ask("DELETE", "contents/larger.bin")
        return [
            ("PUT", "/api/contents/text.txt", None),
            ("PUT", "/api/contents/n.ipynb", None),
            ("PUT", "/api/contents/large.bin", None),
            ("PATCH", "/api/contents/large.bin", "/api/contents/larger.bin"),
            ("COPY", "/api/contents/larger.bin", "/api/contents/larger-Copy1.bin"),
            ("DELETE", "/api/contents/larger.bin", None),
        ]

    async def kernel(self, path, listed):
        """Start a kernel for a notebook, run its cells and shut it down; return the same.

        ``listed`` waits until an entry of this kind and path is in the record.
        """
        wish = {"path": path, "type": "notebook", "name": "", "kernel": {"name": "python3"}}
        session = await self.ask("POST", "sessions", wish)
        kernel = f"/api/kernels/{session['kernel']['id']}"
        headers = {"Authorization": f"token {self._token}"}
        socket = await self._open(f"{kernel[1:]}/channels", origin=ALLOWED, headers=headers)
        for cell in CELLS:
            await run(socket, cell)
        await closed(socket)
        await listed("CLOSE", f"{kernel}/channels")
        await self.ask("POST", f"{kernel[5:]}/restart", {})
        await self.ask("DELETE", f"sessions/{session['id']}")
        return [
            ("POST", "/api/sessions", f"/api/sessions/{session['id']}"),
            ("OPEN", f"{kernel}/channels", None),
            *([("EXECUTE", kernel, None)] * len(CELLS)),
            ("CLOSE", f"{kernel}/channels", None),
            ("POST", f"{kernel}/restart", None),
            ("DELETE", f"/api/sessions/{session['id']}", None),
        ]

    async def terminal(self):
        """Open a terminal and its socket, and close that; return its name, and the same."""
        name = (await self.ask("POST", "terminals"))["name"]
        socket = await self.open(f"terminals/websocket/{name}")
        await socket.write_message(json.dumps(["stdin", "echo secret\r"]))
        await closed(socket)
        path = f"/terminals/websocket/{name}"
        done = ("POST", "/api/terminals", None), ("OPEN", path, None), ("CLOSE", path, None)
        return name, done

    async def room(self):
        """Edit a text together with the owner; return the same."""
        owners = await self.ask("PUT", "collaboration/session/text.txt", SESSION, as_owner=True)
        path = f"api/collaboration/room/text:file:{owners['fileId']}"
        url = f"{path}?sessionId={owners['sessionId']}"
        app, owner = Person(await self.open(url)), Person(await self.open(url, TOKEN))
        for each in (app, owner):
            await each.read(lambda text: "first" in text)
        await owner.write("1", "2", "3")
        await app.read(lambda text: "3" in text)
        await app.write("x", "y")
        await owner.read(lambda text: "y" in text)
        await app.leave()
        at = (f"/{path}", "/api/contents/text.txt")
        return [(method, *at) for method in ("ENTER", "EDIT", "LEAVE")]


async def run(socket, cell):
    """Run a cell as pages do, and wait for what becomes of it."""
    header = {"msg_id": cell, "msg_type": "execute_request", "session": "s", "version": "5.3"}
    content = {"code": cell, "silent": False, "stop_on_error": False}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
    await socket.write_message(json.dumps({**message, "channel": "shell"}))
    while True:
        answer = json.loads(await socket.read_message())
        if answer["header"]["msg_type"] == "execute_reply":
            assert answer["content"]["status"] == ("error" if cell in FAILING else "ok")
            return


async def closed(socket):
    socket.close()
    while await socket.read_message() is not None:
        pass


@pytest.fixture
def listed(jp_serverapp, capsys):
    """Return a function: what the command prints once there are so many lines of it."""
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]

    async def read(enough):
        while True:
            await extension._telemetry.activity.write()
            capsys.readouterr()
            assert main(["log", "--json"]) == 0
            found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
            if enough(found):
                return found
            await asyncio.sleep(0.05)

    return read


async def test_a_whole_session(call, give, open_socket, listed):
    """What the owner does at the same time, and what is typed, is not in it."""
    grant, token = give("run", "terminal")
    app = App(call, open_socket, token)
    expected = await app.files()

    async def noted(method, path):
        await listed(lambda found: (method, path) in [(e["method"], e["path"]) for e in found])

    for path in ("n.ipynb", "other.ipynb"):
        expected += await app.kernel(path, noted)
    expected += await app.room()
    await noted(*expected[-1][:2])  # by now, the server has heard that the socket was closed
    name, done = await app.terminal()
    expected += done
    await noted(*expected[-1][:2])
    await app.ask("DELETE", f"terminals/{name}")
    expected.append(("DELETE", f"/api/terminals/{name}", None))
    for path in REFUSED:
        answer = await call("PUT", path[1:], origin=ALLOWED, token=token, body="{}")
        assert answer.code == 403
        await app.ask("GET", "contents/", as_owner=True)
    expected += [("PUT", path, None) for path in REFUSED]
    found = await listed(lambda found: len(found) >= len(expected))
    assert [(each["method"], each["path"], each["target"]) for each in found] == expected
    assert {each["grant"] for each in found} == {grant.id}
    cells = [each for each in found if each["method"] == "EXECUTE"]
    assert [(each["ok"], each["errors"]) for each in cells] == [
        (cell not in FAILING, cell in FAILING) for cell in CELLS * 2
    ]
    counts = {each["method"]: each["count"] for each in found if each["count"] > 1}
    assert counts == {"EDIT": 2}
    refused = [each["path"] for each in found if each["reason"]]
    assert refused == REFUSED
    assert "secret" not in json.dumps(found)
