"""What the record of apps costs: a grant token's requests with ``activity`` on, against off.

Code that runs in a kernel is recorded, and so is each kind of read, once in ten minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from .figures import Counts, Figure
from .grant_tokens import give, in_use
from .kernel_round_trip import Handshake, by_subprotocol, compare_kernels
from .server_turns import Ratios, compare, figures
from .servers import ORIGIN, WITH_EXTENSION, Server

LIMIT_KERNEL = 1.03
LIMIT_GET = 1.02


def measure(counts: Counts) -> Iterator[Figure]:
    rounds = [_one_round(counts) for _ in range(counts.rounds)]
    for number, name, limit in ((0, "kernel round trip", LIMIT_KERNEL), (1, "GET", LIMIT_GET)):
        recorded, same = zip(*(each[number] for each in rounds), strict=True)
        noise, *_ = found = figures(f"{name}, noise", same, note="the record off, twice")
        apart = max((abs(value - 1) for value in noise.values), default=0.0)
        first, *more = figures(f"{name}, record on", recorded, limit, "the record off")
        yield from (replace(first, noise=apart), *more, *found)


def _one_round(counts: Counts) -> tuple[list[Ratios], list[Ratios]]:
    servers = [_server(activity) for activity in ("off", "on", "off")]
    # Before they start: a server reports grants that are made while it runs.
    tokens = [give(server, 0, "run") for server in servers]
    with ExitStack() as stack:
        for server in servers:
            stack.enter_context(server)
        pairs = list(zip(servers, tokens, strict=True))
        sides = [in_use(*pair) for pair in pairs]
        handshakes = [
            Handshake(server, {"Origin": ORIGIN}, by_subprotocol(token)) for server, token in pairs
        ]
        return compare_kernels(handshakes, counts.executions), compare(sides, counts.requests)


def _server(activity: str) -> Server:
    settings: dict[str, Any] = {**WITH_EXTENSION["EscherpadExt"], "activity": activity}
    return Server({**WITH_EXTENSION, "EscherpadExt": settings})
