"""A kernel's socket without a network or a kernel."""

from __future__ import annotations

import json
from typing import Any

from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1

from escherpad_ext.server.kernel_protocol import KERNEL_PROTOCOL


class KernelSocket:
    """A socket without a network: what comes and goes over it."""

    selected_subprotocol = KERNEL_PROTOCOL

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}
        self.passed: list[object] = []

    def on_message(self, message: bytes) -> None:
        self.passed.append(message)

    def write_message(self, message: bytes, binary: bool = False) -> None:
        self.passed.append(message)

    def on_close(self) -> None:
        """Do nothing more."""

    def ask(self, msg_id: str, code: str = "1") -> None:
        self.on_message(frame("execute_request", {"msg_id": msg_id}, {}, {"code": code}))

    def answer(self, msg_id: str, status: str = "ok", **more: str) -> None:
        parent = {"msg_id": msg_id}
        self.write_message(frame("execute_reply", {}, parent, {"status": status, **more}))


def frame(kind: str, header: Any, parent: Any, content: Any) -> bytes:
    parts = [{"msg_type": kind, **header}, parent, {}, content]
    texts = [json.dumps(part).encode() for part in parts]
    return bytes(serialize_msg_to_ws_v1(texts, "shell"))  # type: ignore[no-untyped-call]
