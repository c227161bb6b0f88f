"""Taking turns: what disturbs one side disturbs the other as much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter, sleep

Act = Callable[[], object]


def take_turns(acts: Sequence[Act], turns: int, pause: float = 0.0) -> list[list[float]]:
    """Return for each act the seconds it took in each turn.

    Each turn another one goes first. The pause lets a server finish what it does after it has
    answered: else that would be counted as the time of whoever comes next.
    """
    seconds: list[list[float]] = [[0.0] * turns for _ in acts]
    order = list(range(len(acts)))
    for turn in range(turns):
        for index in order:
            sleep(pause)
            started = perf_counter()
            acts[index]()
            seconds[index][turn] = perf_counter() - started
        order.append(order.pop(0))
    return seconds


def ratio(seconds: Sequence[float], reference: Sequence[float]) -> float:
    """Return the median of the ratios, turn by turn."""
    return median(mine / its for mine, its in zip(seconds, reference, strict=True))


def ratios(acts: Sequence[Act], turns: int) -> list[float]:
    """Return how long each act takes, the first being 1. An eighth of the turns warms up."""
    take_turns(acts, turns // 8 + 1)
    reference, *others = take_turns(acts, turns)
    return [ratio(seconds, reference) for seconds in others]
