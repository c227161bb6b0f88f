"""Opening a WebSocket from another origin: token subprotocol against core's ``?token=``."""

from __future__ import annotations

from collections.abc import Iterator

from .bare_websocket import HANDSHAKE
from .figures import Counts, Figure
from .server_turns import Ratios, Side, compare, figures
from .servers import CORE_CORS, ORIGIN, TOKEN, WITH_EXTENSION, Server, running

LIMIT = 1.0
PATH = "/api/events/subscribe"
_TOKEN_PROTOCOL = "v1.token.websocket.jupyter.org"
_HEADERS = {**HANDSHAKE, "Origin": ORIGIN}
_OFFER = {"Sec-WebSocket-Protocol": f"{_TOKEN_PROTOCOL}, {_TOKEN_PROTOCOL}.{TOKEN}"}


def measure(counts: Counts) -> Iterator[Figure]:
    rounds = [_one_round(counts.requests) for _ in range(counts.rounds)]
    note = "token subprotocol; core: ?token="
    yield from figures("WebSocket handshake, other origin", rounds, LIMIT, note)


def _one_round(turns: int) -> Ratios:
    with running(CORE_CORS, WITH_EXTENSION) as (core, extension):
        (ratios,) = compare(
            [
                _side(core, f"{PATH}?token={TOKEN}", _HEADERS),
                _side(extension, PATH, {**_HEADERS, **_OFFER}),
            ],
            turns,
        )
    return ratios


def _side(server: Server, path: str, headers: dict[str, str]) -> Side:
    """Shake hands over a connection of its own each time, and hang up."""

    def act() -> None:
        connection = server.connect()
        connection.ask("GET", path, headers, status=101)
        connection.close()

    return Side(server, act)
