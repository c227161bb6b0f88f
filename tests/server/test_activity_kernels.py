"""What apps have kernels do is in the record: each thing once, in order, and no answer typed."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
from contextlib import closing, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
    serialize_binary_message,
    serialize_msg_to_ws_v1,
)
from support.constants import ALLOWED, TOKEN

from escherpad_ext.grants.activity import ActivityFile
from escherpad_ext.policy.credentials import TOKEN_PROTOCOL
from escherpad_ext.server import kernel_messages, kernel_record
from escherpad_ext.server.kernel_messages import MALFORMED, Request, may_ask, read_request
from escherpad_ext.server.kernel_protocol import KERNEL_PROTOCOL

PROTOCOLS = {"newer": [KERNEL_PROTOCOL], "older": None}
_numbers = itertools.count()


def sha256(code):
    return hashlib.sha256(code.encode()).hexdigest()


class Socket:
    """A socket of a kernel, as an app or the owner uses it."""

    def __init__(self, socket, *, binary) -> None:
        self.socket, self.binary = socket, binary

    async def send(self, msg_type, content, channel="shell"):
        message = message_of(msg_type, content, channel)
        frame = frame_of(message, binary=self.binary)
        await self.socket.write_message(frame, binary=isinstance(frame, bytes))
        return message["header"]["msg_id"]

    async def receive(self, msg_type, msg_id=None):
        """Return the content of the next message of a type, in answer to one."""
        while True:
            found = await self.socket.read_message()
            assert found is not None, self.socket.close_code
            header, parent, content = parts_of(found, binary=self.binary)
            if header["msg_type"] == msg_type and msg_id in {None, parent.get("msg_id")}:
                return content

    async def wait_for_kernel(self):
        """Ask until there is an answer: what comes before its channels are open may be lost."""
        while True:
            number = await self.send("kernel_info_request", {}, "control")
            with suppress(asyncio.TimeoutError):
                return await asyncio.wait_for(self.receive("kernel_info_reply", number), 5)

    async def run(self, code, **more):
        content = {"code": code, "silent": False, "allow_stdin": True, **more}
        return await self.receive(
            "execute_reply", await self.send("execute_request", {"stop_on_error": False, **content})
        )


def message_of(msg_type, content, channel="shell"):
    header = {"msg_id": f"m{next(_numbers)}", "msg_type": msg_type, "session": "s", "version": "5"}
    parts = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
    return {**parts, "channel": channel}


def frame_of(message, *, binary):
    if not binary:
        return json.dumps(message)
    parts = [json.dumps(message[name]).encode() for name in PARTS]
    return serialize_msg_to_ws_v1(parts, message["channel"])


PARTS = ("header", "parent_header", "metadata", "content")


def parts_of(frame, *, binary):
    if binary:
        header, parent, _, content = map(json.loads, deserialize_msg_from_ws_v1(frame)[1][:4])
        return header, parent, content
    found = json.loads(frame) if isinstance(frame, str) else deserialize_binary_message(frame)
    return found["header"], found["parent_header"], found["content"]


@pytest.fixture
def recorded(recorder):
    """Return a function: what is in the file, of a grant or of all, apart from HTTP."""

    async def read(grant=None):
        await recorder.kernels.finish()
        await recorder.write()
        with closing(ActivityFile(recorder._file.path.parents[1])) as file:
            deeds = list(file.read(grant=None if grant is None else grant.id))
        return [each for each in deeds if each.action.method not in {"OPEN", "CLOSE", "POST"}]

    return read


@pytest.fixture
def kernel(call):
    """Return a function: start a kernel, of a notebook."""

    async def start(path="a.ipynb", token=TOKEN):
        body = {"path": path, "type": "notebook", "name": "", "kernel": {"name": "python3"}}
        answer = await call(
            "POST", "api/sessions", origin=ALLOWED, token=token, body=json.dumps(body)
        )
        return json.loads(answer.body)["kernel"]["id"]

    return start


@pytest.fixture
def connect(open_socket):
    """Return a function: open the socket of a kernel, as a browser or with a header's token."""

    async def open_(kernel_id, token, protocol="newer"):
        path = f"api/kernels/{kernel_id}/channels?session_id=s{next(_numbers)}"
        protocols, headers = PROTOCOLS[protocol], {}
        if protocols is None:
            headers = {"Authorization": f"token {token}"}
        else:
            protocols = [*protocols, TOKEN_PROTOCOL, f"{TOKEN_PROTOCOL}.{token}"]
        socket = await open_socket(path, origin=ALLOWED, headers=headers, protocols=protocols)
        assert socket.selected_subprotocol == (PROTOCOLS[protocol] or [None])[0]
        opened = Socket(socket, binary=protocols is not None)
        await opened.wait_for_kernel()
        return opened

    return open_


@pytest.fixture
def run(give, kernel, connect):
    """Return a function: a kernel, and an app's socket → the grant, the id and the socket."""

    async def make(protocol="newer"):
        grant, token = give("run")
        kernel_id = await kernel()
        return grant, kernel_id, await connect(kernel_id, token, protocol)

    return make


def details(deeds):
    """Return (what, detail, how often, ok, errors) of each."""
    return [
        (
            each.action.method,
            json.loads(each.action.detail or "{}"),
            each.times,
            each.ok,
            each.errors,
        )
        for each in deeds
    ]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_session_of_a_kernel(run, recorded, protocol):
    """Code by its hash and size, how it ended, interrupts and restarts; and nothing else."""
    _, kernel_id, app = await run(protocol)
    for _ in range(2):
        await app.run("1")
    await app.run("1/0  # ü")
    await app.run("2", silent=True)
    await app.run("", user_expressions={"a": "3"})
    await app.receive(
        "complete_reply", await app.send("complete_request", {"code": "x", "cursor_pos": 1})
    )
    await app.send("comm_msg", {"comm_id": "c", "data": {"msg_type": "execute_request"}})
    for msg_type, content, reply in (
        ("debug_request", {"type": "request", "seq": 1, "command": "debugInfo"}, "debug_reply"),
        ("interrupt_request", {}, "interrupt_reply"),
        ("shutdown_request", {"restart": True}, "shutdown_reply"),
    ):
        await app.receive(reply, await app.send(msg_type, content, "control"))

    def code(text, **more):
        return {
            "sha256": sha256(text),
            "size": len(text.encode()),
            "notebook": "a.ipynb",
            **more,
        }

    deeds = await recorded()
    assert details(deeds) == [
        ("EXECUTE", code("1"), 2, 2, 0),
        ("EXECUTE", code("1/0  # ü"), 1, 0, 1),
        ("EXECUTE", code("2", silent=True), 1, 1, 0),
        ("EXECUTE", code('\0{"a": "3"}'), 1, 1, 0),
        ("INTERRUPT", {}, 1, 0, 0),
        ("RESTART", {}, 1, 0, 0),
    ]
    assert {each.action.path for each in deeds} == {f"/api/kernels/{kernel_id}"}
    assert {each.action.scope for each in deeds} == {"kernels:execute"}


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_what_leaves_no_trace_in_the_history(run, recorded, protocol):
    """There are two ways to ask a kernel for it, and many to say yes."""
    _, _, app = await run(protocol)
    for more in ({"silent": 1}, {"store_history": False}, {"store_history": True}):
        await app.run("1", **more)
    silent = [json.loads(each.action.detail).get("silent") for each in await recorded()]
    assert silent == [True, None]


async def test_a_request_that_is_not_known(run, recorded):
    """Older kernels run what they are sent by such a one. What the debugger does has a name."""
    _, _, app = await run()
    await app.send("apply_request", {"a": 1})
    await app.send("debug_request", {"command": "dumpCell", "arguments": {}}, "control")
    await app.run("1")
    found = [(method, detail.get("request")) for method, detail, *_ in details(await recorded())]
    assert found == [("MESSAGE", "apply_request"), ("DEBUG", "dumpCell"), ("EXECUTE", None)]


def test_what_is_beside_the_json_counts():
    """That is where older kernels find the code."""
    message = message_of("apply_request", {})
    parts = [json.dumps(message[name]).encode() for name in PARTS]

    def code(*buffers):
        newer = read_request(serialize_msg_to_ws_v1([*parts, *buffers], "shell"), binary=True)
        frame = serialize_binary_message({**message, "buffers": buffers})
        assert read_request(frame, binary=False) == newer
        return newer.code

    assert len({code(), code(b"1"), code(b"2"), code(b"\xff", b"2")}) == 4


async def test_code_in_a_text_within_the_message(run, recorded):
    """The server takes content that is JSON twice."""
    _, _, app = await run("older")
    message = message_of("execute_request", json.dumps({"code": "1"}))
    await app.socket.write_message(json.dumps(message))
    await app.receive("execute_reply", message["header"]["msg_id"])
    (deed,) = await recorded()
    assert json.loads(deed.action.detail)["sha256"] == sha256("1")


async def test_names_are_bounded(give, kernel, connect, recorder, recorded):
    """Those of sessions and of messages, which an app may choose."""
    _, token = give("run")
    app = await connect(await kernel("n" * 10**6), token)
    message = message_of("execute_request", {"code": "1"})
    message["header"]["msg_id"] = "m" * 60_000
    await app.socket.write_message(frame_of(message, binary=True), binary=True)
    await app.receive("execute_reply", message["header"]["msg_id"])
    (deed,) = await recorded()
    assert len(deed.action.detail) < 1000
    assert deed.ok == 1
    await app.send("execute_request", {"code": "input()"})
    message["header"]["msg_id"] = "n" * 60_000
    await app.socket.write_message(frame_of(message, binary=True), binary=True)
    known = recorder.kernels._unanswered
    while sum(map(len, known.values())) < 2:
        await asyncio.sleep(0.01)
        recorder.kernels.read()
    assert all(len(each) < 1000 for own in known.values() for each in own)


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_what_a_person_types_is_never_kept(run, recorder, recorded, protocol):
    """An answer to ``input()`` may be a password, and may look like a request."""
    recorder.keep("source", 1000)
    _, _, app = await run(protocol)
    asked = await app.send("execute_request", {"code": "len(input())", "allow_stdin": True})
    await app.receive("input_request", asked)
    await app.send("input_reply", {"value": "execute_request secret"}, "stdin")
    assert (await app.receive("execute_reply", asked))["status"] == "ok"
    (deed,) = await recorded()
    assert json.loads(deed.action.detail)["source"] == "len(input())"
    assert b"secret" not in recorder._file.path.read_bytes()


async def test_each_app_has_its_own(give, kernel, connect, recorded):
    """Two apps and the owner at one kernel: what others run is in no app's record."""
    kernel_id, apps = await kernel(), [give("run") for _ in range(2)]
    sockets = [await connect(kernel_id, token) for token in (*(t for _, t in apps), TOKEN)]
    for number, socket in enumerate(sockets):
        await socket.run(f"{number}")
    for number, (grant, _) in enumerate(apps):
        (deed,) = await recorded(grant)
        assert json.loads(deed.action.detail)["sha256"] == sha256(f"{number}")
        assert (deed.times, deed.ok) == (1, 1)
    assert len(await recorded()) == 2


async def test_an_outcome_is_that_of_the_own_request(give, kernel, connect, recorded):
    """Also if another app uses the same message id."""
    kernel_id, ((first, token), (second, other)) = await kernel(), [give("run") for _ in range(2)]
    sockets = [await connect(kernel_id, each) for each in (token, other)]
    codes = ("__import__('time').sleep(1); 1/0", "1")
    for socket, code in zip(sockets, codes, strict=True):
        message = message_of("execute_request", {"code": code, "stop_on_error": False})
        message["header"]["msg_id"] = "same"
        await socket.socket.write_message(frame_of(message, binary=True), binary=True)
    for socket in sockets:
        await socket.receive("execute_reply", "same")
    assert [(each.ok, each.errors) for each in await recorded(first)] == [(0, 1)]
    assert [(each.ok, each.errors) for each in await recorded(second)] == [(1, 0)]


async def test_50_cells_with_errors(run, recorded):
    """Each is an entry, in order, with its outcome."""
    _, _, app = await run()
    cells = [f"{number}/{number % 2}" for number in range(50)]
    for cell in cells:
        await app.run(cell)
    found = [(json.loads(each.action.detail)["sha256"], each.ok) for each in await recorded()]
    assert found == [(sha256(cell), number % 2) for number, cell in enumerate(cells)]


async def test_files_and_cells_are_in_order(give, kernel, connect, call, recorded):
    """A cell between two writes of a file is between them in the record, too."""
    grant, token = give("run")
    app = await connect(await kernel(), token)
    body = json.dumps({"type": "file", "format": "text", "content": "x"})
    for _ in range(2):
        await call("PUT", "api/contents/a.txt", origin=ALLOWED, token=token, body=body)
        await app.run("1")
    found = [each.action.method for each in await recorded(grant)]
    assert found == ["PUT", "EXECUTE", "PUT", "EXECUTE"]


async def test_the_source_if_the_owner_says_so(run, recorder, recorded):
    """As far as a bound; the hash and the size are those of all of it."""
    recorder.keep("source", 1000)
    _, _, app = await run()
    code = "#" + "x" * kernel_messages.MAX_SOURCE
    for each in ("'\\ud800\\n\x1b'", code):
        await app.run(each)
    first, second = [json.loads(each.action.detail) for each in await recorded()]
    assert first["source"] == "'\\ud800\\n\x1b'"
    assert second["source"] == code[: kernel_messages.MAX_SOURCE]
    assert (second["size"], second["sha256"]) == (len(code), sha256(code))


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_long_code_is_read_elsewhere_and_in_order(run, recorded, protocol):
    """The event loop does not wait, and a short cell behind a long one waits for it."""
    _, _, app = await run(protocol)
    cells = ["#" + "x" * kernel_record.READ_AT_ONCE, "1", "#" + "y" * kernel_record.READ_AT_ONCE]
    for cell in cells:
        last = await app.send("execute_request", {"code": cell})
    await app.receive("execute_reply", last)
    found = [json.loads(each.action.detail)["sha256"] for each in await recorded()]
    assert found == [sha256(cell) for cell in cells]


async def test_what_is_too_much_is_counted(run, recorded, monkeypatch):
    """It reaches the kernel, and the record says how much it does not know."""
    _, _, app = await run()
    gate, read = asyncio.Event(), asyncio.to_thread

    async def slowly(work):
        await gate.wait()
        return await read(work)

    monkeypatch.setattr(kernel_record, "MAX_UNREAD", 2)
    monkeypatch.setattr(asyncio, "to_thread", slowly)
    cells = ["#" + "x" * kernel_record.READ_AT_ONCE, "1", "2", "3"]
    asked = [await app.send("execute_request", {"code": cell}) for cell in cells]
    for each in asked:
        assert (await app.receive("execute_reply", each))["status"] == "ok"
    gate.set()
    deeds = await recorded()
    assert [(each.action.method, each.times) for each in deeds] == [
        ("LOST", 2),
        *[("EXECUTE", 1)] * 2,
    ]


async def test_each_app_has_room_for_a_message(give, kernel, connect, recorded, monkeypatch):
    """Also while others send more than can be read."""
    kernel_id, ((busy, token), (other, others)) = await kernel(), [give("run") for _ in range(2)]
    first, second = [await connect(kernel_id, each) for each in (token, others)]
    gate, read = asyncio.Event(), asyncio.to_thread

    async def slowly(work):
        await gate.wait()
        return await read(work)

    monkeypatch.setattr(kernel_record, "MAX_UNREAD_BYTES_OF_ONE", 100_000)
    monkeypatch.setattr(kernel_record, "MAX_UNREAD_BYTES", 150_000)
    monkeypatch.setattr(asyncio, "to_thread", slowly)
    cell = "#" + "x" * kernel_record.READ_AT_ONCE
    for app in (first, first, second):
        assert (await app.run(cell))["status"] == "ok"
    gate.set()
    assert [each.action.method for each in await recorded(busy)] == ["LOST", "EXECUTE"]
    assert [each.action.method for each in await recorded(other)] == ["EXECUTE"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_escaped_words_hide_nothing(run, recorded, protocol):
    """JSON can write each character in another way."""
    _, _, app = await run(protocol)
    message = message_of("execute_request", {"code": "1"})
    frame = frame_of(message, binary=False).replace("execute_", "e\\u0078ecute_")
    if protocol == "newer":
        header = json.dumps(message["header"]).replace("execute_", "e\\u0078ecute_").encode()
        frame = serialize_msg_to_ws_v1([header, b"{}", b"{}", b'{"code": "1"}'], "shell")
    await app.socket.write_message(frame, binary=isinstance(frame, bytes))
    await app.receive("execute_reply", message["header"]["msg_id"])
    (deed,) = await recorded()
    assert (deed.action.method, deed.ok) == ("EXECUTE", 1)


async def test_the_last_moments_of_a_socket(run, recorded):
    """What was asked for before it closed is in the record. Its outcome is not known."""
    _, _, app = await run()
    await app.send("execute_request", {"code": "import time; time.sleep(60)"})
    app.socket.close()
    while not (deeds := await recorded()):
        await asyncio.sleep(0.01)
    assert [(each.times, each.ok, each.errors) for each in deeds] == [(1, 0, 0)]


class TestOff:
    """With ``activity = "off"``."""

    @pytest.fixture
    def escherpad_config(self):
        return {"allowed_origins": [ALLOWED], "activity": "off"}

    async def test_sockets_are_left_alone(self, run, recorder):
        """Nothing looks at messages."""
        _, _, app = await run()
        await app.run("1")
        assert len(recorder._waiting) == 0


def legacy_with_buffers(message):
    return serialize_binary_message({**message, "buffers": [b"execute_request"]})


@pytest.mark.parametrize(
    ("msg_type", "content", "channel", "found"),
    [
        ("execute_request", {"code": "1"}, "shell", "EXECUTE"),
        ("execute_request", {"code": "1"}, "control", "EXECUTE"),
        ("execute_request", {"code": 1}, "shell", "EXECUTE"),
        ("execute_request", {"code": "1"}, "stdin", None),
        ("execute_request", {"code": "1"}, "iopub", None),
        ("input_reply", {"value": "execute_request"}, "stdin", None),
        ("shutdown_request", {"restart": False}, "control", "SHUTDOWN"),
        ("shutdown_request", {}, "shell", "SHUTDOWN"),
        ("debug_request", {"command": "evaluate", "arguments": {}}, "control", "DEBUG"),
        ("debug_request", {"command": "dumpCell", "arguments": {"code": "1"}}, "control", "DEBUG"),
        ("debug_request", {"command": "launch"}, "control", "DEBUG"),
        ("debug_request", {"command": ["threads"]}, "control", "DEBUG"),
        ("debug_request", {"command": "threads"}, "control", None),
        ("apply_request", {}, "shell", "MESSAGE"),
        ("x" * 10**6, {}, "control", "MESSAGE"),
        ("complete_request", {"code": "execute_request"}, "shell", None),
        ("comm_msg", {"data": "interrupt_request"}, "shell", None),
    ],
)
def test_what_a_message_asks_for(msg_type, content, channel, found):
    """In each form that a message can have."""
    message = message_of(msg_type, content, channel)
    frames = [
        (frame_of(message, binary=True), True),
        (frame_of(message, binary=False), False),
        (legacy_with_buffers(message), False),
    ]
    for frame, binary in frames:
        request = None
        if may_ask(frame, binary=binary):
            request = read_request(frame, binary=binary)
        assert (None if request is None else request.method) == found


def test_a_message_without_channel_is_for_the_shell():
    """As Jupyter Server takes it."""
    message = message_of("execute_request", {"code": "1"})
    del message["channel"]
    request = read_request(json.dumps(message), binary=False)
    assert request == Request("EXECUTE", message["header"]["msg_id"], "1")


def test_bytes_that_a_gateway_gets_as_text():
    """They are JSON from the start, where this server would expect numbers."""
    frame = json.dumps(message_of("execute_request", {"code": "1"})).encode()
    for spaces in (b"", b" ", b"\n\n\n\n"):
        assert may_ask(spaces + frame, binary=False)
        assert read_request(spaces + frame, binary=False).code == "1"


@given(st.sampled_from(sorted(kernel_messages._RUNS_NOTHING)), st.text())
def test_what_runs_nothing_is_not_read(kind, text):
    """Nearly all messages are such, and may be long."""
    message = message_of(kind, {"text": text})
    assert not may_ask(frame_of(message, binary=True), binary=True)
    frame = json.dumps(message, ensure_ascii=False)
    assert may_ask(frame, binary=False) == ('"msg_type"' in text or "\\u" in frame)


@given(st.one_of(st.binary(), st.text(), st.binary().map(lambda x: b"\x06" + b"\0" * 7 + x)))
def test_nonsense_breaks_nothing(frame):
    """Whatever arrives, it is at worst not to be read."""
    for binary in (True, False):
        may_ask(frame, binary=binary)
        kernel_messages.may_reply(frame, binary=binary)
        for read in (read_request, kernel_messages.read_reply):
            with suppress(MALFORMED):
                read(frame, binary=binary)
