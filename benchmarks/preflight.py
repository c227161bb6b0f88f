"""A preflight: the extension's answer against core's, with ``ServerApp.allow_origin`` set."""

from __future__ import annotations

from collections.abc import Iterator

from .figures import Counts, Figure
from .server_turns import Ratios, Side, compare, figures
from .servers import CORE_CORS, ORIGIN, WITH_EXTENSION, Server, running

LIMIT = 0.8
PATH = "/api/contents/notebook.ipynb"
HEADERS = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "authorization,content-type",
}


def measure(counts: Counts) -> Iterator[Figure]:
    rounds = [_one_round(counts.requests) for _ in range(counts.rounds)]
    yield from figures("preflight", rounds, LIMIT, "core: with allow_origin")


def _one_round(turns: int) -> Ratios:
    with running(CORE_CORS, WITH_EXTENSION) as (core, extension):
        (ratios,) = compare([_side(core, 200), _side(extension, 204)], turns)
    return ratios


def _side(server: Server, status: int) -> Side:
    connection = server.connect()
    return Side(server, lambda: connection.ask("OPTIONS", PATH, HEADERS, status=status))
