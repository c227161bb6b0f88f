"""The six figures that matter, in three minutes: a request from another origin comes first."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from .authenticated_get import LIMIT as LIMIT_NO_ORIGIN
from .authenticated_get import LIMIT_ACROSS
from .figures import Counts, Figure
from .grant_tokens import LIMIT as LIMIT_GRANT
from .grant_tokens import give
from .preflight import HEADERS as PREFLIGHT
from .preflight import PATH as PREFLIGHT_PATH
from .server_turns import Ratios, Side, compare, figures, get
from .servers import (
    AUTHORIZATION,
    CORE_CORS,
    ORIGIN,
    WITH_EXTENSION,
    WITHOUT_EXTENSION,
    Server,
    running,
)

ACROSS = {**AUTHORIZATION, "Origin": ORIGIN}
STRANGER = {"Origin": "https://evil.example"}
STATUS, CONTENTS = "/api/status", "/api/contents"
LIMIT_PREFLIGHT = LIMIT_STRANGER = 1.0
#: An answer to a preflight that does nothing else.
EMPTY = """
import sys
from tornado import httpserver, ioloop, web
class Empty(web.RequestHandler):
    def get(self):
        self.finish()
    def options(self):
        self.set_status(204)
application = web.Application([(".*", Empty)], log_function=lambda handler: None)
httpserver.HTTPServer(application).listen(int(sys.argv[1]), "127.0.0.1")
ioloop.IOLoop.current().start()
"""


class EmptyServer(Server):
    """A tornado server with one handler, which is empty."""

    def _command(self) -> list[str]:
        return [sys.executable, "-c", EMPTY, str(self.port)]


def measure(counts: Counts) -> Iterator[Figure]:
    one: dict[str, tuple[Callable[[int], Ratios], float, str]] = {
        f"GET {STATUS}, other origin": (_across(STATUS), LIMIT_ACROSS, "core: with allow_origin"),
        f"GET {CONTENTS}, other origin": (
            _across(CONTENTS),
            LIMIT_ACROSS,
            "core: with allow_origin",
        ),
        f"GET {STATUS}, no Origin": (_no_origin, LIMIT_NO_ORIGIN, "without the extension"),
        "grant token": (_grant, LIMIT_GRANT, "the server's own token, also across origins"),
        "preflight": (_preflight, LIMIT_PREFLIGHT, "an empty tornado handler"),
        "stranger": (_stranger, LIMIT_STRANGER, "core: the same request"),
    }
    for name, (act, limit, note) in one.items():
        rounds = [act(counts.main_requests) for _ in range(counts.main_rounds)]
        yield figures(name, rounds, limit, note)[0]


def _across(path: str) -> Callable[[int], Ratios]:
    def act(turns: int) -> Ratios:
        with running(CORE_CORS, WITH_EXTENSION) as servers:
            return compare([get(server, path, ACROSS) for server in servers], turns)[0]

    return act


def _no_origin(turns: int) -> Ratios:
    with running(WITHOUT_EXTENSION, WITH_EXTENSION) as servers:
        return compare([get(server, STATUS, AUTHORIZATION) for server in servers], turns)[0]


def _grant(turns: int) -> Ratios:
    with running(WITH_EXTENSION, WITH_EXTENSION) as (own, given):
        headers = {"Authorization": f"Bearer {give(given, 0)}", "Origin": ORIGIN}
        return compare([get(own, STATUS, ACROSS), get(given, STATUS, headers)], turns)[0]


def _preflight(turns: int) -> Ratios:
    with EmptyServer({}) as empty, Server(WITH_EXTENSION) as extension:
        asking = ("OPTIONS", PREFLIGHT_PATH, PREFLIGHT, 204)
        return compare([_ask(empty, *asking), _ask(extension, *asking)], turns)[0]


def _stranger(turns: int) -> Ratios:
    with running(CORE_CORS, WITH_EXTENSION) as (core, extension):
        asking = ("GET", CONTENTS, STRANGER)
        return compare([_ask(core, *asking, 404), _ask(extension, *asking, 403)], turns)[0]


def _ask(server: Server, method: str, path: str, headers: dict[str, str], status: int) -> Side:
    connection = server.connect()
    return Side(server, lambda: connection.ask(method, path, headers, status=status))
