"""What the policies of 200 users cost their Hub, and what a policy costs a server of theirs.

The extension runs in the users' servers. The Hub has only what it hands on: arguments.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from .figures import Counts, Figure
from .hub import API, Hub, missing
from .refused_origins import resident_kib
from .server_turns import Ratios, compare, figures, get
from .servers import ALLOWED_ORIGINS, WITH_EXTENSION, WITHOUT_EXTENSION, Server
from .timing import take_turns

LIMIT = 1.05
#: Of the Hub's memory, which has some 100 MiB.
LIMIT_KIB = 1024.0
#: More of what a start takes, which is seconds.
LIMIT_MICROSECONDS = 1000.0
REQUESTS = {"GET /hub/api/users": "/hub/api/users?limit=200", "GET /hub/login": "/hub/login"}
_NOISE = "without policies, twice"
#: A Hub's request takes so many times that of a server.
_FEWER = 40
_MANY = 200
_MORE = [f"https://site-{number}.example.com" for number in range(_MANY - len(ALLOWED_ORIGINS))]
_MANY_ORIGINS = {
    **WITH_EXTENSION,
    "EscherpadExt": {"allowed_origins": [*ALLOWED_ORIGINS, *_MORE]},
}
#: The extension opens what it needs a moment after the server has started.
_SETTLE_SECONDS = 1.0


def measure(counts: Counts) -> Iterator[Figure]:
    yield from _hub(counts)
    yield from _servers(counts.hub_starts)


def _hub(counts: Counts) -> Iterator[Figure]:
    left_out = missing()
    rounds = [] if left_out else [_round(counts) for _ in range(counts.hub_starts)]
    not_measured = f"not measured: {left_out}" if left_out else ""
    users, noise = not_measured or f"{counts.hub_users} users' policies", not_measured or _NOISE
    for number, name in enumerate(REQUESTS):
        ratios = [each.requests[number] for each in rounds]
        yield from figures(f"hub: {name}", [with_them for with_them, _ in ratios], LIMIT, users)
        yield from figures(f"hub: {name}, noise", [same for _, same in ratios], None, noise)
    microseconds = tuple(each.microseconds for each in rounds)
    yield Figure("hub: to start a user's server", "µs", microseconds, LIMIT_MICROSECONDS, users)
    memory = [each.kib for each in rounds if each.kib is not None]
    if rounds and not memory:
        users = noise = "not measured on this system"
    yield Figure("hub: memory", "KiB", tuple(grown for grown, _ in memory), LIMIT_KIB, users)
    yield Figure("hub: memory, noise", "KiB", tuple(same for _, same in memory), None, noise)


@dataclass(frozen=True)
class _Round:
    """What was seen of a Hub with policies, and of a second one without, against one without."""

    requests: list[tuple[Ratios, Ratios]]
    #: What the policy adds to what the Hub does before it starts one user's server.
    microseconds: float
    kib: tuple[float, float] | None


def _round(counts: Counts) -> _Round:
    with (
        Hub(counts.hub_users, policies=False) as without,
        Hub(counts.hub_users, policies=True) as with_them,
        Hub(counts.hub_users, policies=False) as same,
    ):
        hubs = [without, with_them, same]
        turns = max(counts.requests // _FEWER, 1)
        prepared = take_turns([hub.prepare_all for hub in hubs], turns + 1)
        one_by_one = [with_it - it for it, with_it in zip(*prepared[:2], strict=True)]
        requests = []
        for path in REQUESTS.values():
            asked, again = compare([get(hub, path, API) for hub in hubs], turns)
            requests.append((asked, again))
        kib = [resident_kib(hub.pid) for hub in hubs]
    grown = [each - kib[0] for each in kib[1:] if each is not None and kib[0] is not None]
    return _Round(
        requests,
        median(one_by_one[1:]) / counts.hub_users * 1e6,
        (grown[0], grown[1]) if grown else None,
    )


def _servers(starts: int) -> Iterator[Figure]:
    """Yield what each user's server has more, as it runs before anybody has called it."""
    sides = {"without": WITHOUT_EXTENSION, "with": WITH_EXTENSION, "many": _MANY_ORIGINS}
    seen: dict[str, list[tuple[float, float | None]]] = {name: [] for name in sides}
    order = list(sides)
    _start(WITH_EXTENSION)  # reads the files from the disk
    for _ in range(starts):
        for name in order:
            seen[name].append(_start(sides[name]))
        order.append(order.pop(0))
    for name, less, what in (
        ("with", "without", "with the extension, three origins"),
        ("many", "with", f"{_MANY} origins against three"),
    ):
        pairs = list(zip(seen[less], seen[name], strict=True))
        kib = tuple(b[1] - a[1] for a, b in pairs if a[1] is not None and b[1] is not None)
        yield Figure("server: memory of its own", "KiB", kib, None, what)
        milliseconds = tuple(b[0] - a[0] for a, b in pairs)
        yield Figure("server: later to answer", "ms", milliseconds, None, what)


def _start(config: dict[str, Any]) -> tuple[float, float | None]:
    """Return the milliseconds until a server answers, and its own memory in KiB."""
    with Server(config) as server:
        time.sleep(_SETTLE_SECONDS)
        return server.seconds_to_ready * 1000, _private_kib(server.pid)


def _private_kib(pid: int) -> float | None:
    """Return the memory of a process that it shares with no other; None off Linux."""
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    if not rollup.exists():
        return None
    lines = [line.split() for line in rollup.read_text().splitlines()]
    return sum(float(line[1]) for line in lines if line[0].startswith("Private_"))
