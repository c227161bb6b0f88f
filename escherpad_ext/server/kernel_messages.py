"""What messages on a kernel's WebSocket ask for: code, interrupts, restarts. No I/O.

Both protocols (https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html).
Nearly all messages ask for none of these, and a look at some bytes shows it.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, NamedTuple

from ..grants.activity import DEBUG, EXECUTE, INTERRUPT, RESTART, SHUTDOWN

#: How much of the code is kept with ``activity = "source"``, in characters.
MAX_SOURCE = 4000
#: Whoever writes a type without these words has to escape a character (RFC 8259, section 7).
_WORDS = ("execute_request", "interrupt_request", "shutdown_request", "debug_request", "\\u")
_REPLY = "execute_reply"
_NUMBER = 8
_HEADER, _PARENT, _CONTENT = 1, 2, 4
#: What the kernel runs, or reads from; ``input_reply`` is on another channel.
_CHANNELS = ("shell", "control")
#: The debugger's requests that contain code: conditions of breakpoints, too
#: (https://microsoft.github.io/debug-adapter-protocol/specification).
_DEBUGGER_RUNS = frozenset({"evaluate", "setBreakpoints", "setExpression", "setVariable"})
MALFORMED = (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError)


class Request(NamedTuple):
    """What a message asks a kernel for. ``code`` is empty where it has none."""

    method: str
    msg_id: str = ""
    code: str = ""
    silent: bool = False

    @property
    def has_code(self) -> bool:
        """Return whether it runs code, and be it empty."""
        return self.method in {EXECUTE, DEBUG}


class Reply(NamedTuple):
    """How a kernel ended with a request."""

    msg_id: str
    status: str


def may_ask(message: str | bytes, *, binary: bool) -> bool:
    """Return whether a message may ask for what is recorded. ``binary``: the newer protocol."""
    if isinstance(message, str):
        return not binary and _has_words(message)
    if not binary:
        return _has_words(_json_part(message))
    is_for_kernel = _part(message, 0) in (b"shell", b"control")
    return is_for_kernel and _has_words(_part(message, _HEADER))


def read_request(message: str | bytes, *, binary: bool) -> Request | None:
    """Return what a message asks for, None if that is nothing to record. Raises MALFORMED."""
    header, _, content = _parts(message, binary=binary)
    kind, msg_id = header["msg_type"], str(header.get("msg_id", ""))
    if kind == "execute_request":
        return Request(EXECUTE, msg_id, _code(content), content.get("silent") is True)
    if kind == "interrupt_request":
        return Request(INTERRUPT)
    if kind == "shutdown_request":
        return Request(RESTART if content.get("restart") else SHUTDOWN)
    if kind == "debug_request" and content.get("command") in _DEBUGGER_RUNS:
        return Request(DEBUG, code=json.dumps(content.get("arguments")))
    return None


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
    return Reply(str(parent["msg_id"]), str(content.get("status")))


def detail_of(request: Request, notebook: str, *, with_source: bool) -> str:
    """Return what the record says of code, as JSON: its hash, and its size in bytes."""
    code = request.code.encode("utf-8", "surrogatepass")
    found: dict[str, Any] = {"sha256": sha256(code).hexdigest(), "size": len(code)}
    if notebook:
        found["notebook"] = notebook
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


def _has_words(text: str | bytes) -> bool:
    if isinstance(text, str):
        return any(word in text for word in _WORDS)
    return any(word.encode() in text for word in _WORDS)


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
        return {"msg_type": ""}, {}, {}
    return found["header"], found.get("parent_header"), found["content"]


def _load(part: bytes) -> Any:
    """Return what JSON says, read as kernels read it (``jupyter_client.session``)."""
    return json.loads(part.decode("utf-8", "replace"))


def _part(message: bytes, number: int) -> bytes:
    """Return a part of a message of the newer protocol; 0 is its channel."""
    start = _NUMBER * (number + 1)
    begin, end = (
        int.from_bytes(message[at : at + _NUMBER], "little") for at in (start, start + _NUMBER)
    )
    return message[begin:end]


def _json_part(message: bytes) -> bytes:
    """Return the JSON of an older message with buffers, which begins with numbers of four bytes."""
    count = int.from_bytes(message[:4], "big", signed=True)
    begin = int.from_bytes(message[4:8], "big")
    end = int.from_bytes(message[8:12], "big") if count > 1 else len(message)
    return message[begin:end]
