"""Keeps notebooks untrusted that a grant without code execution wrote.

Jupyter trusts the outputs of a notebook that it signed, and signs one where it is saved: if its
cells say ``trusted``, or if their outputs look harmless (``nbformat.sign``). An output of a type
that notebooks do not have looks harmless to it, so nothing at all is signed here. Nor is one with
such an output, whoever saves it: the owner's page saves what an app put there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from jupyter_server.services.contents.manager import ContentsManager

# Handlers and the tasks that they start run in the context of their request.
_OUTPUTS = frozenset({"display_data", "error", "execute_result", "pyerr", "pyout", "stream"})
_writes_untrusted = ContextVar("escherpad_writes_untrusted", default=False)

if TYPE_CHECKING:
    _Base = ContentsManager
else:
    _Base = object


class _WithoutTrust(_Base):
    """Mixin for a contents manager."""

    def check_and_sign(self, nb: Any, path: str = "", **more: Any) -> None:
        """Drop the marks and sign nothing, if the writer's token cannot run code."""
        if _writes_untrusted.get() or _has_unknown_output(nb):
            self.log.info("Notebook %s is not trusted: an app may have written it.", path)
            drop_trust(nb)
        else:
            super().check_and_sign(nb, path, **more)  # type: ignore[no-untyped-call]


def compose_contents_manager(manager: Any) -> None:
    """Let a contents manager of any class sign nothing that such a grant writes."""
    base = type(manager)
    if isinstance(manager, ContentsManager) and not isinstance(manager, _WithoutTrust):
        manager.__class__ = type(base.__name__, (_WithoutTrust, base), {})


def write_untrusted() -> None:
    """Sign nothing that the rest of this request writes."""
    _writes_untrusted.set(True)


def drop_trust(notebook: Any) -> None:
    """Remove the marks of all cells of a notebook, whatever its format."""
    for cell in _cells(notebook):
        metadata = cell.get("metadata")
        if isinstance(metadata, dict):
            metadata.pop("trusted", None)


def _has_unknown_output(notebook: Any) -> bool:
    outputs = (each for cell in _cells(notebook) for each in _dicts(cell.get("outputs")))
    return any(output.get("output_type") not in _OUTPUTS for output in outputs)


def _cells(notebook: Any) -> Iterator[dict[str, Any]]:
    """Yield the cells of a notebook of format 4, or of the formats before it."""
    if isinstance(notebook, dict):
        for sheet in (notebook, *_dicts(notebook.get("worksheets"))):
            yield from _dicts(sheet.get("cells"))


def _dicts(found: Any) -> Iterator[dict[str, Any]]:
    yield from (each for each in found or () if isinstance(each, dict))
