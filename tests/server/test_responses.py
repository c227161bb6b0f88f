"""CORS headers on every response to an allowed origin, whoever made it; none to anybody else."""

from __future__ import annotations

import gc
import json
from weakref import ref

import pytest
from support.constants import ALLOWED, REFUSED, TOKEN
from support.http_request import http_request
from support.wire import ask
from tornado.httputil import HTTPConnection, HTTPHeaders, ResponseStartLine

from escherpad_ext.server.responses import VaryOnly, set_rule

NOTEBOOK = '{"cells":[],"metadata":{},"nbformat":4,"nbformat_minor":5}'


@pytest.fixture
def files(jp_root_dir):
    """Have something to read."""
    (jp_root_dir / "text.txt").write_text("some text\n")
    (jp_root_dir / "book.ipynb").write_text(NOTEBOOK)
    (jp_root_dir / "folder").mkdir()


@pytest.fixture
def shared(http_server, jp_http_port, jp_base_url):
    """Return a function: ask from the allowed origin with the token, and judge the headers."""

    async def send(method, path, *headers, body=None, token=TOKEN, origin=ALLOWED):
        named = [("Origin", origin), *headers]
        if token:
            named.append(("Authorization", f"token {token}"))
        answer = await ask(jp_http_port, method, jp_base_url + path, named, body)
        assert answer.all("Access-Control-Allow-Origin") == [origin]
        assert len(answer.all("Vary")) == 1
        assert "Origin" in answer.vary() or "origin" in answer.vary()
        assert answer.all("Set-Cookie") == []
        assert answer.get("Cache-Control")
        assert not answer.all("Access-Control-Allow-Credentials")
        assert not answer.all("Access-Control-Allow-Methods")
        assert not answer.all("Access-Control-Allow-Headers")
        return answer

    return send


def exposed(answer) -> set[str]:
    """Return what a page may read, in lower case, as names of headers know no case."""
    return set((answer.get("Access-Control-Expose-Headers") or "").lower().split(", "))


ANSWERS = [
    ("GET", "api/contents", None, 200),
    ("GET", "api/status", None, 200),
    ("GET", "static/logo/logo.png", None, 200),
    ("GET", "files/text.txt", None, 200),
    ("GET", "files/text.txt?download=1", None, 200),
    ("HEAD", "files/text.txt", None, 200),
    ("GET", "nbconvert/python/book.ipynb", None, 200),
    ("GET", "nbconvert/html/book.ipynb", None, 200),
    ("GET", "metrics", None, 200),
    ("GET", "api/spec.yaml", None, 200),
    ("GET", "login", None, 302),
    ("GET", "logout", None, 200),
    ("GET", "api/", None, 302),
    ("GET", "", None, 200),
    ("OPTIONS", "api/contents", None, 200),
    ("PUT", "api/contents/new.txt", b'{"type":"file","format":"text","content":""}', 201),
    ("POST", "api/contents/text.txt/checkpoints", b"", 201),
    ("DELETE", "api/contents/text.txt", None, 204),
    ("PUT", "api/contents/new.txt", b"{", 400),
    ("GET", "api/contents/text.txt?type=directory", None, 400),
    ("GET", "files/folder", None, 403),
    ("GET", "api/contents/absent.txt", None, 404),
    ("GET", "files/absent.txt", None, 404),
    ("GET", "nowhere/at/all", None, 404),
    ("GET", "static/absent.png", None, 404),
    ("DELETE", "api/contents", None, 400),
    ("POST", "api/status", b"", 405),
    ("FROB", "api/status", None, 405),
    ("GET", "other/failing", None, 500),
    ("GET", "other/status/302", None, 302),
    ("GET", "other/status/418", None, 418),
    ("GET", "other/status/503", None, 503),
    ("GET", "other/plain", None, 200),
    ("GET", "other/parts", None, 200),
    ("GET", "other/who", None, 200),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), ANSWERS)
async def test_every_answer_can_be_read(others, files, shared, method, path, body, status):
    """Whatever handler or error produced it."""
    assert (await shared(method, path, body=body)).status == status


@pytest.mark.parametrize("path", ["api/contents", "files/text.txt", "nowhere", "other/who"])
@pytest.mark.parametrize("token", ["", "wrong"])
async def test_refused_tokens_can_be_read_about(others, files, shared, path, token):
    """A 401 is readable too, or the page could not tell it from a network that is down."""
    answer = await shared("GET", path, token=token)
    assert answer.status == 401
    assert answer.refusal()
    assert "www-authenticate" in exposed(answer)
    assert answer.get("X-Content-Type-Options") == "nosniff"


@pytest.mark.parametrize("path", ["files/text.txt", "static/logo/logo.png", "other/cookies"])
async def test_not_modified_can_be_read(others, files, shared, path):
    """304, by hash or by date: the browser reads it before it takes its own copy."""
    first = await shared("GET", path)
    etag, modified = first.get("Etag"), first.get("Last-Modified")
    conditions = [("If-None-Match", etag)] if etag else []
    conditions += [("If-Modified-Since", modified)] if modified and not etag else []
    again = await shared("GET", path, *conditions)
    assert (again.status, again.body) == (304, b"")
    assert exposed(first) - {"content-encoding"} <= exposed(again)


async def test_part_of_a_file_can_be_read(files, shared):
    """206 with its range, as a video player asks."""
    answer = await shared("GET", "static/logo/logo.png", ("Range", "bytes=0-3"))
    assert (answer.status, answer.body) == (206, b"\x89PNG")
    assert "content-range" in exposed(answer)


async def test_headers_are_exposed_by_name(others, files, shared):
    """All that a response has, but what is safe anyway and what is not the resource's own."""
    answer = await shared("GET", "files/text.txt?download=1")
    assert exposed(answer) >= {"content-disposition", "accept-ranges", "date"}
    answer = await shared("GET", "other/own-headers")
    assert exposed(answer) >= {"x-made-up", "etag"}
    unwanted = {"*", "vary", "content-type", "cache-control", "set-cookie", "x-nothing"}
    assert not exposed(answer) & unwanted
    assert not [name for name in exposed(answer) if name.startswith("access-control-")]


async def test_handlers_own_headers(others, shared):
    """Its CORS headers give way, its Vary is kept and added to, its Cache-Control stands."""
    answer = await shared("GET", "other/own-headers")
    assert answer.get("Vary") == "Accept-Language, origin"
    assert answer.get("Cache-Control") == "max-age=60"


async def test_parts_arrive_whole(others, shared):
    """A response that is sent in parts has the headers once, and all of its parts."""
    answer = await shared("GET", "other/parts")
    assert answer.body == b"one two three"


async def test_no_cookie_of_any_kind(others, shared):
    """Neither set, nor signed, nor added as a header."""
    assert (await shared("GET", "other/cookies")).body == b"crumbs"


async def test_cookies_still_serve_the_own_origin(others, call):
    """Without an origin the same handler sets all of them."""
    response = await call("GET", "other/cookies", token=TOKEN)
    names = {v.partition("=")[0] for v in response.headers.get_list("Set-Cookie")}
    assert names >= {"a", "b", "c"}


async def test_handlers_that_end_in_their_own_way(others, shared):
    """An override of ``finish`` (JupyterLab's licenses have one) does not keep a refusal back."""
    assert (await shared("GET", "other/ending")).body == b"ended"
    answer = await shared("GET", "other/ending", token="")
    assert answer.status == 401
    assert answer.refusal() == ("missing_token", "no_token")


CREDENTIALS = {"allowed_origins": [ALLOWED], "allow_credentials": True}


@pytest.mark.parametrize("escherpad_config", [CREDENTIALS])
@pytest.mark.parametrize("path", ["api/contents", "nowhere", "other/own-headers", "other/plain"])
async def test_allow_credentials(others, call, path):
    """The setting is answered, once, to the allowed origin only; cookies stay ignored."""
    answer = await call("GET", path, origin=ALLOWED, token=TOKEN)
    assert answer.headers.get_list("Access-Control-Allow-Credentials") == ["true"]
    assert answer.headers.get_list("Access-Control-Allow-Origin") == [ALLOWED]
    refused = await call("GET", path, origin=REFUSED, token=TOKEN)
    assert not [name for name in refused.headers if name.startswith("Access-Control-")]
    assert not [
        name
        for name in (await call("GET", "api/contents", token=TOKEN)).headers
        if name == "Access-Control-Allow-Credentials"
    ]


@pytest.mark.parametrize("escherpad_config", [CREDENTIALS])
async def test_allow_credentials_lets_no_cookie_count(others, call):
    """Though the browser sends it then."""
    login = await call("GET", "lab", token=TOKEN)
    cookies = "; ".join(v.partition(";")[0] for v in login.headers.get_list("Set-Cookie"))
    answer = await call("GET", "api/contents", origin=ALLOWED, headers={"Cookie": cookies})
    assert (answer.code, json.loads(answer.body)["reason"]) == (401, "cookie_ignored")
    public = await call("GET", "login", origin=ALLOWED, headers={"Cookie": cookies})
    assert "Set-Cookie" not in public.headers


OWNER = {
    "ServerApp": {
        "allow_origin": "*",
        "allow_credentials": True,
        "tornado_settings": {
            "headers": {
                "Access-Control-Allow-Origin": "*",
                "Access-Control-Allow-Headers": "*",
                "Access-Control-Allow-Private-Network": "true",
                "X-Owner": "me",
            }
        },
    }
}


@pytest.mark.parametrize("server_config", [OWNER])
@pytest.mark.parametrize("path", ["api", "api/contents", "login", "nowhere", "other/own-headers"])
async def test_owners_own_headers_do_not_leak(others, call, path):
    """What core or the owner would send to anybody is not sent to an origin that is refused."""
    for method in ("GET", "OPTIONS", "POST"):
        for headers in ({}, {"Access-Control-Request-Method": "PUT"}):
            refused = await call(method, path, origin=REFUSED, token=TOKEN, headers=headers)
            assert refused.code == 403
            assert not [name for name in refused.headers if name.startswith("Access-Control-")]
    allowed = await call("GET", path, origin=ALLOWED, token=TOKEN)
    assert allowed.headers.get_list("Access-Control-Allow-Origin") == [ALLOWED]
    assert "Access-Control-Allow-Headers" not in allowed.headers
    own = await call("GET", "api/contents", token=TOKEN)
    assert own.headers["X-Owner"] == "me"


async def test_public_pages_are_for_everybody_who_is_allowed(others, shared):
    """A handler that says so is served without a token; one that forgot to ask is not."""
    assert (await shared("GET", "other/public", token="")).status == 200
    assert (await shared("GET", "other/unchecked", token="")).status == 401
    assert (await shared("GET", "other/unchecked")).status == 200


@pytest.mark.parametrize(("path", "error"), [("public", "missing_token"), ("plain", "no_login")])
async def test_nobody_changes_anything(others, shared, jp_web_app, path, error):
    """Public or not: to change something from another origin takes a handler that knows tokens."""
    answer = await shared("POST", f"other/{path}", token="")
    assert answer.status in {401, 403}
    assert error in answer.body.decode()
    assert "other_extension_posts" not in jp_web_app.settings


async def test_bodies_of_refused_requests_are_dropped(call, jp_root_dir):
    """However large: the answer is the refusal, and nothing is kept."""
    body = b"x" * 20_000_000
    answer = await call("PUT", "api/contents/big", origin=REFUSED, token=TOKEN, body=body)
    assert answer.code == 403
    assert list(jp_root_dir.iterdir()) == []


@pytest.mark.parametrize("method", ["FROB", "TRACE", "PROPFIND"])
async def test_methods_that_nobody_knows(http_server, jp_http_port, jp_base_url, method):
    """To a refused origin they are refused like any other."""
    headers = [("Origin", REFUSED), ("Authorization", f"token {TOKEN}")]
    answer = await ask(jp_http_port, method, f"{jp_base_url}api", headers)
    assert answer.status == 403
    assert not answer.starting("Access-Control-")


async def test_a_handler_that_checks_nobody_is_for_who_could_do_anything(others, call, give):
    """It serves other origins with the server's token or a grant of ``full``, and nobody else."""
    _, view = give("view")
    _, full = give("full")
    for token, status in ((None, 401), ("wrong", 401), (view, 403), (full, 200), (TOKEN, 200)):
        answer = await call("GET", "other/plain", origin=ALLOWED, token=token)
        assert answer.code == status, token
    assert (await call("GET", "other/plain")).code == 200, "as ever without Origin"


class Connection(HTTPConnection):
    """What a response is written to."""

    def write_headers(self, start_line, headers, chunk=None):
        self.vary = headers.get_list("Vary")


def test_a_rule_is_of_one_request():
    """The latest counts. Neither another connection nor another request has it."""
    request, other = http_request(), Connection()
    request.connection = connection = Connection()
    for name in ("One", "Other"):
        set_rule(request, VaryOnly(name))
    assert request.connection is connection
    for each in (connection, other):
        each.write_headers(ResponseStartLine("HTTP/1.1", 200, "OK"), HTTPHeaders())
    assert (connection.vary, other.vary) == (["Other"], [])
    assert type(connection) is Connection  # another class would make all that it does slower


def test_every_response_of_a_connection():
    """Also a second one, as after an informational one (RFC 9110, 15.2)."""
    request = http_request()
    request.connection = connection = Connection()
    set_rule(request, VaryOnly())
    for status in (103, 200):
        connection.write_headers(ResponseStartLine("HTTP/1.1", status, ""), HTTPHeaders())
        assert connection.vary == ["Origin"]


def test_a_connection_goes_with_its_request():
    """At once, and not when the garbage collector comes."""
    request = http_request()
    request.connection = connection = Connection()
    set_rule(request, VaryOnly())
    gone = ref(connection)
    gc.disable()
    try:
        del request, connection
        assert gone() is None
    finally:
        gc.enable()
