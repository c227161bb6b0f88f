"""Without an ``Origin``, and on the own one, a server answers byte for byte as without us.

Two real processes, one with the extension and one without, are asked the same over raw sockets.
What differs by nature is made equal: ``Vary`` and dates; ports, tokens, ids; random names, and the
length and hash of a body that has one of these.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from support.constants import ALLOWED, TOKEN
from support.server.matrix_server import LAB_CONFIG, METHODS
from support.server.routes import routes_of
from support.server_process import Server
from support.wire import Answer, ask, shake_hands, talk
from traitlets.config import Config

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

CONFIGURED = {
    "EscherpadExt": {
        "allowed_origins": [ALLOWED],
        "allow_credentials": True,
        "public_url": "https://jupyter.example.edu/a%40b",
        "url_tokens": "always",
    },
    "IdentityProvider": {"token": TOKEN},
    "ServerApp": {"base_url": "/a%40b/"},
}
OFFLINE = {
    "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    "extension_manager": "readonly",
    "news_url": None,
}
KERNEL = "11111111-2222-3333-4444-555555555555"
JSON = (("Content-Type", "application/json"),)

#: Method, path, headers, body.
REQUESTS: list[tuple[str, str, tuple[tuple[str, str], ...], bytes | None]] = [
    ("GET", "", (), None),
    ("GET", "api", (), None),
    ("HEAD", "api", (), None),
    ("GET", "api/", (), None),
    ("GET", "api/me", (), None),
    ("GET", "api/status", (), None),
    ("GET", "api/spec.yaml", (), None),
    ("GET", "api/contents", (), None),
    ("GET", "api/contents/text.txt", (), None),
    ("GET", "api/contents/absent.txt", (), None),
    ("GET", "api/contents/text.txt?type=directory", (), None),
    ("PUT", "api/contents/new.txt", JSON, b'{"type":"file","format":"text","content":"n"}'),
    ("PUT", "api/contents/new.txt", JSON, b"{"),
    ("PATCH", "api/contents/new.txt", JSON, b'{"path":"newer.txt"}'),
    ("DELETE", "api/contents/newer.txt", (), None),
    ("POST", "api/contents", JSON, b'{"type":"nonsense"}'),
    ("POST", "api/contents/text.txt/checkpoints", JSON, b""),
    ("GET", "api/kernels", (), None),
    ("POST", "api/kernels", JSON, b'{"name":"absent"}'),
    ("GET", f"api/kernels/{KERNEL}", (), None),
    ("DELETE", f"api/kernels/{KERNEL}", (), None),
    ("GET", "api/kernelspecs", (), None),
    ("GET", "api/sessions", (), None),
    ("POST", "api/sessions", JSON, b"{}"),
    ("GET", "api/terminals", (), None),
    ("GET", "api/terminals/9", (), None),
    ("GET", "api/config/notebook", (), None),
    ("OPTIONS", "api/contents", (), None),
    ("OPTIONS", "api/contents", (("Access-Control-Request-Method", "PUT"),), None),
    ("OPTIONS", "files/text.txt", (("Access-Control-Request-Method", "GET"),), None),
    ("OPTIONS", "nowhere", (), None),
    ("GET", "files/text.txt", (), None),
    ("GET", "files/text.txt", (("Range", "bytes=2-4"),), None),
    ("GET", "files/text.txt", (("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"),), None),
    ("GET", "files/text.txt?download=1", (), None),
    ("HEAD", "files/text.txt", (), None),
    ("GET", "nbconvert/python/book.ipynb", (), None),
    ("GET", "static/logo/logo.png", (), None),
    ("GET", "login", (), None),
    ("POST", "login", (), b"password=wrong"),
    ("GET", "logout", (), None),
    ("GET", "lab", (), None),
    ("GET", "lab/api/settings/absent", (), None),
    ("GET", "tree", (("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")), None),
    ("GET", "api/contents", (("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors")), None),
    ("GET", "nowhere/at/all", (), None),
    ("DELETE", "nowhere/at/all", (), None),
    ("FROB", "api/contents", (), None),
    ("GET", "metrics", (), None),
]
SOCKETS = [
    "api/events/subscribe",
    f"api/kernels/{KERNEL}/channels?session_id=1",
    "terminals/websocket/9",
    "nowhere",
]
ORIGINS = {
    "none": ("localhost", None),
    "localhost": ("localhost", "http://localhost:{port}"),
    "loopback": ("127.0.0.1", "http://127.0.0.1:{port}"),
    "behind TLS": ("localhost", "https://localhost:{port}"),
}
CREDENTIALS = ("nobody", "header", "url", "cookie")


class Twin:
    """One of the two, and how to ask it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.port = server.port
        self.cookies = ""

    async def log_in(self, host: str = "localhost") -> None:
        headers = [("Authorization", f"token {self.server.token}")]
        at = f"{host}:{self.port}"
        page = await ask(self.port, "GET", self.target("lab"), headers, host=at)
        self.cookies = "; ".join(v.partition(";")[0] for v in page.all("Set-Cookie"))

    def target(self, path: str, kind: str = "") -> str:
        query = f"{'&' if '?' in path else '?'}token={self.server.token}" if kind == "url" else ""
        return self.server.base_url + path + query

    def headers(self, kind: str, origin: str | None) -> list[tuple[str, str]]:
        headers = [("Origin", origin.format(port=self.port))] if origin else []
        if kind == "header":
            headers.append(("Authorization", f"token {self.server.token}"))
        if kind == "cookie":
            xsrf = dict(c.split("=", 1) for c in self.cookies.split("; "))["_xsrf"]
            headers += [("Cookie", self.cookies), ("X-XSRFToken", xsrf)]
        return headers

    def known(self) -> list[tuple[str, str]]:
        """Return the texts of this server alone, and what stands for them."""
        return [
            (self.server.token, "TOKEN"),
            (str(self.server.folder), "FOLDER"),
        ]


def start(stack: ExitStack, folder: Path, config: dict[str, Any], *, extension: bool) -> Twin:
    server = Server(folder, {**config, "LabApp": OFFLINE}, extension=extension)
    server.root.mkdir()
    (server.root / "text.txt").write_text("some text\n")
    (server.root / "book.ipynb").write_text(
        '{"cells":[],"metadata":{},"nbformat":4,"nbformat_minor":5}'
    )
    for path in (*server.root.iterdir(), server.root):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return Twin(stack.enter_context(server))


@pytest.fixture(scope="module", params=["configured", "nothing configured"])
def twins(request, tmp_path_factory) -> Iterator[tuple[Twin, Twin]]:
    """Return a server with the extension and its twin without."""
    config = CONFIGURED if request.param == "configured" else {}
    with ExitStack() as stack:
        yield tuple(
            start(stack, tmp_path_factory.mktemp("twin") / "jupyter", config, extension=extension)
            for extension in (True, False)
        )


RANDOM = [
    (rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?", b"TIME"),
    (rb"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", b"DATE"),
    (rb"2\|[0-9a-f]{8}\|[0-9a-f]+\|\d+", b"XSRF"),
    (rb'"?2\|1:0\|10:\d+\|[^;"]*"?', b"SIGNED"),
    (rb'"(username|name|display_name|initials)": "[^"]*"', rb'"\1": "SOMEBODY"'),
    (rb'"store_id": \d+', b"COUNTED"),
    (rb'"version_hash": "\d+"|\?v=\d{14}', b"VERSION"),
    (rb"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", b"UUID"),
]


def equalise(twin: Twin, data: bytes) -> bytes:
    for known, name in twin.known():
        data = data.replace(known.encode(), name.encode())
    port = rb"(?<!\d)%d(?!\d)" % twin.port  # after the random values, which may hold its digits
    for pattern, name in [*RANDOM, (port, b"PORT")]:
        data = re.sub(pattern, name, data)
    return data


def body_of(twin: Twin, path: str, answer: Answer) -> bytes:
    if path == "metrics" and answer.status == 200:
        # The numbers count what was asked before. Our own counters are there by design.
        return b"".join(sorted(re.findall(rb"# HELP (?!escherpad_ext_)\w+", answer.body)))
    return equalise(twin, answer.body)


def headers_of(twin: Twin, answer: Answer, *, steady: bool) -> list[tuple[str, str]]:
    """Return the headers in their order, but for ``Vary``."""
    found = []
    for name, value in answer.headers:
        equal = equalise(twin, value.encode("latin-1")).decode("latin-1")
        if name in {"Content-Length", "Etag"} and not steady:
            equal = "ANY"
        if name != "Vary":
            found.append((name, equal))
    return found


def differences(path: str, twins: tuple[Twin, Twin], ours: Answer, theirs: Answer) -> list[Any]:
    """Return what differs but may not."""
    with_, without = twins
    steady = ours.body == theirs.body != b"" or ours.status in {204, 304}
    pairs = {
        "status": ((ours.status, ours.reason), (theirs.status, theirs.reason)),
        "headers": (
            headers_of(with_, ours, steady=steady),
            headers_of(without, theirs, steady=steady),
        ),
        "vary": (ours.vary() - {"", "Origin"}, theirs.vary() - {"", "Origin"}),
        "body": (body_of(with_, path, ours), body_of(without, path, theirs)),
        "our vary": ("Origin" in ours.vary(), True),
    }
    return [(name, ours, theirs) for name, (ours, theirs) in pairs.items() if ours != theirs]


@pytest.mark.parametrize("kind", CREDENTIALS)
@pytest.mark.parametrize("origin", ORIGINS)
async def test_every_answer_is_the_same(twins, origin, kind):
    """Status, headers in their order, and body; errors too."""
    host, name = ORIGINS[origin]
    for twin in twins:
        await twin.log_in(host)
    for method, path, headers, body in REQUESTS:
        answers = [
            await ask(
                twin.port,
                method,
                twin.target(path, kind),
                [*twin.headers(kind, name), *headers],
                body,
                host=f"{host}:{twin.port}",
            )
            for twin in twins
        ]
        assert differences(path, twins, *answers) == [], (method, path)


@pytest.fixture
def jp_server_config():
    """Have a third server here, whose routes can be read off it."""
    return Config(LAB_CONFIG)


async def both(
    twins, method: str, path: str, kind: str, name: str | None, *, seconds: float = 14
) -> list[Answer | None]:
    """Return what the two say; None for what some handlers never do, with us or without."""

    async def one(twin: Twin) -> Answer | None:
        headers, target = twin.headers(kind, name), twin.target(path)
        body = b"{" if method in {"POST", "PUT", "PATCH"} else None
        try:
            return await asyncio.wait_for(ask(twin.port, method, target, headers, body), seconds)
        except (asyncio.TimeoutError, asyncio.IncompleteReadError):
            return None

    return list(await asyncio.gather(*map(one, twins)))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_every_route_is_the_same(twins, jp_serverapp):
    """Every method of every route that a server with JupyterLab has: nobody, and the owner."""
    base = jp_serverapp.base_url
    paths = [
        route.path.removeprefix(base)
        for route in routes_of(jp_serverapp.web_app)
        if route.path.startswith(base) and "escherpad" not in route.path
        if not route.handler.__module__.startswith("escherpad_ext.")
    ]
    assert len(paths) > 60
    questions = [
        (method, path, kind, ORIGINS[origin][1])
        for path, method, origin in product(paths, METHODS, ["none", "localhost"])
        for kind in (["", "header"] if method in {"GET", "HEAD", "OPTIONS"} else [""])
    ]
    # Tornado writes into its settings, at the owner's first page, how long its XSRF cookie lives:
    # from then on, everybody's cookie does. Else that would come sooner in one of the two.
    for answer in await both(twins, "GET", "nowhere", "header", None):
        assert answer is not None
        assert "expires=" in "".join(answer.all("Set-Cookie"))
    at_once = asyncio.Semaphore(64)

    async def compare(question) -> list[Any]:
        async with at_once:
            ours, theirs = await both(twins, *question)
        if (ours is None) != (theirs is None):  # one of them was busy
            ours, theirs = await both(twins, *question, seconds=60)
        if ours is None or theirs is None:
            return [] if ours is theirs else [question, ours, theirs]
        found = differences(question[1], twins, ours, theirs)
        return [question, found] if found else []

    found = await asyncio.gather(*map(compare, questions))
    assert [difference for difference in found if difference] == []


@pytest.mark.parametrize("kind", CREDENTIALS)
@pytest.mark.parametrize("origin", ["none", "localhost"])
@pytest.mark.parametrize("path", SOCKETS)
async def test_every_handshake_is_the_same(twins, path, origin, kind):
    """Also where a client offers the token subprotocol: that is for other origins only."""
    offers = ["", "v1.kernel.websocket.jupyter.org", "v1.token.websocket.jupyter.org, x.y"]
    for twin in twins:
        await twin.log_in()
    for offer in offers:
        offered = [("Sec-WebSocket-Protocol", offer)] if offer else []
        answers = [
            await shake_hands(
                twin.port,
                twin.target(path, kind),
                [*twin.headers(kind, ORIGINS[origin][1]), *offered],
            )
            for twin in twins
        ]
        assert differences(path, twins, *answers) == [], offer


@pytest.mark.parametrize("origin", ORIGINS)
async def test_login_form_is_the_same(twins, origin):
    """Log in by the form, with and without the XSRF field; then work with the cookie."""
    host, name = ORIGINS[origin]
    steps: dict[str, list[Answer]] = {}
    for twin in twins:
        headers = twin.headers("", name)
        at = {"host": f"{host}:{twin.port}"}
        page = await ask(twin.port, "GET", twin.target("login"), headers, **at)
        xsrf = page.all("Set-Cookie")[0].partition(";")[0]
        form = f"password={twin.server.token}".encode()
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        bare = await ask(twin.port, "POST", twin.target("login"), headers, form, **at)
        headers.append(("Cookie", xsrf))
        field = f"&_xsrf={xsrf.partition('=')[2]}".encode()
        login = await ask(twin.port, "POST", twin.target("login"), headers, form + field, **at)
        user = next(v.partition(";")[0] for v in login.all("Set-Cookie") if "username" in v)
        headers = [*twin.headers("", name), ("Cookie", f"{xsrf}; {user}")]
        work = await ask(twin.port, "GET", twin.target("api/contents"), headers, **at)
        for step, answer in {"page": page, "bare": bare, "in": login, "work": work}.items():
            steps.setdefault(step, []).append(answer)
    assert [steps["in"][0].status, steps["work"][0].status] == [302, 200]
    for step, answers in steps.items():
        assert differences(step, twins, *answers) == [], step


ODD = {
    "HTTP/1.0": b"GET {base}api HTTP/1.0\r\n\r\n",
    "HTTP/1.0 with Host": b"GET {base}api HTTP/1.0\r\nHost: localhost:{port}\r\n\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n",
    "absolute": b"GET http://localhost:{port}{base}api HTTP/1.1\r\nHost: localhost:{port}\r\n"
    b"Connection: close\r\n\r\n",
    "no request": b"nonsense\r\n\r\n",
    "bad header": b"GET {base}api HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n",
    "foreign Host": b"GET {base}api HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    "pipeline": b"GET {base}api HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"
    b"GET {base}nowhere HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n",
    "chunks": b"PUT {base}api/contents/c HTTP/1.1\r\nHost: localhost:{port}\r\n"
    b"Authorization: token {token}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    b"2\r\n{}\r\n0\r\n\r\n",
    "expect": b"PUT {base}api/contents/c HTTP/1.1\r\nHost: localhost:{port}\r\n"
    b"Authorization: token {token}\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
    b"Connection: close\r\n\r\n{}",
    "huge header": b"GET {base}api HTTP/1.1\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", ODD)
async def test_odd_requests_are_the_same(twins, name):
    """What is no proper request gets the same answer too, byte for byte."""
    found = []
    for twin in twins:
        raw = ODD[name]
        for key, value in [
            ("base", twin.server.base_url),
            ("port", twin.port),
            ("token", twin.server.token),
        ]:
            raw = raw.replace(f"{{{key}}}".encode(), str(value).encode())
        answer = await talk(twin.port, raw)
        found.append(equalise(twin, re.sub(rb"(?im)^(Vary: Origin|Etag:.*)\r\n", b"", answer)))
    assert found[0] == found[1]


async def test_open_sockets_are_the_same(twins):
    """A terminal, opened as a script does: the same handshake, and then the same first words."""
    for twin in twins:
        headers = [("Authorization", f"token {twin.server.token}")]
        started = await ask(twin.port, "POST", twin.target("api/terminals"), headers)
        name = started.json()["name"]
        answer = await shake_hands(twin.port, twin.target(f"terminals/websocket/{name}"), headers)
        assert answer.status == 101
        assert {key for key, _ in answer.headers} >= {"Upgrade", "Sec-Websocket-Accept"}
        assert not answer.all("Sec-WebSocket-Protocol")
