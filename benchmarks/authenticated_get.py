"""A GET with the server's own token in the header: with the extension against without it."""

from __future__ import annotations

from collections.abc import Iterator

from .figures import Counts, Figure
from .server_turns import Ratios, compare, figures, get
from .servers import (
    AUTHORIZATION,
    CORE_CORS,
    ORIGIN,
    WITH_EXTENSION,
    WITHOUT_EXTENSION,
    running,
)

LIMIT = 1.02
LIMIT_ACROSS = 1.0
PATHS = ("/api/status", "/api/contents")


def measure(counts: Counts) -> Iterator[Figure]:
    for path in PATHS:
        name = f"GET {path}"
        across = [_across(path, counts.requests) for _ in range(counts.rounds)]
        yield from figures(f"{name}, other origin", across, LIMIT_ACROSS, "core: with allow_origin")
        rounds = [_without_origin(path, counts.requests) for _ in range(counts.rounds)]
        extension, same = zip(*rounds, strict=True)
        yield from figures(f"{name}, no Origin", extension, LIMIT)
        yield from figures(f"{name}, noise", same, note="without the extension, twice")


def _without_origin(path: str, turns: int) -> list[Ratios]:
    with running(WITHOUT_EXTENSION, WITH_EXTENSION, WITHOUT_EXTENSION) as servers:
        return compare([get(server, path, AUTHORIZATION) for server in servers], turns)


def _across(path: str, turns: int) -> Ratios:
    headers = {**AUTHORIZATION, "Origin": ORIGIN}
    with running(CORE_CORS, WITH_EXTENSION) as servers:
        (extension,) = compare([get(server, path, headers) for server in servers], turns)
    return extension
