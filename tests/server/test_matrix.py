"""Every route by every method by every origin by every credential.

Routes are read off the running server, so that a new one is covered without anyone listing it. The
answers are judged by what the design promises, never by what some handler happens to do.
"""

from __future__ import annotations

import gc
import re
from itertools import cycle

import pytest
from jupyter_server.base.handlers import AuthenticatedHandler
from support.constants import ALLOWED, REFUSED, TOKEN
from support.server.matrix_server import LAB_CONFIG, METHODS, MatrixServer, credential
from support.server.routes import Route
from support.wire import Answer, ask
from traitlets.config import Config

from escherpad_ext.connect.handlers.apps import OwnerApiHandler
from escherpad_ext.connect.handlers.live import LiveHandler
from escherpad_ext.connect.handlers.page import PageHandler

pytestmark = [
    pytest.mark.slow,
    # JupyterLab and its parts warn of each other, when they are loaded.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    # Its LicensesHandler cannot send an error: the method that ends a response is a coroutine.
    pytest.mark.filterwarnings("ignore:coroutine 'LicensesHandler.finish' was never awaited"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.timeout(120),
]

CREDENTIALS = ("none", "header", "wrong", "url", "cookie", "subprotocol", "everything")
UNWELCOME = {"refused": REFUSED, "null": "null", "malformed": f"{ALLOWED}/"}
#: Codes that tell a program that no token counted.
UNAUTHENTICATED = {"missing_token", "invalid_token", "token_in_url"}


@pytest.fixture
def jp_server_config(escherpad_config, server_config):
    config = Config(LAB_CONFIG)
    config.merge(Config({"IdentityProvider": {"token": TOKEN}, "EscherpadExt": escherpad_config}))
    config.merge(Config(server_config))
    config.ServerApp.reraise_server_extension_failures = True
    return config


@pytest.fixture
def server(jp_serverapp, http_server, jp_http_port, tmp_path, jp_asyncio_loop, monkeypatch):
    """Return the filled server; what would end it or go out to the internet is neutralised."""
    running = MatrixServer(jp_serverapp, jp_http_port, tmp_path)
    running.neutralise_build(monkeypatch)
    jp_asyncio_loop.run_until_complete(running.fill())
    yield running
    jp_asyncio_loop.run_until_complete(running.close())
    gc.collect()  # what handlers forgot to await is told of here, where it is ignored


async def log_in(server: MatrixServer) -> str:
    """Return the ``Cookie`` header of somebody who is logged in."""
    login = await ask(
        server.port, "GET", f"{server.app.base_url}lab", [("Authorization", f"token {TOKEN}")]
    )
    cookies = "; ".join(value.partition(";")[0] for value in login.all("Set-Cookie"))
    assert "username-" in cookies
    assert "_xsrf=" in cookies
    return cookies


def report(failures):
    """Fail with all of them at once: a matrix that stops at the first tells little."""
    assert not failures, f"{len(failures)} cells:\n" + "\n".join(map(str, failures[:40]))


async def test_routes_are_found(server):
    """The matrix is worth something only if it has the routes: those everybody knows are in it."""
    paths = {route.path.removeprefix(server.app.base_url.rstrip("/")) for route in server.routes}
    assert len(paths) > 60
    assert paths >= {"/api/contents/x", "/api/kernels/x-x-x-x-x/channels", "/login", "/metrics"}
    assert paths >= {"/lab", "/files/x", "/nbconvert/x/x", "/api/shutdown", "/api/events/subscribe"}
    assert sum(route.is_websocket for route in server.routes) >= 4


def judge_withheld(answer: Answer | None) -> str:
    """Return what is wrong with the answer to an origin that is not allowed."""
    if answer is None:
        return "no answer"
    if answer.status != 403:
        return f"{answer.status}"
    if answer.starting("Access-Control-") or answer.all("Set-Cookie"):
        return f"headers {answer.headers}"
    if "Origin" not in answer.vary():
        return "no Vary: Origin"
    refusal = answer.refusal()
    return "" if answer.body == b"" or (refusal and refusal[0] == "origin_refused") else "no JSON"


async def test_unwelcome_origins_are_served_nothing(server):
    """Refused, null, malformed: 403 with a reason, no CORS header, no cookie, nothing changed.

    Every method of every route is asked with every credential at once, and by turns with each of
    them from each of the origins: so any two of the four meet.
    """
    before, cookies = server.state(), await log_in(server)
    turns = cycle([(origin, kind) for kind in CREDENTIALS for origin in UNWELCOME.values()])
    cells, names = [], []
    for route in server.routes:
        for method in (*server.methods(route), "preflight"):
            for origin, kind in [(REFUSED, "everything"), next(turns), next(turns)]:
                headers, query = credential(kind, TOKEN, cookies)
                cells.append((method, route, [("Origin", origin), *headers], query, {}))
                names.append((method, str(route), origin, kind))
    answers = await server.ask_all(cells)
    report(
        [
            (*name, wrong)
            for name, answer in zip(names, answers, strict=True)
            if (wrong := judge_withheld(answer))
        ]
    )
    assert server.state() == before


@pytest.mark.parametrize("origin", [ALLOWED, *UNWELCOME.values()])
async def test_what_is_for_all_is_the_same_for_all(server, origin):
    """Readable from any origin, whoever asks; no cookie counts, none is set."""
    before, cookies = server.state(), await log_in(server)
    assert len(server.public_paths) >= 5
    for route in server.public_paths:
        for method in (*server.methods(route), "preflight"):
            cells = [
                (method, route, [("Origin", origin), *headers], "", {})
                for headers in ([], credential("cookie", TOKEN, cookies)[0])
            ]
            nobody, owner = await server.ask_all(cells)
            assert (nobody.status, nobody.body) == (owner.status, owner.body)
            assert owner.get("Access-Control-Allow-Origin") == "*"
            assert owner.get("Access-Control-Allow-Credentials") is None
            assert owner.all("Set-Cookie") == []
    assert server.state() == before


async def test_preflights_are_answered_before_routing(server):
    """Whatever the path, whatever comes along: 204, no body, the headers, and nothing else."""
    cookies, turns = await log_in(server), cycle(CREDENTIALS)
    cells = []
    for route in server.routes:
        headers, query = credential(next(turns), TOKEN, cookies)
        cells.append(("preflight", route, [("Origin", ALLOWED), *headers], query, {}))
    for answer in await server.ask_all(cells):
        headers = {
            name: value
            for name, value in answer.headers
            if name not in {"Server", "Date", "Connection"}
        }
        assert (answer.status, answer.body) == (204, b"")
        assert headers.keys() == {
            "Access-Control-Allow-Origin",
            "Access-Control-Allow-Methods",
            "Access-Control-Max-Age",
            "Vary",
        }


async def without_broken(server, cells, names, answers):
    """Leave out what breaks down for everybody: where a script with the token gets no answer."""
    silent = [i for i, answer in enumerate(answers) if answer is None]
    token, _ = credential("header", TOKEN, "")
    scripts = await server.ask_all([(*cells[i][:2], token, "", cells[i][4]) for i in silent])
    broken = {i for i, answer in zip(silent, scripts, strict=True) if answer is None}
    kept = [i for i in range(len(cells)) if i not in broken]
    return [[rows[i] for i in kept] for rows in (cells, names, answers)]


def judge_shared(answer: Answer | None) -> str:
    """Return what is wrong with any answer to an allowed origin."""
    if answer is None:
        return "no answer"
    location = answer.get("Location") or ""
    opened = answer.status == 101
    wrong = {
        "Set-Cookie": answer.all("Set-Cookie"),
        "no Vary: Origin": "Origin" not in answer.vary(),
        f"{answer.status} without Access-Control-Allow-Origin": not opened
        and answer.all("Access-Control-Allow-Origin") != [ALLOWED],
        "Access-Control-Allow-Credentials": answer.all("Access-Control-Allow-Credentials"),
        "no Cache-Control": not opened and not answer.get("Cache-Control"),
        "redirected to the login page": answer.status == 302 and "/login" in location,
        "speaks of XSRF": re.search(rb"(?i)xsrf'? (argument|cookie)", answer.body),
    }
    return next((what for what, is_so in wrong.items() if is_so), "")


def judge_nobody(answer: Answer, anonymous: Answer | None) -> str:
    """Return what is wrong where no token counted: a refusal, or what anybody gets, but no more."""
    refusal = answer.refusal()
    if answer.status == 401 and (answer.body == b"" or (refusal and refusal[0] in UNAUTHENTICATED)):
        return "" if (answer.get("WWW-Authenticate") or "").startswith("Bearer") else "no challenge"
    if refusal in {("not_across_origins", "no_login_check"), ("owner_only", "not_navigated")}:
        return "" if answer.status == 403 else f"{answer.status}"
    if anonymous is None:
        return f"{answer.status}, where nobody gets an answer"
    if (answer.status, steady(answer)) != (anonymous.status, steady(anonymous)):
        return f"{answer.status}, where nobody gets {anonymous.status}"
    return ""


def steady(answer: Answer) -> bytes:
    """Return the body without what is another one at each request."""
    return re.sub(rb'name="_xsrf"[^>]*>|"xsrf[^,]*,', b"", answer.body)


async def test_allowed_origin_is_nobody_without_a_token_that_counts(server):
    """Cookies, wrong tokens, tokens in a URL: a readable 401, or what anybody at all gets.

    And nothing has changed on the server.
    """
    before, cookies = server.state(), await log_in(server)
    cells, names = [], []
    for route in server.routes:
        for method in server.methods(route):
            websocket = method == "WebSocket"
            kinds = ["none", "wrong", "cookie"]
            kinds += ["wrong url", "wrong subprotocol"] if websocket else ["url"]
            for kind in kinds:
                headers, query = credential(kind, TOKEN, cookies)
                cells.append((method, route, [("Origin", ALLOWED), *headers], query, {}))
                names.append((method, route, kind))
    asked = [(r, m) for r in server.routes for m in server.methods(r)]
    nobody = await server.ask_all([(m, r, [], "", {}) for r, m in asked])
    anonymous = dict(zip(asked, nobody, strict=True))
    answers = await server.ask_all(cells)
    cells, names, answers = await without_broken(server, cells, names, answers)
    report(
        [
            (method, str(route), kind, wrong)
            for (method, route, kind), answer in zip(names, answers, strict=True)
            if (wrong := judge_shared(answer) or judge_nobody(answer, anonymous[route, method]))
        ]
    )
    assert server.state() == before


async def test_allowed_origin_is_somebody_by_a_token_that_counts(server):
    """The header everywhere; on a WebSocket the subprotocol and the URL too. No refusal then.

    The body is no JSON, so that little is really changed. What would end the server, or build
    JupyterLab again, is neutralised.
    """
    cells, names = [], []
    sockets = [("WebSocket", kind) for kind in ("header", "subprotocol", "url")]
    for method, kind in [*sockets, *((method, "header") for method in METHODS)]:
        headers, query = credential(kind, TOKEN, "")
        for route in server.routes:
            if method in server.methods(route):
                headers_sent = [("Origin", ALLOWED), *headers]
                cells.append((method, route, headers_sent, query, {"body": b"{"}))
                names.append((method, route, kind))
    # Sockets first: among the other methods is one that ends the kernel.
    first = sum(method == "WebSocket" for method, *_ in names)
    answers = await server.ask_all(cells[:first]) + await server.ask_all(cells[first:])
    cells, names, answers = await without_broken(server, cells, names, answers)
    # Some handlers say 401 or 403 of their own accord (a folder under /files): to scripts too.
    token, _ = credential("header", TOKEN, "")
    doubtful = [i for i, answer in enumerate(answers) if answer and answer.status in {401, 403}]
    scripts = await server.ask_all([(*cells[i][:2], token, "", cells[i][4]) for i in doubtful])
    scripts = dict(zip(doubtful, scripts, strict=True))
    report(
        [
            (method, str(route), kind, wrong)
            for i, ((method, route, kind), answer) in enumerate(zip(names, answers, strict=True))
            if (wrong := judge_shared(answer) or judge_somebody(answer, route, scripts.get(i)))
        ]
    )
    assert server.ends > 0


def judge_somebody(answer: Answer, route: Route, script: Answer | None) -> str:
    """Return what is wrong where a token counted: any refusal that a script does not get."""
    refusal = answer.refusal()
    if refusal == ("not_across_origins", "no_login_check"):
        return f"{refusal}" if issubclass(route.handler, AuthenticatedHandler) else ""
    if issubclass(route.handler, OwnerApiHandler | LiveHandler):  # for the server's own pages
        said = refusal == ("owner_only", "not_navigated") or answer.body == b""
        return "" if answer.status in {403, 405} and said else f"{answer.status} {refusal}"
    if issubclass(route.handler, PageHandler):  # for the owner in person, whatever the token
        said = refusal == ("owner_only", "token_used") or answer.body == b""
        return "" if answer.status in {403, 405} and said else f"{answer.status} {refusal}"
    if refusal or (script is not None and script.status != answer.status):
        return f"{answer.status} {refusal}"
    return ""
