"""A GET from an allowed origin: a grant token against the server's own.

Beside it, the same among very many grants (ten for each policy entry that is measured elsewhere).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

from escherpad_ext.grants import GrantRequest, Issuer
from escherpad_ext.grants.registry import FILE_NAME
from escherpad_ext.policy.scopes import expand

from .figures import Counts, Figure
from .server_turns import PAUSE_SECONDS, Ratios, Side, compare, figures, get
from .servers import AUTHORIZATION, ORIGIN, WITH_EXTENSION, Server
from .timing import take_turns

LIMIT = 1.03
LIMIT_MANY = 1.03
PATH = "/api/status"
#: In this time, the first use of a grant is written. Later ones are written once a minute.
SETTLING_SECONDS = 1.0


def measure(counts: Counts) -> Iterator[Figure]:
    grants = counts.entries * 10
    rounds = [_one_round(counts.requests, grants) for _ in range(counts.rounds)]
    one = [each for each, _ in rounds]
    yield from figures("grant token", one, LIMIT, "the server's own token, also across origins")
    among = [Ratios(m.waited / o.waited, _divide(m.computed, o.computed)) for o, m in rounds]
    yield from figures(f"… among {grants:,} grants", among, LIMIT_MANY, "one grant")


def _one_round(turns: int, grants: int) -> list[Ratios]:
    own, one, many = (Server(WITH_EXTENSION) for _ in range(3))
    # Before they start: a server reports grants that are made while it runs.
    tokens = give(one, 0), give(many, grants)
    with own, one, many:
        sides = [get(own, PATH, {**AUTHORIZATION, "Origin": ORIGIN})]
        sides += [in_use(s, token) for s, token in zip((one, many), tokens, strict=True)]
        return compare(sides, turns)


def in_use(server: Server, token: str) -> Side:
    """Return a side that uses a grant token, whose first use was written."""
    side = get(server, PATH, {"Authorization": f"Bearer {token}", "Origin": ORIGIN})
    until = time.monotonic() + SETTLING_SECONDS
    while time.monotonic() < until:
        take_turns([side.act], 1, PAUSE_SECONDS)
    return side


def give(server: Server, more: int, bundle: str = "api:read") -> str:
    """Return a token with a bundle's scopes for this server, from among ``more`` others."""
    folder = server.folder / "data" / "escherpad_ext"
    now = int(time.time())
    request = GrantRequest(ORIGIN, expand(bundle), "ana", now, now + 86400)
    with closing(Issuer(folder)) as issuer:
        _grant, token = issuer.issue(request)
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        columns = "origin, scopes, owner, server, place, name, via, key_id, created, expires"
        connection.execute(
            f"INSERT INTO grants (id, {columns}) "
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            f"SELECT printf('%032x', i), {columns} FROM grants, n WHERE ? > 0",
            (more, more),
        )
    return token


def _divide(one: float | None, other: float | None) -> float | None:
    return one / other if one and other else None
