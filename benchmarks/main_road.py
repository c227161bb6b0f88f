"""The six figures that matter, in three minutes: a request from another origin comes first."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import NamedTuple

from .authenticated_get import LIMIT as LIMIT_NO_ORIGIN
from .authenticated_get import LIMIT_ACROSS
from .figures import Counts, Figure
from .grant_tokens import LIMIT as LIMIT_GRANT
from .grant_tokens import give, in_use
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
)

ACROSS = {**AUTHORIZATION, "Origin": ORIGIN}
STRANGER = {"Origin": "https://evil.example"}
STATUS, CONTENTS = "/api/status", "/api/contents"
LIMIT_PREFLIGHT = LIMIT_STRANGER = 1.0
NOISE = "noise"
#: Each figure's limit, and what it is compared with.
LIMITS = {
    f"GET {STATUS}, other origin": (LIMIT_ACROSS, "core: with allow_origin"),
    f"GET {CONTENTS}, other origin": (LIMIT_ACROSS, "core: with allow_origin"),
    f"GET {STATUS}, no Origin": (LIMIT_NO_ORIGIN, "without the extension"),
    "grant token": (LIMIT_GRANT, "the server's own token, also across origins"),
    "preflight": (LIMIT_PREFLIGHT, "an empty tornado handler"),
    "stranger": (LIMIT_STRANGER, "core: the same request"),
}
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


class Servers(NamedTuple):
    """The servers of one round. ``granting`` is like ``extension``, and has a grant."""

    core: Server
    plain: Server
    empty: Server
    extension: Server
    granting: Server


def measure(counts: Counts) -> Iterator[Figure]:
    found: dict[str, list[Ratios]] = {}
    for _ in range(counts.main_rounds):
        for name, ratios in _one_round(counts.main_requests):
            found.setdefault(name, []).append(ratios)
    (noise,) = figures(NOISE, found[NOISE], note="two servers with the extension")[:1]
    apart = max((abs(value - 1) for value in noise.values), default=0.0)
    for name, (limit, note) in LIMITS.items():
        yield replace(figures(name, found[name], limit, note)[0], noise=apart)
    yield noise


@contextmanager
def _all_running() -> Iterator[Servers]:
    with ExitStack() as stack:
        configs = (CORE_CORS, WITHOUT_EXTENSION, None, WITH_EXTENSION, WITH_EXTENSION)
        made = [EmptyServer({}) if config is None else Server(config) for config in configs]
        yield Servers(*map(stack.enter_context, made))


def _one_round(turns: int) -> Iterator[tuple[str, Ratios]]:
    with _all_running() as servers:
        core, plain, empty, extension, granting = servers
        asked = ("OPTIONS", PREFLIGHT_PATH, PREFLIGHT, 204)
        one = {
            f"GET {STATUS}, other origin": [get(s, STATUS, ACROSS) for s in (core, extension)],
            f"GET {CONTENTS}, other origin": [get(s, CONTENTS, ACROSS) for s in (core, extension)],
            f"GET {STATUS}, no Origin": [get(s, STATUS, AUTHORIZATION) for s in (plain, extension)],
            "preflight": [_ask(server, *asked) for server in (empty, extension)],
            "stranger": [
                _ask(core, "GET", CONTENTS, STRANGER, 404),
                _ask(extension, "GET", CONTENTS, STRANGER, 403),
            ],
            NOISE: [get(s, STATUS, ACROSS) for s in (extension, granting)],
        }
        for name, sides in one.items():
            yield name, compare(sides, turns)[0]
        granted = in_use(granting, give(granting, 0))
        yield "grant token", compare([get(extension, STATUS, ACROSS), granted], turns)[0]


def _ask(server: Server, method: str, path: str, headers: dict[str, str], status: int) -> Side:
    connection = server.connect()
    return Side(server, lambda: connection.ask(method, path, headers, status=status))
