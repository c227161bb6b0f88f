"""Takes away from an edit in a room what would run in the owner's browser.

An output that an app adds stays if the owner runs the cell at the same time. The owner's run marks
the cell as trusted. So in cells that are there, an app can only add what is harmless even
then. A new cell may bring outputs that the notebook had: that is how pages move cells.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from ..policy.outputs import harmless_part, is_harmless
from .room_touched import Touched


class Before:
    """The room's document as it is before an edit. It is read only where that matters."""

    def __init__(self, document: Any) -> None:
        self._document = document

    @cached_property
    def outputs(self) -> frozenset[str]:
        """The outputs of all cells."""
        return frozenset(text_of(each) for cell in self._cells for each in outputs_of(cell))

    @cached_property
    def trusted(self) -> frozenset[str]:
        """The outputs of trusted cells."""
        return frozenset(text_of(each) for cell in self._trusted for each in outputs_of(cell))

    @cached_property
    def trusted_lists(self) -> frozenset[str]:
        """All outputs of a trusted cell, for each of them."""
        return frozenset(text_of(outputs_of(cell)) for cell in self._trusted)

    @cached_property
    def cells(self) -> dict[str, str]:
        """All outputs of each cell by its id."""
        return {str(cell.get("id")): text_of(outputs_of(cell)) for cell in self._cells}

    @cached_property
    def _trusted(self) -> list[dict[str, Any]]:
        return [cell for cell in self._cells if is_trusted(cell)]

    @cached_property
    def _cells(self) -> list[dict[str, Any]]:
        from pycrdt import Array  # noqa: PLC0415 - where there are rooms, it is installed

        cells = self._document.get("cells", type=Array)
        return [cell for cell in map(_plain, cells) if isinstance(cell, dict)]


def keep_harmless(cells: Any, touched: Touched, before: Before) -> None:
    """Take away what an edit of ``cells`` must not bring. They are part of a copy."""
    from pycrdt import Map  # noqa: PLC0415

    places = range(len(cells)) if touched.everything else touched.cells()
    for place in sorted(places, reverse=True):
        if not isinstance(cells[place], Map):
            del cells[place]  # no page can show it
            continue
        _keep_harmless_outputs(cells[place], place, touched, before)
        _take_mark(cells[place], place, touched, before)


def _keep_harmless_outputs(cell: Any, place: int, touched: Touched, before: Before) -> None:
    from pycrdt import Array, Map  # noqa: PLC0415

    outputs = cell.get("outputs")
    if outputs is None:
        return
    if not isinstance(outputs, Array):
        cell["outputs"] = Array()
        return
    for index in reversed(range(len(outputs))):
        if not touched.touches(place, index):
            continue
        output = _plain(outputs[index])
        part = output if _may_stay(output, place, touched, before) else harmless_part(output)
        if part is None or part != output:
            del outputs[index]
            outputs[index:index] = [] if part is None else [Map(part)]


def _may_stay(output: Any, place: int, touched: Touched, before: Before) -> bool:
    """Return whether the notebook had an output, in a way that makes it no worse here."""
    if is_harmless(output):
        return True
    is_new = place in touched.new_cells
    return text_of(output) in (before.outputs if is_new else before.trusted)


def _take_mark(cell: Any, place: int, touched: Touched, before: Before) -> None:
    """Leave a new mark only to a cell with the outputs of one that was trusted: a moved one."""
    may_be_new = touched.everything or place in touched.new_cells | touched.marks
    if not may_be_new or not is_trusted(cell):
        return
    if text_of(outputs_of(_plain(cell))) in before.trusted_lists:
        return
    metadata = cell["metadata"]
    if isinstance(metadata, dict):
        cell["metadata"] = {**metadata, "trusted": False}
    else:
        metadata["trusted"] = False


def is_trusted(cell: Any) -> bool:
    """Return whether a cell has the mark. It is a map of a document, or plain."""
    from pycrdt import Map  # noqa: PLC0415

    metadata = cell.get("metadata")
    return isinstance(metadata, (Map, dict)) and bool(metadata.get("trusted"))


def outputs_of(cell: dict[str, Any]) -> Iterator[Any]:
    """Return the outputs of a plain cell."""
    found = cell.get("outputs")
    return iter(found if isinstance(found, list) else ())


def _plain(value: Any) -> Any:
    return value.to_py() if hasattr(value, "to_py") else value


def text_of(value: Any) -> str:
    """Return a text that equal values have."""
    found = list(value) if isinstance(value, Iterator) else value
    return json.dumps(found, sort_keys=True, default=str)
