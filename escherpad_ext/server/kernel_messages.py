"""What messages on a kernel's WebSocket ask for: code, interrupts, restarts. No I/O.

Both protocols (https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html).
Most messages run nothing, and a look at some bytes shows it. Whatever is not known to run nothing
is recorded: kernels may have requests of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, AnyStr, NamedTuple

from ..grants.activity import DEBUG, EXECUTE, INTERRUPT, MESSAGE, RESTART, SHUTDOWN

#: How much of the code is kept with ``activity = "source"``, in characters.
MAX_SOURCE = 4000
#: How much of an id or of a name is kept, in characters.
MAX_NAME = 100
#: What runs nothing (https://jupyter-client.readthedocs.io/en/stable/messaging.html).
_RUNS_NOTHING = frozenset(
    {
        *("kernel_info_request", "connect_request", "comm_info_request", "history_request"),
        *("complete_request", "inspect_request", "is_complete_request", "usage_request"),
        *("comm_open", "comm_msg", "comm_close", "input_reply"),
        *("create_subshell_request", "delete_subshell_request", "list_subshell_request"),
    }
)
#: On other channels, no kernel runs anything.
_ON_OTHER_CHANNEL = {"msg_type": "input_reply"}
_TYPE = '"msg_type"'
_NAMES_NOTHING = rf'{_TYPE}[ \t\r\n]*:[ \t\r\n]*"(?:{"|".join(sorted(_RUNS_NOTHING))})"'
#: Whoever writes a type in other words has to escape a character (RFC 8259, section 7).
_ESCAPE = "\\u"
_REPLY = "execute_reply"
_NUMBER, _SHORT_NUMBER = 8, 4
_HEADER, _PARENT, _CONTENT = 1, 2, 4
#: What the kernel runs, or reads from; ``input_reply`` is on another channel.
_CHANNELS = ("shell", "control")
#: The debugger's requests that only look, or go on with what runs
#: (https://microsoft.github.io/debug-adapter-protocol/specification). Others contain code, as
#: conditions of breakpoints, write it to a file, or start programs.
_DEBUGGER_LOOKS = frozenset(
    {
        *("initialize", "configurationDone", "disconnect", "debugInfo", "modules", "source"),
        *("inspectVariables", "richInspectVariables", "variables", "scopes", "stackTrace"),
        *("threads", "continue", "next", "stepIn", "stepOut", "pause"),
    }
)
MALFORMED = (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError)


class Request(NamedTuple):
    """What a message asks a kernel for.

    ``code`` is what may run, None where nothing can. ``name`` is what the debugger, or a message
    that is not known, calls itself.
    """

    method: str
    msg_id: str = ""
    code: str | None = None
    silent: bool = False
    name: str = ""


class Reply(NamedTuple):
    """How a kernel ended with a request."""

    msg_id: str
    status: str


def may_ask(message: str | bytes, *, binary: bool) -> bool:
    """Return whether a message may ask for what is recorded. ``binary``: the newer protocol."""
    if isinstance(message, str):
        return not binary and _may_run(message, _compiled(_NAMES_NOTHING), _TYPE, _ESCAPE)
    if binary and _part(message, 0) not in (b"shell", b"control"):
        return False
    header = _part(message, _HEADER) if binary else _json_part(message)
    nothing = _compiled(_NAMES_NOTHING.encode())
    return _may_run(header, nothing, _TYPE.encode(), _ESCAPE.encode())


@lru_cache(maxsize=2)  # compiled for the first message: 2 % of the extension's import
def _compiled(regex: AnyStr) -> re.Pattern[AnyStr]:
    return re.compile(regex)


def read_request(message: str | bytes, *, binary: bool) -> Request | None:
    """Return what a message asks for, None if that is nothing to record. Raises MALFORMED."""
    header, _, content = _parts(message, binary=binary)
    kind = header["msg_type"]
    if kind in _RUNS_NOTHING:
        return None
    read = _REQUESTS.get(kind)
    if read is not None:
        return read(header, content)
    code = json.dumps(content) + _buffers(message, binary=binary).decode("latin-1")
    return Request(MESSAGE, code=code, name=str(kind)[:MAX_NAME])


def _execute(header: dict[str, Any], content: dict[str, Any]) -> Request:
    msg_id = str(header.get("msg_id", ""))[:MAX_NAME]
    # Either way, code does not come into the kernel's history.
    silent = bool(content.get("silent")) or not content.get("store_history", True)
    return Request(EXECUTE, msg_id, _code(content), silent=silent)


def _interrupt(_header: object, _content: object) -> Request:
    return Request(INTERRUPT)


def _shut_down(_header: object, content: dict[str, Any]) -> Request:
    return Request(RESTART if content.get("restart") else SHUTDOWN)


def _debug(_header: object, content: dict[str, Any]) -> Request | None:
    command = str(content.get("command"))[:MAX_NAME]
    if command in _DEBUGGER_LOOKS:
        return None
    return Request(DEBUG, code=json.dumps(content.get("arguments")), name=command)


_REQUESTS: Mapping[str, Callable[[dict[str, Any], dict[str, Any]], Request | None]] = {
    "execute_request": _execute,
    "interrupt_request": _interrupt,
    "shutdown_request": _shut_down,
    "debug_request": _debug,
}


def may_reply(message: object, *, binary: bool) -> bool:
    """Return whether a message of a kernel may say how code ended."""
    if isinstance(message, str):
        return _REPLY in message
    if not isinstance(message, bytes):
        return False
    return _REPLY.encode() in (_part(message, _HEADER) if binary else _json_part(message))


def read_reply(message: str | bytes, *, binary: bool) -> Reply | None:
    """Return how code ended, None if a message does not say it. Raises MALFORMED."""
    header, parent, content = _parts(message, binary=binary)
    if header["msg_type"] != _REPLY:
        return None
    return Reply(str(parent["msg_id"])[:MAX_NAME], str(content.get("status")))


def detail_of(request: Request, notebook: str, *, with_source: bool) -> str:
    """Return what the record says of code, as JSON: its hash, and its size in bytes."""
    if request.code is None:
        return ""
    code = request.code.encode("utf-8", "surrogatepass")
    found: dict[str, Any] = {"sha256": sha256(code).hexdigest(), "size": len(code)}
    if notebook:
        found["notebook"] = notebook
    if request.name:
        found["request"] = request.name
    if request.silent:
        found["silent"] = True
    if with_source:
        found["source"] = request.code[:MAX_SOURCE]
    return json.dumps(found)


def _code(content: dict[str, Any]) -> str:
    """Return all that a request has run: expressions are code as well."""
    code, expressions = content.get("code"), content.get("user_expressions")
    if not isinstance(code, str):
        return json.dumps(content)
    return f"{code}\0{json.dumps(expressions)}" if expressions else code


def _may_run(text: AnyStr, nothing: re.Pattern[AnyStr], kind: AnyStr, escape: AnyStr) -> bool:
    """Return whether a header, or JSON with one, may name something that runs."""
    return text.count(kind) != len(nothing.findall(text)) or escape in text


def _parts(message: str | bytes, *, binary: bool) -> tuple[Any, Any, Any]:
    """Return header, parent header and content."""
    if binary and isinstance(message, bytes):
        header, parent, content = (
            _load(_part(message, number)) for number in (_HEADER, _PARENT, _CONTENT)
        )
        return header, parent, content
    found = json.loads(message) if isinstance(message, str) else _load(_json_part(message))
    # The server takes a message without a channel for one of the shell.
    if (found.get("channel") or "shell") not in _CHANNELS:
        return _ON_OTHER_CHANNEL, {}, {}
    content = found["content"]
    if isinstance(content, str):  # the server sends it as it is
        content = json.loads(content)
    return found["header"], found.get("parent_header"), content


def _load(part: bytes) -> Any:
    """Return what JSON says, read as kernels read it (``jupyter_client.session``)."""
    return json.loads(part.decode("utf-8", "replace"))


def _part(message: bytes, number: int) -> bytes:
    """Return a part of a message of the newer protocol; 0 is its channel."""
    return message[_begin(message, number) : _begin(message, number + 1)]


def _begin(message: bytes, number: int) -> int:
    """Return where a part begins."""
    start = _NUMBER * (number + 1)
    return int.from_bytes(message[start : start + _NUMBER], "little")


def _buffers(message: str | bytes, *, binary: bool) -> bytes:
    """Return what a message has beside its JSON."""
    if isinstance(message, str):
        return b""
    if binary:
        return message[_begin(message, _CONTENT + 1) :]
    found = _json_part(message)
    return message[message.index(found) + len(found) :]


def _json_part(message: bytes) -> bytes:
    """Return the JSON of an older message with buffers, which begins with numbers of four bytes.

    Without such numbers, all of it may be JSON: to a gateway, the server sends it as text.
    """
    count = int.from_bytes(message[:4], "big", signed=True)
    if not 0 < count < len(message) // _SHORT_NUMBER:
        return message
    begin = int.from_bytes(message[4:8], "big")
    end = int.from_bytes(message[8:12], "big") if count > 1 else len(message)
    return message[begin:end]
