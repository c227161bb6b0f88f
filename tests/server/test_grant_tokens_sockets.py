"""What becomes of live WebSockets when the grant behind them ends, or cannot be looked up."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import sqlite3
import struct
import time

import pytest
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from support.constants import ALLOWED, TOKEN
from support.server_process import command
from support.wire import HANDSHAKE, HEADER_END, shake_hands
from tornado.web import authenticated
from tornado.websocket import WebSocketHandler

from escherpad_ext.grants.registry import FILE_NAME

PROTOCOL = "v1.token.websocket.jupyter.org"
PROMISED_SECONDS = 2


async def ended(socket) -> tuple[int | None, str | None]:
    """Wait for the end of a socket; return what the server says of it."""
    while await socket.read_message() is not None:
        pass
    return socket.close_code, socket.close_reason


async def is_alive(socket) -> None:
    """Fail unless the server still answers on a socket (RFC 6455, section 5.5.3)."""
    answered = asyncio.Event()
    socket.protocol.handler.on_pong = lambda _data: answered.set()
    socket.ping(b"still there?")
    reading = asyncio.ensure_future(drain(socket))
    try:
        await asyncio.wait_for(answered.wait(), 5)
    finally:
        reading.cancel()


async def drain(socket) -> None:
    while await socket.read_message() is not None:
        pass


def execution(code: str, number: str = "1") -> str:
    header = {"msg_id": number, "msg_type": "execute_request", "session": "s", "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
    parts = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
    return json.dumps({**parts, "channel": "shell"})


async def told(socket, *wanted: str) -> dict:
    """Read messages of a kernel until one of the wanted types comes."""
    while True:
        message = await socket.read_message()
        assert message is not None, (socket.close_code, socket.close_reason)
        found = json.loads(message)
        if found["header"]["msg_type"] in wanted:
            return found


async def hears(socket, words: str) -> None:
    """Read what a kernel prints until these words come."""
    while words not in str((await told(socket, "stream"))["content"]):
        pass


@pytest.fixture
def file_of_grants(issuer):
    issuer.registry.ensure()
    return issuer.registry._database.path


@pytest.fixture
def socket_of(open_socket):
    """Return a function that opens a socket with a token, as a page or as the owner's script."""

    numbers = itertools.count()

    async def open_(path, token=None):
        path = f"{path}?session_id={next(numbers)}"  # one id is one socket
        if token is None:
            return await open_socket(path, headers={"Authorization": f"token {TOKEN}"})
        return await open_socket(path, origin=ALLOWED, protocols=[PROTOCOL, f"{PROTOCOL}.{token}"])

    return open_


@pytest.fixture
def paths(call):
    """Return a function that makes what there is to connect to: kernel, terminal, events."""

    async def make():
        kernel = json.loads((await call("POST", "api/kernels", token=TOKEN, body="{}")).body)["id"]
        terminal = json.loads((await call("POST", "api/terminals", token=TOKEN)).body)["name"]
        return [
            f"api/kernels/{kernel}/channels",
            f"terminals/websocket/{terminal}",
            "api/events/subscribe",
        ]

    return make


async def test_a_shortened_grant_ends_its_sockets(give, socket_of, issuer):
    """At the new end, though the socket was opened when the grant had another one."""
    grant, token = give("run")
    socket = await socket_of("api/events/subscribe", token)
    assert issuer.registry.amendments.shorten(grant.id, int(time.time()) + 2)
    assert await ended(socket) == (4401, "expired")


async def test_another_process_revokes(give, socket_of, paths, call):
    """Every socket of the grant ends within two seconds, idle or at work; nobody else's does."""
    kernel, terminal, events = await paths()
    grant, token = give("run", "terminal")
    _, other = give("run", "terminal")
    doomed = [await socket_of(path, token) for path in (kernel, kernel, terminal, events)]
    kept = [await socket_of(path, t) for path in (kernel, terminal, events) for t in (other, None)]
    await doomed[0].write_message(
        execution("print('at work', flush=True); import time; time.sleep(60)")
    )
    await told(doomed[0], "stream")
    await command("revoke", grant.id)
    started = time.monotonic()
    assert {await ended(socket) for socket in doomed} == {(4401, "revoked")}
    assert time.monotonic() - started < PROMISED_SECONDS
    for socket in kept:
        await is_alive(socket)
    assert (await call("GET", "api/contents", token=TOKEN)).code == 200
    assert (await call("GET", "api/contents", token=other, origin=ALLOWED)).code == 200


async def test_the_end_of_its_time(give, socket_of, paths):
    """Expiry ends sockets as revocation does, by this server's clock; others stay."""
    kernel, terminal, events = await paths()
    now = time.time()
    grant, token = give("run", "terminal", lifetime=8, now=now)
    _, other = give("run")
    doomed = [await socket_of(path, token) for path in (kernel, terminal, events)]
    kept = await socket_of(events, other)
    assert {await ended(socket) for socket in doomed} == {(4401, "expired")}
    assert grant.expires <= time.time() < grant.expires + PROMISED_SECONDS
    await is_alive(kept)


class RawSocket:
    """A client that does as it likes: it need not answer the server's goodbye."""

    def __init__(self, reader, writer) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port, path, token):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        headers = [("Host", f"localhost:{port}"), ("Origin", ALLOWED), *HANDSHAKE]
        headers.append(("Authorization", f"Bearer {token}"))
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
        writer.write("\r\n".join(lines).encode() + HEADER_END)
        head = await reader.readuntil(HEADER_END)
        assert b" 101 " in head, head
        return cls(reader, writer)

    def send(self, text: str) -> None:
        """Send a masked text frame (RFC 6455, section 5.2); a mask of zeros masks nothing."""
        payload = text.encode()
        head = struct.pack(">BBH", 0x81, 0x80 | 126, len(payload)) + b"\0\0\0\0"
        self._writer.write(head + payload)

    async def goodbye(self) -> int | None:
        """Read until the server's close frame; return its code, None where it hung up."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                first, second = await self._reader.readexactly(2)
                length = second & 0x7F
                if length == 126:
                    (length,) = struct.unpack(">H", await self._reader.readexactly(2))
                elif length == 127:
                    (length,) = struct.unpack(">Q", await self._reader.readexactly(8))
                payload = await self._reader.readexactly(length)
                if first & 0x0F == 0x8:
                    return struct.unpack(">H", payload[:2])[0]
        return None

    async def hung_up(self) -> None:
        """Wait until the server has closed the connection."""
        with contextlib.suppress(ConnectionError):
            while await self._reader.read(65536):
                pass

    def close(self) -> None:
        self._writer.close()


async def test_a_client_that_does_not_say_goodbye(
    give, socket_of, paths, issuer, jp_http_port, jp_base_url, tmp_path
):
    """After the close frame nothing that it sends is done, although the connection is still there.

    RFC 6455, section 7.1.2, lets the other side take its time; a revoked app does not get it.
    """
    kernel, *_ = await paths()
    grant, token = give("run")
    owner = await socket_of(kernel)
    app = await RawSocket.open(jp_http_port, jp_base_url + kernel, token)
    write = f"open({str(tmp_path / 'before')!r}, 'w').close()"
    app.send(execution(f"{write}; print('the app was here', flush=True)"))
    await hears(owner, "the app was here")
    issuer.registry.revoke(grant.id, time.time())
    assert await app.goodbye() == 4401
    app.send(execution(f"open({str(tmp_path / 'after')!r}, 'w').close()", "2"))
    # The server has read that by the time it has answered a request on a newer connection.
    answer = await shake_hands(jp_http_port, jp_base_url + "api/events/subscribe")
    assert answer.status == 403
    await owner.write_message(execution("print('the owner was here', flush=True)", "3"))
    await hears(owner, "the owner was here")
    await asyncio.wait_for(app.hung_up(), PROMISED_SECONDS)
    app.close()
    assert (tmp_path / "before").exists(), "the control: the app could run code"
    assert not (tmp_path / "after").exists()


class SlowSocket(WebSocketMixin, JupyterHandler, WebSocketHandler):  # type: ignore[misc]
    """Takes its time to open, as a kernel that starts does."""

    auth_resource = "kernels"
    asked: asyncio.Event
    may_open: asyncio.Event

    @authenticated
    async def get(self, *args):
        self.asked.set()
        await self.may_open.wait()
        await super().get(*args)

    def on_message(self, message):
        self.write_message(message)


async def test_a_socket_that_is_still_opening(
    give, socket_of, jp_serverapp, watcher, issuer, jp_asyncio_loop
):
    """Whose grant ends meanwhile: it ends too, at the latest two seconds after it opened."""
    SlowSocket.asked, SlowSocket.may_open = asyncio.Event(), asyncio.Event()
    base = jp_serverapp.base_url
    jp_serverapp.web_app.add_handlers(".*$", [(base + "slow", SlowSocket)])
    grant, token = give("run")
    opening = asyncio.ensure_future(socket_of("slow", token))
    await asyncio.wait_for(SlowSocket.asked.wait(), 10)
    issuer.registry.revoke(grant.id, time.time())
    for _ in range(3):
        await watcher.look()
    SlowSocket.may_open.set()
    socket = await opening
    assert await asyncio.wait_for(ended(socket), PROMISED_SECONDS) == (4401, "revoked")


# The registry in trouble, while sockets are open


def spoil(path, how):
    """Spoil the registry's file; return a function that ends it."""
    if how == "locked":
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        other.execute("UPDATE grants SET last_used = 1")  # who locks it writes
        return other.close
    if how == "open to others":
        path.chmod(0o666)
        return lambda: path.chmod(0o600)
    kept = path.with_suffix(".kept")
    path.rename(kept)
    if how == "a folder":
        path.mkdir()
    elif how == "corrupt":
        path.write_bytes(b"SQLite format 3\0" + b"x" * 8000)
        path.chmod(0o600)
    elif how == "empty":
        path.touch(0o600)

    def restore():
        if path.is_dir():
            path.rmdir()
        kept.replace(path)

    return restore


HOW = ["locked", "open to others", "a folder", "corrupt", "empty", "removed"]


@pytest.mark.parametrize("how", HOW)
async def test_registry_in_trouble(give, socket_of, call, file_of_grants, how):
    """Grant tokens are refused and their sockets end; the owner never notices.

    Once it is fixed, the tokens are good again.
    """
    _, token = give("run")
    app, owner = [await socket_of("api/events/subscribe", t) for t in (token, None)]
    assert (await call("GET", "api/contents", origin=ALLOWED, token=token)).code == 200
    fix = spoil(file_of_grants, how)
    started = time.monotonic()
    try:
        answer = await call("GET", "api/contents", origin=ALLOWED, token=token)
        reason = json.loads(answer.body)["reason"]
        gone = how in {"removed", "empty"}
        assert (answer.code, reason) == (
            401,
            "wrong_install" if gone else "registry_unavailable",
        )
        assert (await call("GET", "api/contents", token=TOKEN)).code == 200
        code, why = await asyncio.wait_for(ended(app), 4)
        assert (code, why) == (4401, "unknown_grant" if gone else "registry_unavailable")
        assert time.monotonic() - started < 3
        assert (await call("GET", "api/contents", origin=ALLOWED, token=TOKEN)).code == 200
        await is_alive(owner)
    finally:
        fix()
    last = await until_served(call, token)
    assert last.code == 200, last.body


async def until_served(call, token):
    """Ask until the registry is looked at again: after a lock it is left alone for a moment."""
    end = time.monotonic() + 5
    while True:
        answer = await call("GET", "api/contents", origin=ALLOWED, token=token)
        if answer.code == 200 or time.monotonic() > end:
            return answer


async def test_a_locked_registry_does_not_hold_up_the_owner(give, call, file_of_grants):
    """However many tokens ask meanwhile: the owner waits for one look at most."""
    tokens = [give("view")[1] for _ in range(20)]
    unlock = spoil(file_of_grants, "locked")
    try:
        started = time.monotonic()
        asked = [call("GET", "api/contents", origin=ALLOWED, token=token) for token in tokens]
        owner = call("GET", "api/contents", token=TOKEN)
        answers = await asyncio.gather(*asked, owner)
        assert [answer.code for answer in answers] == [401] * 20 + [200]
        assert time.monotonic() - started < 2
    finally:
        unlock()


async def test_keys_in_trouble(give, call, issuer, socket_of):
    """A key that is gone or open to others: its tokens are refused at once; never the owner."""
    _, token = give("view")
    (key,) = (issuer.registry._database.path.parent / "keys").glob("*.key")
    assert (await call("GET", "api/contents", origin=ALLOWED, token=token)).code == 200
    key.chmod(0o644)
    answer = await call("GET", "api/contents", origin=ALLOWED, token=token)
    assert json.loads(answer.body)["reason"] == "key_unusable"
    key.chmod(0o600)
    assert (await call("GET", "api/contents", origin=ALLOWED, token=token)).code == 200
    content = key.read_bytes()
    key.write_bytes(base64.urlsafe_b64encode(b"x" * 40))
    answer = await call("GET", "api/contents", origin=ALLOWED, token=token)
    assert json.loads(answer.body)["reason"] == "key_unusable"
    key.unlink()
    answer = await call("GET", "api/contents", origin=ALLOWED, token=token)
    assert json.loads(answer.body)["reason"] == "unknown_key"
    assert (await call("GET", "api/contents", token=TOKEN)).code == 200
    assert content


def test_file_name():
    """The name that these tests spoil is the one that servers use."""
    assert FILE_NAME == "grants.sqlite3"
