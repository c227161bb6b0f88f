"""Kernels and language servers without what starts them, for grants without code execution.

A ``kernel.json`` says which program is started (``argv``) and with which variables (``env``), where
people keep keys of services. Its ``metadata`` may say how a remote kernel is reached. The same for
language servers, whose settings (``workspace_configuration``) may hold keys, too.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tornado.web import RequestHandler, StaticFileHandler

#: What is blanked, wherever it stands, and by what. Clients insist on the type.
BLANKS: dict[str, type] = {
    "argv": list,
    "debug_argv": list,
    "env": dict,
    "kernel_provisioner": dict,
    "process_proxy": dict,
    "workspace_configuration": dict,
}
#: How the scopes begin of handlers that show specifications, or what was started by them.
SCOPES = ("kernelspecs:", "kernels:", "sessions:", "lsp:")
_MARKS = tuple(f'"{name}"' for name in BLANKS)

if TYPE_CHECKING:
    _Base = RequestHandler
else:
    _Base = object


def redact(handler: RequestHandler, needed: str) -> None:
    """Have ``handler``, which the scope ``needed`` opens, write nothing that starts a program."""
    if needed.startswith(SCOPES) and not isinstance(handler, StaticFileHandler):
        handler.__class__ = _redacting(type(handler))  # type: ignore[arg-type]


def blanked(value: Any) -> Any:
    """Return a JSON value with everything of :data:`BLANKS` empty, however deep."""
    if isinstance(value, list):
        return [blanked(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: BLANKS[name]() if name in BLANKS else blanked(each) for name, each in value.items()
    }


class _Redacting(_Base):
    def write(self, chunk: str | bytes | dict[str, Any]) -> None:
        super().write(_redacted(chunk))


def _redacted(chunk: str | bytes | dict[str, Any]) -> str | bytes | dict[str, Any]:
    if isinstance(chunk, dict):
        found: dict[str, Any] = blanked(chunk)
        return found
    text = chunk if isinstance(chunk, str) else chunk.decode("latin-1")
    if not any(mark in text for mark in _MARKS):
        return chunk
    return json.dumps(blanked(json.loads(chunk)))


@lru_cache(maxsize=1024)
def _redacting(handler_class: type[RequestHandler]) -> type[RequestHandler]:
    # Core's metrics know handlers by these names.
    names = {"__module__": handler_class.__module__, "__qualname__": handler_class.__qualname__}
    return type(handler_class.__name__, (_Redacting, handler_class), names)
