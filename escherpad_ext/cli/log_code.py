"""Code that apps ran, as people read it: cells in a row are one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from ..console import cut, printable, quoted
from ..grants.activity import DEBUG, MESSAGE, Deed
from ..grants.activity_words import PLAIN, details

_SHOWN_HASH = 12
_SHOWN_CODE = 60
#: What may run, and is no cell.
_SENT = frozenset({DEBUG, MESSAGE})


def in_groups(deeds: Iterable[Deed]) -> Iterator[list[Deed]]:
    """Yield what belongs on one line: the cells of one app in one notebook, or one thing."""
    for _, group in groupby(deeds, _line_of):
        yield list(group)


def is_code(deed: Deed) -> bool:
    """Return whether code was run, so that there is more to say than a path."""
    return "sha256" in details(deed.action)


def what_ran(deeds: Sequence[Deed]) -> str:
    """Return what was run where, and how it ended."""
    first, times = deeds[0], sum(each.times for each in deeds)
    where = quoted(str(details(first.action).get("notebook") or first.action.path))
    if first.action.method in _SENT:
        return f"{PLAIN[first.action.method].format(path=where)}: {_what(first)}"
    what = f"{times} cells{_silently(first)}" if len(deeds) > 1 else _what(first)
    errors = sum(each.errors for each in deeds)
    ended = "" if not errors else " - error" if times == 1 else f" - {errors} with an error"
    return f"ran {what} in {where}{ended}"


def _what(deed: Deed) -> str:
    found = details(deed.action)
    of = f"of {quoted(str(found['request']))}" if "request" in found else "of code"
    source = found.get("source")
    shown = f": {printable(cut(str(source), _SHOWN_CODE))!r}" if source is not None else ""
    digest = printable(str(found["sha256"])[:_SHOWN_HASH])
    return f"{_size(found.get('size'))} bytes {of}{_silently(deed)} (sha256 {digest}…{shown})"


def _silently(deed: Deed) -> str:
    return ", silently" if details(deed.action).get("silent") else ""


def _size(value: object) -> int:
    """Return a number, 0 where the file has something else."""
    return value if isinstance(value, int) else 0


def _line_of(deed: Deed) -> object:
    found = details(deed.action)
    if "sha256" not in found or "source" in found or deed.action.method in _SENT:
        return deed.number
    return deed.client, deed.action.path, found.get("notebook"), _silently(deed)
