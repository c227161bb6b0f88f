"""Settings as text that is the same in every process."""

from __future__ import annotations

from dataclasses import fields, is_dataclass


def text_of(value: object) -> str:
    """Return a ``repr`` with the entries of sets in their order."""
    if isinstance(value, frozenset):
        return f"{{{', '.join(sorted(map(repr, value)))}}}"
    if is_dataclass(value):
        found = (f"{each.name}={text_of(getattr(value, each.name))}" for each in fields(value))
        return f"{type(value).__name__}({', '.join(found)})"
    return repr(value)
