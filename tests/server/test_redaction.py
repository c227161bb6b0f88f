"""Answers without what starts a kernel."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jupyter_server.services.kernelspecs.handlers import KernelSpecHandler
from tornado.web import RequestHandler, StaticFileHandler

from escherpad_ext.server.redaction import BLANKS, blanked, redact

SPEC = {
    "argv": ["python", "-m", "ipykernel"],
    "env": {"API_KEY": "secret"},
    "display_name": "Python",
    "metadata": {"kernel_provisioner": {"config": {"host": "secret"}}, "debugger": True},
}
SHOWN = {
    "argv": [],
    "env": {},
    "display_name": "Python",
    "metadata": {"kernel_provisioner": {}, "debugger": True},
}


class Writing(RequestHandler):
    """Keeps what is written, and needs no server."""

    def __init__(self) -> None:
        self.written: list[Any] = []

    def write(self, chunk: str | bytes | dict[str, Any]) -> None:
        self.written.append(chunk)


def test_what_starts_a_kernel_is_blank_however_deep() -> None:
    """With a value of the same type, on which clients insist. All else stays."""
    specs = {"kernelspecs": {"python3": {"spec": SPEC}}, "list": [SPEC, 1, None, "env"]}
    assert blanked(specs) == {
        "kernelspecs": {"python3": {"spec": SHOWN}},
        "list": [SHOWN, 1, None, "env"],
    }
    for name, kind in BLANKS.items():
        assert blanked({name: "of any type"}) == {name: kind()}


class Extension:
    """Has its handler within, so that its qualified name is another one."""

    class Handler(RequestHandler):
        pass


def test_nothing_is_changed_in_place() -> None:
    """Jupyter keeps specifications, and starts kernels from them."""
    before = json.dumps(SPEC)
    blanked(SPEC)
    assert json.dumps(SPEC) == before


@pytest.mark.parametrize("kind", [json.dumps, lambda value: json.dumps(value).encode(), dict])
@pytest.mark.parametrize("needed", ["kernelspecs:read", "kernels:read", "sessions:read", "lsp:use"])
def test_each_way_to_write_is_redacted(kind: Any, needed: str) -> None:
    handler = Writing()
    redact(handler, needed)
    handler.write(kind(SPEC))
    (written,) = handler.written
    assert (written if isinstance(written, dict) else json.loads(written)) == SHOWN


@pytest.mark.parametrize("chunk", ["", "no JSON {", b"\xff\x00", '{"a":   1}'])
def test_what_holds_none_of_it_is_written_as_it_is(chunk: str | bytes) -> None:
    """Byte for byte: it may be a file."""
    handler = Writing()
    redact(handler, "kernelspecs:read")
    handler.write(chunk)
    assert handler.written == [chunk]


def test_other_answers_are_left_alone() -> None:
    """A notebook may have the same words in it. So may a static file."""
    handler = Writing()
    redact(handler, "contents:read")
    assert type(handler) is Writing
    static = StaticFileHandler.__new__(StaticFileHandler)
    redact(static, "kernelspecs:read")
    assert type(static) is StaticFileHandler


@pytest.mark.parametrize("handler_class", [KernelSpecHandler, Extension.Handler])
def test_metrics_know_the_handler_by_its_name(handler_class: type[RequestHandler]) -> None:
    handler = handler_class.__new__(handler_class)
    redact(handler, "kernelspecs:read")
    assert isinstance(handler, handler_class)
    assert type(handler) is not handler_class
    for name in ("__module__", "__name__", "__qualname__"):
        assert getattr(type(handler), name) == getattr(handler_class, name)
