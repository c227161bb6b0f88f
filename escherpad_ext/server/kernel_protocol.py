"""The kernel protocol on WebSockets of other origins, where the server itself would select none.

A client that sends its token as a subprotocol must be answered with one of its protocols. Behind
``--gateway-url``, or with ``kernel_ws_protocol``, the server selects no kernel protocol. Only the
token's name would be left, which ``@jupyterlab/services`` calls an unknown kernel protocol. So the
server speaks the one that the client offered.
"""

from __future__ import annotations

import json
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jupyter_client.jsonutil import json_default
from jupyter_server.services.kernels.connection import base
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from tornado.httputil import HTTPMessageDelegate

from ..policy.credentials import Offer

#: https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html
KERNEL_PROTOCOL = "v1.kernel.websocket.jupyter.org"
_PARTS = ("header", "parent_header", "metadata", "content")
_INVALID_DATA = 1007  # RFC 6455, section 7.4.1
_formats: Any = base  # its functions have no types
_MALFORMED = (ValueError, KeyError, IndexError, TypeError, struct.error, RecursionError)

if TYPE_CHECKING:
    _Base = KernelWebsocketHandler
else:
    _Base = object


def speak_offered_protocol(delegate: HTTPMessageDelegate, offer: Offer) -> None:
    """Have a kernel's socket speak the protocol that its client offered beside the bare name."""
    handler_class = getattr(delegate, "handler_class", None)
    if KERNEL_PROTOCOL not in offer.protocols or handler_class is None:
        return
    if issubclass(handler_class, KernelWebsocketHandler):
        delegate.handler_class = _speaking(handler_class)  # type: ignore[attr-defined]


class _Speaking(_Base):
    """Selects the protocol, and translates for a connection that does not know it."""

    _translates = False
    #: The handler's class without this mixin.
    _plain: type[KernelWebsocketHandler]

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        selected: str | None = super().select_subprotocol(subprotocols)  # type: ignore[no-untyped-call]
        if selected is None and KERNEL_PROTOCOL in subprotocols:
            # Jupyter's connection to a local kernel follows what was selected.
            self._translates = not hasattr(self.connection, "subprotocol")
            selected = KERNEL_PROTOCOL
        if not self._translates:
            self.__class__ = self._plain  # type: ignore[assignment]  # messages meet nothing of this
        return selected

    def on_message(self, ws_message: str | bytes) -> None:
        if self._translates:
            try:
                ws_message = to_legacy(ws_message)
            except _MALFORMED:
                self.close(_INVALID_DATA, "not a message of the kernel protocol")
                return
        super().on_message(ws_message)  # type: ignore[no-untyped-call]

    def write_message(self, message: Any, binary: bool = False) -> Any:
        if self._translates and isinstance(message, str | bytes):
            return super().write_message(from_legacy(message), binary=True)
        return super().write_message(message, binary)


@lru_cache(maxsize=16)
def _speaking(handler_class: type[KernelWebsocketHandler]) -> type[KernelWebsocketHandler]:
    # Core's metrics know handlers by these names.
    names = {"__module__": handler_class.__module__, "__qualname__": handler_class.__qualname__}
    return type(
        handler_class.__name__, (_Speaking, handler_class), {**names, "_plain": handler_class}
    )


def to_legacy(message: str | bytes) -> str | bytes:
    """Return a message of the kernel protocol, all of whose are bytes, as older servers expect it.

    Raises one of the errors in ``_MALFORMED``.
    """
    channel, parts = _formats.deserialize_msg_from_ws_v1(message)
    found: dict[str, Any] = {"channel": channel}
    for name, part in zip(_PARTS, parts[: len(_PARTS)], strict=True):
        found[name] = json.loads(part)
    buffers = parts[len(_PARTS) :]
    if not buffers:
        return json.dumps(found)
    return bytes(_formats.serialize_binary_message({**found, "buffers": buffers}))


def from_legacy(message: str | bytes) -> bytes:
    """Return a message of a server without a kernel protocol, as the protocol has it."""
    binary = isinstance(message, bytes)
    found = _formats.deserialize_binary_message(message) if binary else json.loads(message)
    parts = [json.dumps(found[name], default=json_default).encode() for name in _PARTS]
    buffers = found.get("buffers", []) if binary else []
    return bytes(_formats.serialize_msg_to_ws_v1([*parts, *buffers], found.get("channel") or ""))
