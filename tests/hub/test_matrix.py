"""Every route of a single-user server by every credential of the Hub's, from either origin.

Requests go straight to the server, as from the proxy, also outside its base URL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from server.test_matrix import judge_nobody, judge_shared, judge_withheld, report
from support.constants import ALLOWED, REFUSED
from support.hub.hub_process import HubProcess, UserServer
from support.hub.hub_user import Visitor, call
from support.hub.terminal import type_in_terminal
from support.server.matrix_server import MatrixServer, credential
from support.wire import Answer

pytest_plugins = ["support.hub.fixtures"]
pytestmark = pytest.mark.timeout(300)

METHODS = ("GET", "POST", "DELETE")
CREDENTIALS = ("none", "cookie", "bob's token", "ana's token", "grant")

Shown = dict[str, list[tuple[str, str]]]


@dataclass(frozen=True)
class Route:
    """What the server tells of a route."""

    path: str
    name: str
    is_websocket: bool
    asks_who: bool
    public_paths: bool
    for_owner: bool

    def __str__(self) -> str:
        return f"{self.name} {self.path}"


class Cell(NamedTuple):
    """A request of the matrix."""

    method: str
    route: Route
    origin: str | None
    credential: str


#: Says what is wrong with an answer, given what somebody else is answered; nothing if all is well.
Judge = Callable[[Cell, Answer, "Answer | None"], str]


class Matrix(MatrixServer):
    """A server in another process, and everything that can be shown to it."""

    def __init__(self, server: UserServer, routes: list[Route], shown: Shown) -> None:
        self.app = SimpleNamespace(base_url=server.path)
        self.port = server.port
        self.routes = [route for route in routes if not route.public_paths]
        self._shown = shown
        self._at_once = asyncio.Semaphore(16)

    def cells(self, origin: str | None, *credentials: str) -> list[Cell]:
        """Return what to ask: every route by its methods and these credentials."""
        return [
            Cell(method, route, origin, kind)
            for route in self.routes
            for method in (*METHODS, *(["WebSocket"] if route.is_websocket else []))
            for kind in credentials
        ]

    async def answers(self, *groups: list[Cell]) -> list[list[Answer | None]]:
        """Ask all of these at once, since some handlers never answer; return them by groups."""
        answers = iter(await self.ask_all(self._asked(cell) for group in groups for cell in group))
        return [[next(answers) for _ in group] for group in groups]

    def _asked(self, cell: Cell) -> tuple[object, ...]:
        origin = [("Origin", cell.origin)] if cell.origin else []
        return cell.method, cell.route, [*origin, *self._shown[cell.credential]], "", {}


async def matrix_of(server: UserServer) -> Matrix:
    """Return the matrix of a server of ana's; the grant is for looking only."""
    hub = server.hub
    routes = (await call(server, "GET", "tests/routes", token=hub.token("ana"))).json()
    create = f"jupyter escherpad token create --origin {ALLOWED} --scope view"
    tokens = {
        "ana's token": hub.token("ana"),
        "bob's token": hub.token("bob"),
        "grant": (await type_in_terminal(server, create)).out.strip(),
    }
    owner = Visitor(hub, "ana").log_in().enter(server)
    cookie = [("Cookie", owner.cookie(server)), ("X-XSRFToken", owner.xsrf(server))]
    shown = {kind: credential("header", token, "")[0] for kind, token in tokens.items()}
    routes = [Route(**route) for route in routes]
    return Matrix(server, routes, {"none": [], "cookie": cookie, **shown})


async def test_no_route_makes_an_exception(hub: HubProcess) -> None:
    """Refused origins get nothing, allowed ones are whose token they show; nobody has to log in."""
    (server,) = hub.start(("ana", "second"))
    hub.start(("bob", ""))
    matrix = await matrix_of(server)
    paths = {route.path.removeprefix(server.path) for route in matrix.routes}
    assert paths >= {"oauth_callback", "logout", "api/contents/x", "lab", "escherpad/authorize"}
    assert len(matrix.routes) > 80
    turns = cycle(CREDENTIALS)
    twice = matrix.cells(REFUSED, "", "")
    unwelcome = [cell._replace(credential=next(turns)) for cell in twice]
    anybody = matrix.cells(None, "none")
    nobody = matrix.cells(ALLOWED, "none", "cookie", "bob's token")
    little = matrix.cells(ALLOWED, "grant")
    owner, script = matrix.cells(ALLOWED, "ana's token"), matrix.cells(None, "ana's token")
    refused, anonymous, unknown, grantee = await matrix.answers(unwelcome, anybody, nobody, little)
    owners, scripts = await matrix.answers(owner, script)
    await end_kernels(server)
    secret = secret_of(server)
    report(
        [
            *wrong(unwelcome, refused, [], [], lambda _, answer, __: judge_withheld(answer)),
            *wrong(nobody, unknown, anybody, anonymous, judge_stranger),
            *wrong(little, grantee, script, scripts, judge_grantee),
            *wrong(owner, owners, script, scripts, judge_owner),
            *(cell for cell, answer in zip(little, grantee, strict=True) if shows(answer, secret)),
        ]
    )


async def end_kernels(server: UserServer) -> None:
    """Leave no kernel to other tests."""
    token = server.hub.token("ana")
    for kernel in (await call(server, "GET", "api/kernels", token=token)).json():
        await call(server, "DELETE", f"api/kernels/{kernel['id']}", token=token)


def wrong(
    cells: list[Cell],
    answers: list[Answer | None],
    others: list[Cell],
    theirs: list[Answer | None],
    judge: Judge,
) -> Iterator[tuple[str, ...]]:
    """Yield the cells that something is wrong with, and what."""
    found = {(c.method, c.route): answer for c, answer in zip(others, theirs, strict=True)}
    for cell, answer in zip(cells, answers, strict=True):
        other = found.get((cell.method, cell.route))
        if answer is None and other is None and others:
            continue  # what breaks down does so for everybody
        said = "no answer" if answer is None else judge(cell, answer, other)
        if said:
            yield (*map(str, cell), said)


def judge_any(answer: Answer) -> str:
    """Return what is wrong with any answer to an allowed origin."""
    location = answer.get("Location") or ""
    if "/hub/" in location and not location.endswith("/hub/logout"):
        return "sent to the Hub"
    return judge_shared(answer)


def judge_stranger(_cell: Cell, answer: Answer, anonymous: Answer | None) -> str:
    """Return what is wrong with the answer to who has nothing that counts."""
    return judge_any(answer) or judge_nobody(answer, anonymous)


def judge_owner(cell: Cell, answer: Answer, script: Answer | None) -> str:
    """Return what is wrong with the answer to the owner's Hub token."""
    refusal = answer.refusal()
    if cell.route.for_owner:
        said = answer.status == 405 or (refusal is not None and refusal[0] == "owner_only")
        return "" if said else f"{answer.status} {refusal}"
    if refusal == ("not_across_origins", "no_login_check") and not cell.route.asks_who:
        refusal = None
    if answer.status >= 500 and (script is None or script.status < 500):
        return f"{answer.status}, where scripts get {script and script.status}"
    return judge_any(answer) or (f"{answer.status} {refusal}" if refusal else "")


def judge_grantee(cell: Cell, answer: Answer, script: Answer | None) -> str:
    """Return what is wrong with the answer to a token that may look at files only."""
    refusal = answer.refusal()
    if refusal is not None:
        expected = {"insufficient_scope", "owner_only", "not_across_origins"}
        return judge_any(answer) or ("" if refusal[0] in expected else f"{refusal}")
    if answer.status >= 500 and (script is None or script.status < 500):
        return f"{answer.status}, where scripts get {script and script.status}"
    changes = cell.method != "GET" and answer.status < 400
    return judge_any(answer) or (f"{answer.status}" if changes else "")


def shows(answer: Answer | None, secret: bytes) -> bool:
    """Return whether an answer has a secret in it."""
    return answer is not None and secret in answer.body


def secret_of(server: UserServer) -> bytes:
    """Return the token with which the server asks the Hub."""
    environment = Path(f"/proc/{server.pid}/environ").read_bytes().split(b"\0")
    (found,) = [e for e in environment if e.startswith(b"JUPYTERHUB_API_TOKEN=")]
    return found.partition(b"=")[2]
