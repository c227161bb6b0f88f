"""Which cells and outputs of a notebook an edit touched, by the events of ``pycrdt``. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence, Set
from typing import Any

_ALL = None


class Touched:
    """What an edit touched, by its place after the edit."""

    def __init__(self) -> None:
        #: Whether it cannot be told, so that all counts as new.
        self.everything = False
        self.new_cells = set[int]()
        #: The cells that may have a new mark.
        self.marks = set[int]()
        self._outputs = dict[int, set[int] | None]()

    def add(
        self, path: Sequence[Any], delta: Sequence[dict[str, Any]] | None, keys: Set[str]
    ) -> None:
        """Add an event: where it was, what was inserted there, and which keys changed."""
        if not path:
            self.new_cells.update(_inserted(delta or ()))
            return
        cell, *rest = path
        if not rest:
            self._add_keys(cell, keys)
        elif rest == ["outputs"]:
            self._add_outputs(cell, _inserted(delta or ()))
        elif rest[0] == "outputs":
            self._add_outputs(cell, [rest[1]])
        elif rest == ["metadata"] and "trusted" in keys:
            self.marks.add(cell)

    def cells(self) -> Collection[int]:
        """Return the cells that are to be looked at."""
        return self.new_cells | self.marks | self._outputs.keys()

    def touches(self, cell: int, output: int) -> bool:
        """Return whether an output is new or changed."""
        if self.everything or cell in self.new_cells:
            return True
        outputs = self._outputs.get(cell, set())
        return outputs is _ALL or output in outputs

    def _add_keys(self, cell: int, keys: Set[str]) -> None:
        if "metadata" in keys:
            self.marks.add(cell)
        if "outputs" in keys:
            self._outputs[cell] = _ALL

    def _add_outputs(self, cell: int, outputs: Collection[int]) -> None:
        found = self._outputs.setdefault(cell, set())
        if found is not _ALL:
            found.update(outputs)


def _inserted(delta: Sequence[dict[str, Any]]) -> list[int]:
    return list(_indexes(delta))


def _indexes(delta: Sequence[dict[str, Any]]) -> Iterator[int]:
    """Yield what was inserted (https://docs.yjs.dev/api/delta-format)."""
    index = 0
    for step in delta:
        length = len(step["insert"]) if "insert" in step else step.get("retain", 0)
        if "insert" in step:
            yield from range(index, index + length)
        index += length
