"""Asking several servers the same in turns: the time waited for each, and the time it computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .figures import Figure
from .servers import Server
from .timing import Act, ratio, take_turns

PAUSE_SECONDS = 0.001


@dataclass(frozen=True)
class Side:
    """A server, and what is asked of it."""

    server: Server
    act: Act


@dataclass(frozen=True)
class Ratios:
    """How a server compares to the first one: seconds waited for it, seconds it computed."""

    waited: float
    computed: float | None


def get(server: Server, path: str, headers: dict[str, str]) -> Side:
    """Ask for ``path`` over a connection of its own."""
    connection = server.connect()
    return Side(server, lambda: connection.ask("GET", path, headers))


def compare(sides: Sequence[Side], turns: int) -> list[Ratios]:
    """Return the ratios of all but the first, to the first."""
    acts = [side.act for side in sides]
    take_turns(acts, turns // 8 + 1)
    before = [side.server.processor_seconds() for side in sides]
    waited = take_turns(acts, turns, PAUSE_SECONDS)
    after = [side.server.processor_seconds() for side in sides]
    computed = [
        None if start is None or end is None else end - start
        for start, end in zip(before, after, strict=True)
    ]
    return [
        Ratios(ratio(seconds, waited[0]), own / computed[0] if own and computed[0] else None)
        for seconds, own in zip(waited[1:], computed[1:], strict=True)
    ]


def figures(
    name: str, rounds: Sequence[Ratios], limit: float | None = None, note: str = ""
) -> list[Figure]:
    """Return the processor time, which has the limit, and the time waited.

    On a busy machine only the first means anything. Where the system does not tell it, the second
    has the limit.
    """
    waited = tuple(each.waited for each in rounds)
    computed = tuple(each.computed for each in rounds if each.computed is not None)
    if rounds and not computed:
        return [
            Figure(name, "x", (), None, "not measured on this system"),
            Figure(f"{name}, elapsed", "x", waited, limit, note),
        ]
    return [
        Figure(name, "x", computed, limit, note),
        Figure(f"{name}, elapsed", "x", waited, None, note),
    ]
