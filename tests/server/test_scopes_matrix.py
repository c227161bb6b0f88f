"""Every route, every method, every kind of grant token.

On a server with everything that people install beside JupyterLab. Routes are read off the running
server. Answers are judged by what the design promises, and so is what has become of the server.
"""

from __future__ import annotations

import gc
import time
from itertools import cycle, product
from pathlib import Path

import pytest
from support.constants import ALLOWED, TOKEN
from support.server import full_server
from support.server.full_server import FullServer
from support.server.matrix_server import BODY, IDENTIFIER
from support.server.routes import Route
from support.wire import Answer, ask, exchange, shake_hands
from traitlets.config import Config

from escherpad_ext.policy.folders import FOLDER_SCOPES

pytestmark = [
    pytest.mark.slow,
    # The extensions warn of each other and of Python when they are loaded, and forget to await.
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.timeout(180),
]

#: Declared by no handler that is installed here: good for nothing.
ALMOST_NOTHING = "outputs:read"
BUNDLES = ("view", "edit", "run", "terminal", "full")
#: For requests that would be served: a body that no handler can use.
BROKEN = b"{"


@pytest.fixture
def jp_server_config(escherpad_config, notebook_shim, tmp_path, monkeypatch):
    full_server.require_packages()
    monkeypatch.chdir(tmp_path)
    config = Config(full_server.full_config())
    config.merge(Config({"IdentityProvider": {"token": TOKEN}, "EscherpadExt": escherpad_config}))
    return config


@pytest.fixture
def server(jp_serverapp, http_server, jp_http_port, tmp_path, jp_asyncio_loop, monkeypatch):
    """Return the filled server; what would end it or go out to the internet is neutralised."""
    running = FullServer(jp_serverapp, jp_http_port, tmp_path)
    running.neutralise_build(monkeypatch)
    jp_asyncio_loop.run_until_complete(running.fill())
    yield running
    jp_asyncio_loop.run_until_complete(running.close())
    gc.collect()


class Callers:
    """Whoever may present a token: from its own origin, or a script's, with or without one."""

    def __init__(self, give, server: FullServer, *names: str, **more: str) -> None:
        self._bound, self._script = give(*names, **more)[1], give(*names, origin="none", **more)[1]
        self.tokens = (self._bound, self._script)
        self._origins = {"page": ALLOWED, "script": None, "at home": server.own}
        self.kinds = tuple(self._origins)

    def headers(self, kind: str) -> list[tuple[str, str]]:
        token = self._bound if kind == "page" else self._script
        return [*self.anonymous(kind), ("Authorization", f"Bearer {token}")]

    def anonymous(self, kind: str) -> list[tuple[str, str]]:
        origin = self._origins[kind]
        return [("Origin", origin)] if origin else []


def report(failures):
    """Fail with all of them at once: a matrix that stops at the first tells little."""
    assert not failures, f"{len(failures)} cells:\n" + "\n".join(map(str, failures[:60]))


def is_refused(answer: Answer | None) -> bool:
    """Return whether the extension itself said no, before the handler ran."""
    if answer is None or answer.status not in {401, 403}:
        return False
    if answer.body == b"":  # HEAD
        return "insufficient_scope" in (answer.get("WWW-Authenticate") or "")
    return (answer.refusal() or ("", ""))[0] in {"insufficient_scope", "owner_only"}


def is_reading(method: str) -> bool:
    return method in {"GET", "HEAD"}


def declares(route: Route) -> str | None:
    """Return the resource that a handler declares."""
    resource = getattr(route.handler, "auth_resource", None)
    if resource is None and route.handler.__name__ == "IdentityHandler":
        return "identity"  # who the caller is: known to tell no more than that
    return resource if isinstance(resource, str) else None


async def test_the_server_has_everything(server):
    """The matrix is worth something only if it has the routes of all that is installed."""
    modules = {route.handler.__module__.partition(".")[0] for route in server.routes}
    assert modules >= {*full_server.PACKAGES, "jupyterlab", "jupyter_server_terminals"}
    assert len(server.routes) > 150
    assert sum(route.is_websocket for route in server.routes) >= 10
    assert (server.state()["kernels"], server.state()["terminals"]) != ({}, {})


async def ask_all(server, callers, cells, body):
    """Return what each cell is answered with the token, and where need be without."""
    kinds = cycle(callers.kinds)
    named = [(method, route, next(kinds)) for method, route in cells]
    asked = [(m, r, callers.headers(kind), "", {"body": body}) for m, r, kind in named]
    answers = await server.ask_all(asked)
    doubtful = [i for i, answer in enumerate(answers) if not is_refused(answer)]
    nobody = await server.ask_all(
        [(*asked[i][:2], callers.anonymous(named[i][2]), "", {"body": body}) for i in doubtful]
    )
    return named, answers, dict(zip(doubtful, nobody, strict=True))


def judge(answer: Answer | None, anonymous: Answer | None, secrets: tuple[str, ...]) -> str:
    """Return what is wrong with an answer that should be a refusal, or what nobody gets."""
    if answer is None:
        return "" if anonymous is None else "no answer"
    wrong = leak(answer, secrets)
    if wrong or is_refused(answer):
        return wrong
    if anonymous is None:
        return f"{answer.status}, where nobody gets an answer"
    if (answer.status, steady(answer)) != (anonymous.status, steady(anonymous)):
        return f"{answer.status}, where nobody gets {anonymous.status}"
    return ""


def steady(answer: Answer) -> bytes:
    """Return the body, without what differs from request to request."""
    return b"" if b"_xsrf" in answer.body or b"http_request" in answer.body else answer.body


def leak(answer: Answer, secrets: tuple[str, ...]) -> str:
    """Return what an answer gives away that no answer to such a token may."""
    if answer.all("Set-Cookie"):
        return "Set-Cookie"
    text = answer.body.decode("latin-1") + str(answer.headers)
    return "holds a token" if any(secret in text for secret in (TOKEN, *secrets)) else ""


def cells_of(server, wanted) -> list[tuple[str, Route]]:
    cells = [(method, route) for route in server.routes for method in server.methods(route)]
    return [(method, route) for method, route in cells if wanted(method, route)]


def is_silent(method: str, route: Route, *, served: bool = False) -> bool:
    """Tell what gives no answer to anybody; waiting for it costs seconds each time.

    JupyterLab's LicensesHandler cannot send its own errors: the method that ends its responses is
    a coroutine, and nobody awaits it. A refusal of ours does get through.
    """
    broken = method != "GET" if served else method == "OPTIONS"
    return route.handler.__name__ == "LicensesHandler" and broken


async def expect_refusals(server, give, names, wanted, *, kinds=1, **more):
    """Fail where a token gets any more than nobody gets; return how many cells were judged."""
    callers = Callers(give, server, *names, **more)
    cells = cells_of(server, lambda m, r: wanted(m, r) and not is_silent(m, r)) * kinds
    named, answers, nobody = await ask_all(server, callers, cells, BODY)
    report(
        [
            (names, method, str(route), kind, wrong)
            for i, ((method, route, kind), answer) in enumerate(zip(named, answers, strict=True))
            if (wrong := judge(answer, nobody.get(i), callers.tokens))
        ]
    )
    assert sum(map(is_refused, answers)) > len(cells) / 2
    return len(cells)


async def test_almost_no_scope_gets_what_nobody_gets(server, give):
    """From its page, as a script, on the server's own origin: not a bit more. Nothing changes."""
    before = server.state()
    await expect_refusals(server, give, [ALMOST_NOTHING], lambda *_: True)
    assert changes(before, server.state()) == {}


def changes(before, after):
    """Return what is not as it was."""
    files = dict(before["files"].items() ^ after["files"].items())
    others = {k: (v, after[k]) for k, v in before.items() if k != "files" and v != after[k]}
    return {**others, "files": files} if files else others


async def test_view_changes_starts_and_executes_nothing(server, give):
    """Whatever is asked of whatever route; and what is not reading is not even tried."""
    before = server.state()
    await expect_refusals(
        server, give, ["view"], lambda method, route: not is_reading(method) or not declares(route)
    )
    callers = Callers(give, server, "view")
    reading = cells_of(server, lambda method, route: is_reading(method) and declares(route))
    named, answers, _ = await ask_all(server, callers, reading, BODY)
    assert changes(before, server.state()) == {}
    assert sum(answer is not None and answer.status == 200 for answer in answers) > 15
    report(
        [
            (*map(str, name), wrong)
            for name, answer in zip(named, answers, strict=True)
            if answer and (wrong := leak(answer, callers.tokens))
        ]
    )


def action_of(method: str) -> str:
    return "read" if is_reading(method) else "write"


def is_about_files(method: str, route: Route) -> bool:
    return declares(route) == "contents"


async def test_edit_executes_nothing(server, give):
    """It may change files, and nothing else: no kernel, session, terminal, program, setting."""
    before = server.state()
    await expect_refusals(
        server,
        give,
        ["edit"],
        lambda method, route: (
            not is_about_files(method, route) and (not is_reading(method) or not declares(route))
        ),
    )
    callers = Callers(give, server, "edit")
    _named, answers, _ = await ask_all(server, callers, cells_of(server, is_about_files), BODY)
    assert any(answer is not None and answer.status in {200, 201} for answer in answers)
    after = server.state()
    root = str(server._folder / "root_dir")
    changed = dict(before["files"].items() ^ after["files"].items())
    # Where jupyter_server_fileid notes which file has which id: it follows what is changed.
    changed = {p: digest for p, digest in changed.items() if "file_id_manager.db" not in p}
    assert changed, "the control: it does change files"
    assert [path for path in changed if not path.startswith(root) or ".git/" in path] == []
    for what in ("kernels", "sessions", "terminals", "programs", "upstream", "ends"):
        assert after[what] == before[what], what


#: What names no path, or shows only what is in the folder.
IN_ANY_FOLDER = {
    "APISpecHandler",
    "APIStatusHandler",
    "IdentityHandler",
    "KernelSpecHandler",
    "KernelSpecResourceHandler",
    "MainKernelHandler",
    "MainKernelSpecHandler",
    "SessionRootHandler",
}


async def test_a_folder_is_all_that_its_grant_reaches(server, give):
    """Whatever the others are asked, they refuse: all that there is to see is outside."""
    (server._folder / "root_dir" / "empty").mkdir()
    before = server.state()

    def is_open(method, route):
        return is_reading(method) and route.handler.__name__ in IN_ANY_FOLDER

    def is_closed(method, route):
        resource = declares(route)
        return f"{resource}:{action_of(method)}" in FOLDER_SCOPES and not is_open(method, route)

    asked = await expect_refusals(server, give, ["edit"], is_closed, folder="empty")
    assert asked > 50
    callers = Callers(give, server, "edit", folder="empty")
    _named, answers, _ = await ask_all(server, callers, cells_of(server, is_open), BODY)
    assert sum(answer.status == 200 for answer in answers) >= 6
    assert [a for a in answers if IDENTIFIER.encode() in a.body or leak(a, callers.tokens)] == []
    assert changes(before, server.state()) == {}


async def test_run_does_not_reach_what_declares_no_resource(server, give):
    """Proxied ports, git, settings of the pages: most of these check a login and nothing else."""
    before = server.state()
    asked = await expect_refusals(server, give, ["run"], lambda _, route: not declares(route))
    assert asked > 500
    assert changes(before, server.state()) == {}


async def test_terminal_reaches_terminals_only(server, give):
    """Not a kernel, not a file, nor what declares no resource."""
    before = server.state()
    await expect_refusals(
        server, give, ["terminal"], lambda _, r: declares(r) not in {"terminals", "identity"}
    )
    assert changes(before, server.state()) == {}


#: What no token reaches, ``full`` included: the paths, and the methods (None: all of them).
OUT_OF_REACH = {
    "api/shutdown": None,
    "login": None,
    "logout": None,
    "api/config/x": {"POST", "PUT", "PATCH", "DELETE"},
    "api/me": {"POST", "PUT", "PATCH", "DELETE"},
    "lab/api/build": {"POST", "PUT", "PATCH", "DELETE"},
    "lab/api/extensions": {"POST", "PUT", "PATCH", "DELETE"},
    "lab/api/plugins": {"POST", "PUT", "PATCH", "DELETE"},
    "lab/api/settings": {"POST", "PUT", "PATCH", "DELETE"},
    "lab/api/settings/": {"POST", "PUT", "PATCH", "DELETE"},
    "lab/api/settings/x": {"POST", "PUT", "PATCH", "DELETE"},
    # These pages hold the server's own token.
    "lab": None,
    "lab/": None,
    **dict.fromkeys(("edit", "editx", "notebooks", "notebooksx", "tree", "treex")),
    **dict.fromkeys(("consoles/", "consoles/x", "terminals/", "terminals/x")),
    "custom/customxcss": None,  # holds nothing, but is made as these are
    # These are for a person.
    "escherpad/": None,
    "escherpad/app": None,
    "escherpad/apps": None,
    f"escherpad/apps/{'0' * 32}": None,
    "escherpad/authorize": None,
    "escherpad/live": None,
    "escherpad/device": None,
    "escherpad/open": None,
    "lab/x": None,
    "doc/workspaces/a/tree/x": None,
}


def is_out_of_reach(base: str):
    def check(method: str, route: Route) -> bool:
        path = route.path.removeprefix(base)
        methods = OUT_OF_REACH.get(path, set())
        return methods is None or method in methods

    return check


async def test_full_never_reaches_what_is_the_owners(server, give):
    """Shutdown, settings, login, logout, the extension manager. Nothing of it changes."""
    before = server.state()
    asked = await expect_refusals(server, give, ["full"], is_out_of_reach(server.base), kinds=3)
    assert asked > 3 * 7 * 5
    assert changes(before, server.state()) == {}
    assert server.ends == 0


async def test_full_reaches_the_rest_and_is_told_no_secret(server, give):
    """No cookie, no token of anybody's in any answer; the owner's settings stay as they are."""
    before = server.state()
    callers = Callers(give, server, "full")
    out = is_out_of_reach(server.base)
    cells = cells_of(server, lambda m, r: not out(m, r) and not is_silent(m, r, served=True))
    sockets = [cell for cell in cells if cell[0] == "WebSocket"]
    # Jupyter waits for ever for a kernel that is restarted and ended at once.
    in_turn = [[cell] for cell in cells if changes_kernels(*cell[:2])]
    others = [cell for cell in cells if cell not in sockets and [cell] not in in_turn]
    failures = []
    for some in (sockets, others, *in_turn):  # the last of them end the kernel
        kinds = cycle(callers.kinds)
        asked = [(m, r, callers.headers(next(kinds)), "", {"body": BROKEN}) for m, r in some]
        failures += [
            (method, str(route), wrong)
            for (method, route, *_), answer in zip(asked, await server.ask_all(asked), strict=True)
            if answer and (wrong := leak(answer, callers.tokens) or refused_in_vain(answer))
        ]
    report(failures)
    assert server.ends == 0
    after = server.state()
    changed = {Path(path) for path, _ in before["files"].items() ^ after["files"].items()}
    settings = {path for path in changed if server._folder / "config" in path.parents}
    # Where JupyterLab keeps which tabs are open; it makes the folder when somebody asks.
    workspaces = server._folder / "config" / "lab" / "workspaces"
    assert settings <= {workspaces, workspaces.parent}


def changes_kernels(method: str, route: Route) -> bool:
    """Return whether a request may start, restart or end a kernel."""
    return not is_reading(method) and declares(route) in {"kernels", "sessions"}


def refused_in_vain(answer: Answer) -> str:
    return f"{answer.status} {answer.refusal()}" if is_refused(answer) else ""


async def test_the_owner_changes_all_of_it(server):
    """The control: with the server's own token, what the tokens were refused does happen."""
    before = server.state()
    token = [("Authorization", f"token {TOKEN}")]
    for method, path, body in [
        ("PUT", "api/contents/new", BODY),
        ("POST", "api/kernels", b"{}"),
        ("POST", "api/terminals", b"{}"),
        ("PATCH", "api/config/notebook", b'{"a": 1}'),
        ("PUT", "lab/api/settings/@jupyterlab/apputils-extension:themes", b'{"raw": "{}"}'),
        ("POST", "git/add_all_unstaged", b"{}"),
        ("GET", f"proxy/{server.upstream.port}/page", None),
        ("GET", f"{full_server.PROGRAM}/", None),
    ]:
        answer = await ask(server.port, method, server.base + path, token, body)
        assert answer.status < 400, (path, answer)
    answer = await shake_hands(server.port, f"{server.base}api/collaboration/room/new", token)
    assert answer.status == 101
    after = server.state()
    for what in ("files", "kernels", "terminals", "programs", "upstream", "rooms"):
        assert after[what] != before[what], what
    assert any("config" in path for path in after["files"].keys() - before["files"].keys())


# Proxied ports


def targets(port: int) -> list[str]:
    """Return every spelling of a proxied address."""
    hosts = (
        f"{port}",
        f"localhost:{port}",
        f"127.0.0.1:{port}",
        f"0.0.0.0:{port}",
        f"[::1]:{port}",
    )
    return [
        f"{prefix}{host}/{page}"
        for prefix, host, page in product(("proxy/", "proxy/absolute/"), hosts, ("page", "socket"))
    ]


async def test_no_bundle_reaches_a_proxied_port(server, give):
    """A real application behind jupyter-server-proxy, HTTP and WebSocket: only ``full`` gets in."""
    for bundle in (ALMOST_NOTHING, "view", "edit", "run", "terminal"):
        callers = Callers(give, server, bundle)
        for path, kind in product(targets(server.upstream.port), callers.kinds):
            headers = callers.headers(kind)
            for method in ("GET", "POST", "OPTIONS"):
                answer = await ask(server.port, method, server.base + path, headers)
                assert is_refused(answer), (bundle, method, path, kind, answer)
            answer = await shake_hands(server.port, server.base + path, headers)
            assert is_refused(answer), (bundle, path, kind, answer)
    assert server.upstream.requests == []
    _, token = give("full")
    headers = [("Origin", ALLOWED), ("Authorization", f"Bearer {token}")]
    for method in ("GET", "POST", "PUT"):
        answer = await ask(
            server.port, method, f"{server.base}proxy/{server.upstream.port}/page", headers
        )
        assert (answer.status, answer.body) == (200, b"upstream")
        assert not answer.all("Set-Cookie")
    assert (
        await shake_hands(server.port, f"{server.base}proxy/{server.upstream.port}/socket", headers)
    ).status == 101
    await server.upstream.reached(4)
    assert [method for method, *_ in server.upstream.requests] == ["GET", "POST", "PUT", "GET"]


async def test_a_proxied_application_never_sees_the_token(server, give, open_socket):
    """Whoever listens on a port of the machine may be another user: the token is not theirs."""
    _, token = give("full")
    base, port = f"{server.base}proxy/{server.upstream.port}/", server.port
    header = ("Authorization", f"Bearer {token}")
    offer = "v1.token.websocket.jupyter.org"
    offered = ("Sec-WebSocket-Protocol", f"{offer}, {offer}.{token}")
    assert (
        await ask(port, "GET", f"{base}page?token=x", [("Origin", ALLOWED), header])
    ).status == 200
    assert (await shake_hands(port, f"{base}socket", [("Origin", ALLOWED), header])).status == 101
    assert (await shake_hands(port, f"{base}socket", [("Origin", ALLOWED), offered])).status == 101
    url = f"{base}socket?token={token}"
    assert (await shake_hands(port, url, [("Origin", ALLOWED)])).status == 101
    await server.upstream.reached(4)
    assert [seen for seen in server.upstream.requests if token in str(seen)] == []


async def test_revocation_ends_rooms_and_proxied_sockets(server, give, issuer, open_socket):
    """Also those of other extensions, and what stands behind them."""
    offer, port = "v1.token.websocket.jupyter.org", server.upstream.port
    (doomed, token), (_, other) = give("full"), give("full")
    paths = [
        f"proxy/{port}/socket",
        "api/collaboration/room/a",
        "lsp/ws/none",
        "terminals/websocket/x",
    ]
    sockets = {}
    for path in paths:
        sockets[path] = [
            await open_socket(path, origin=ALLOWED, protocols=[offer, f"{offer}.{t}"])
            for t in (token, other)
        ]
    issuer.registry.revoke(doomed.id, time.time())
    started = time.monotonic()
    for path, (ending, kept) in sockets.items():
        while await ending.read_message() is not None:
            pass
        assert (path, ending.close_code) == (path, 4401)
        assert kept.close_code is None
    assert time.monotonic() - started < 2
    kept = sockets[paths[0]][1]
    await kept.write_message("still there?")
    assert await kept.read_message() == "still there?"


# Paths


def tricks(base: str, path: str) -> list[str]:
    """Return other spellings of an address, as they go over the wire."""
    first, _, rest = path.partition("/")
    encoded = "".join(f"%{ord(c):02x}" for c in path)
    return [
        base + encoded,
        base + path.replace("/", "%2f"),
        base + path.replace("/", "//"),
        base + path[0] + f"%{ord(path[1]):02x}" + path[2:],
        base + path[0] + f"%{ord(path[1]):02X}" + path[2:],
        base + path[0] + f"%25{ord(path[1]):02x}" + path[2:],
        base + "/" + path,
        base + "./" + path,
        base + "x/../" + path,
        base + "x/%2e%2e/" + path,
        base + "api/contents/../../" + path,
        base + "api/contents/%2e%2e/%2e%2e/" + path,
        base + "static/../" + path,
        base + "view/..%2f" + path,
        base + path + "/",
        base + path + "//",
        base + path + "/.",
        base + path + "/x/..",
        base + path + ";a=b",
        base + path + "%00",
        base + path + "%20",
        base + path + "?",
        base + path + "#x",
        base + path + "\\",
        base + path + ".json",
        base + path.upper(),
        base + path.capitalize(),
        base + f"{first};x=y/{rest}",
        base.replace("%40", "@") + path,
        base.replace("%40", "%2540") + path,
        base.upper() + path,
        "/" + base + path,
        "/./" + base[1:] + path,
        "/x/.." + base + path,
    ]


async def test_path_tricks_change_nothing(server, give):
    """However a path is spelt, and whatever host stands before it: refused, or what nobody gets."""
    before, asked = server.state(), 0
    port = server.upstream.port
    paths = [
        ("GET", f"proxy/{port}/page"),
        ("GET", f"proxy/absolute/{port}/page"),
        ("POST", "api/shutdown"),
        ("POST", "api/kernels"),
        ("POST", "api/terminals"),
        ("PUT", "api/contents/x"),
        ("PATCH", "api/config/notebook"),
        ("POST", "git/add_all_unstaged"),
        ("GET", "api/metrics/v1"),
        ("GET", "logout"),
    ]
    callers, failures = Callers(give, server, "view"), []
    for (method, path), kind in zip(paths * 3, cycle(callers.kinds), strict=False):
        spelt = tricks(server.base, path)
        spelt += [
            f"http://localhost:{server.port}{target}" for target in (server.base + path, *spelt[:3])
        ]
        spelt += [
            f"//localhost:{server.port}{server.base}{path}",
            f"http://evil.example{server.base}{path}",
        ]
        for target in spelt:
            answer, nobody = [
                await raw(server.port, method, target, headers)
                for headers in (callers.headers(kind), callers.anonymous(kind))
            ]
            asked += 1
            if answer and answer.status in {400, 404} and not leak(answer, callers.tokens):
                continue  # read as the name of a file that is not there
            if wrong := judge(answer, nobody, callers.tokens):
                failures.append((method, target, kind, wrong))
    assert asked > 1000
    assert changes(before, server.state()) == {}
    report(failures)


async def raw(port, method, target, headers) -> Answer | None:
    lines = [f"{method} {target} HTTP/1.1", f"Host: localhost:{port}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines += [f"Content-Length: {len(BODY)}"] if method not in {"GET"} else []
    body = b"" if method == "GET" else BODY
    try:
        return await exchange(port, "\r\n".join([*lines, "", ""]).encode() + body)
    except Exception:
        return None


OVERRIDES = [
    ("X-HTTP-Method-Override", "PUT"),
    ("X-HTTP-Method", "PUT"),
    ("X-Method-Override", "PUT"),
    ("X-Original-URL", "/api/shutdown"),
    ("X-Rewrite-URL", "/api/shutdown"),
    ("X-Forwarded-Prefix", "/proxy"),
    ("X-Forwarded-For", "127.0.0.1"),
    ("X-Forwarded-Proto", "https"),
    ("X-Real-IP", "127.0.0.1"),
    ("Connection", "Authorization, close"),
    ("Content-Type", "application/x-www-form-urlencoded"),
    ("Content-Type", "multipart/form-data; boundary=x"),
]


async def test_headers_that_some_servers_obey_change_nothing(server, give):
    """A method or an address in a header, or in the body of a form, is not one."""
    before = server.state()
    callers = Callers(give, server, "view")
    body = b"_method=PUT&token=" + TOKEN.encode()[:3]
    for header, path, query in product(
        OVERRIDES,
        ("api/contents/x", "api/kernels", "api/sessions"),
        ("", "?_method=DELETE&method=PUT&_xsrf=x"),
    ):
        headers = [("Origin", ALLOWED), *callers.headers("page")[1:], header]
        for method in ("GET", "HEAD", "POST"):
            sent = body if method == "POST" else None
            answer = await ask(server.port, method, server.base + path + query, headers, sent)
            assert is_reading(method) or is_refused(answer) or answer.status == 400, (
                header,
                method,
                answer,
            )
    assert changes(before, server.state()) == {}


ODD_METHODS = ("", "get", "PROPFIND", "GET ", "CONNECT", "TRACE", "LOCK", "X" * 5000)


async def test_methods_nobody_has_heard_of(server, give):
    """Are none that reads."""
    before = server.state()
    _, token = give("view")
    headers = [("Origin", ALLOWED), ("Authorization", f"Bearer {token}")]
    for method in ODD_METHODS:
        answer = await raw(server.port, method, f"{server.base}api/contents/x", headers)
        assert answer is None or answer.status in {400, 403, 405}, (method, answer)
    assert changes(before, server.state()) == {}
