"""Asking several servers the same in turns, over kept-alive connections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .figures import Figure
from .servers import Server
from .timing import Act, ratio, take_turns


@dataclass(frozen=True)
class Question:
    """A request, and the status that its answer must have."""

    server: Server
    method: str
    path: str
    headers: dict[str, str]
    status: int = 200

    def asking(self) -> Act:
        connection = self.server.connect()
        return lambda: connection.ask(self.method, self.path, self.headers, status=self.status)


@dataclass(frozen=True)
class Ratios:
    """How a server compares to the first one: seconds waited for it, seconds it computed."""

    waited: float
    computed: float | None


def compare(questions: Sequence[Question], turns: int) -> list[Ratios]:
    """Return the ratios of all but the first, to the first."""
    acts = [question.asking() for question in questions]
    take_turns(acts, turns // 8 + 1)
    before = [question.server.processor_seconds() for question in questions]
    waited = take_turns(acts, turns)
    after = [question.server.processor_seconds() for question in questions]
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
    """Return the two figures: on a busy machine, only the second means anything."""
    waited = tuple(each.waited for each in rounds)
    computed = tuple(each.computed for each in rounds if each.computed is not None)
    processor = "the server's processor time" if computed else "not measured on this system"
    return [
        Figure(name, "x", waited, limit, note),
        Figure(f"{name}, processor", "x", computed, limit, processor),
    ]
