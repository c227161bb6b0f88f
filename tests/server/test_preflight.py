"""Preflights: answered for every path, before routing and before authentication."""

from __future__ import annotations

import logging

import pytest
from support.constants import ALLOWED, REFUSED, TOKEN
from support.wire import ask, talk

ASKED = "Access-Control-Request-Method"
NAMES = "Access-Control-Request-Headers"
NETWORK = "Access-Control-Request-Private-Network"
USUAL = ", Authorization, Content-Type"
VARY = {"Origin", ASKED, NAMES}
#: What any response of this server may have besides, and what the test's client asked for.
ALWAYS = {"Server", "Date", "Connection"}

PATHS = [
    "",
    "api/contents",
    "api/contents/a%2Fb",
    "api/kernels/no-such-thing",
    "files/x.txt",
    "nbconvert/html/x.ipynb",
    "metrics",
    "login",
    "logout",
    "api/shutdown",
    "static/absent.js",
    "proxy/8080/whatever",
    "nowhere/at/all",
    "api/me?token=wrong",
]


@pytest.fixture
def preflight(http_server, jp_http_port, jp_base_url):
    """Return a function that sends a preflight; a path with a slash in front is not below us."""

    async def send(path, *headers, origin=ALLOWED, method="PUT"):
        target = path if path.startswith(("/", "*", "http")) else jp_base_url + path
        named = [("Origin", origin)] if origin is not None else []
        asked = [(ASKED, method)] if method is not None else []
        return await ask(jp_http_port, "OPTIONS", target, [*named, *asked, *headers])

    return send


@pytest.fixture
def quiet(caplog):
    """Fail where the log has a traceback, or an error of any kind."""
    caplog.set_level(logging.DEBUG)
    yield caplog
    assert "Traceback" not in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def names(answer) -> set[str]:
    return {name for name, _ in answer.headers} - ALWAYS


@pytest.mark.parametrize("path", PATHS)
async def test_allowed(preflight, quiet, path):
    """204, no body, exactly these headers, whatever there is at the path."""
    answer = await preflight(path, (NAMES, "authorization, content-type"))
    assert (answer.status, answer.body) == (204, b"")
    assert names(answer) == {
        "Access-Control-Allow-Origin",
        "Access-Control-Allow-Methods",
        "Access-Control-Allow-Headers",
        "Access-Control-Max-Age",
        "Vary",
    }
    assert answer.get("Access-Control-Allow-Origin") == ALLOWED
    assert answer.get("Access-Control-Allow-Headers") == "authorization, content-type"
    assert answer.get("Access-Control-Max-Age") == "7200"
    methods = set((answer.get("Access-Control-Allow-Methods") or "").split(", "))
    assert methods == {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    assert answer.vary() == VARY


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("origin", [REFUSED, "null", "", f"{ALLOWED}/", ALLOWED.upper()])
async def test_refused(preflight, quiet, path, origin):
    """403 with a reason, and none of the headers: with a token just as without."""
    for headers in [(), (("Authorization", f"token {TOKEN}"),), ((NETWORK, "true"),)]:
        answer = await preflight(path, (NAMES, "authorization"), *headers, origin=origin)
        assert answer.status == 403
        assert (answer.refusal() or "")[0] == "origin_refused"
        assert not answer.starting("Access-Control-")
        assert answer.vary() == VARY


@pytest.mark.parametrize(
    "escherpad_config",
    [{"allowed_origins": [ALLOWED], "allow_credentials": True, "preflight_max_age_seconds": 0}],
)
async def test_settings(preflight):
    """What the owner set is answered, zero included; a refused origin learns nothing of it."""
    answer = await preflight("api/contents")
    assert answer.get("Access-Control-Allow-Credentials") == "true"
    assert answer.get("Access-Control-Max-Age") == "0"
    refused = await preflight("api/contents", origin=REFUSED)
    assert not refused.starting("Access-Control-")


@pytest.mark.parametrize(
    ("value", "answered"), [("true", "true"), ("false", None), ("", None), ("TRUE", None)]
)
async def test_private_network(preflight, value, answered):
    """Answered only if it was asked (Private Network Access, since replaced by a permission)."""
    answer = await preflight("api", (NETWORK, value))
    assert answer.get("Access-Control-Allow-Private-Network") == answered
    assert (await preflight("api")).get("Access-Control-Allow-Private-Network") is None


@pytest.mark.parametrize(
    ("listed", "more"),
    [
        ("authorization", ", Content-Type"),
        ("authorization,content-type,x-xsrftoken,x-requested-with,if-none-match,range", ""),
        ("Authorization, X-XSRFToken", ", Content-Type"),
        ("AUTHORIZATION\t, Content-type", ""),
        ("content-type", ", Authorization"),
        ("a , b\t,c", USUAL),
        ("!#$%&'*+-.^_`|~09azAZ", USUAL),
        ("x-authorization,content-types", USUAL),
    ],
)
async def test_requested_headers_are_allowed(preflight, listed, more):
    """What was asked for, as it was asked for; then what clients with a token send later.

    Fetch caches each name: after the preflight of a read, a write needs none.
    """
    answer = await preflight("api", (NAMES, listed))
    assert answer.all("Access-Control-Allow-Headers") == [listed + more]


@pytest.mark.parametrize(
    "listed",
    [
        "",
        ",",
        "a,,b",
        "a b",
        "a;b",
        "a:b",
        "(a)",
        "é",
        '"quoted"',
        ", ".join(f"x-{i}" for i in range(10_000))[:60_000],
        "x" * 5_000,
    ],
)
async def test_malformed_lists_are_not(preflight, quiet, listed):
    """No list of names, or one beyond any client's: nothing is repeated, nothing breaks."""
    answer = await preflight("api", (NAMES, listed))
    assert answer.status == 204
    assert answer.all("Access-Control-Allow-Headers") == []
    assert (await preflight("api")).all("Access-Control-Allow-Headers") == []


async def test_ten_thousand_names(preflight, jp_http_port, quiet):
    """More than tornado takes for a header at all: it hangs up, and the server goes on."""
    listed = ", ".join(f"x-requested-{i}" for i in range(10_000))
    raw = f"OPTIONS / HTTP/1.1\r\nOrigin: {ALLOWED}\r\n{ASKED}: PUT\r\n{NAMES}: {listed}\r\n\r\n"
    assert b"access-control-allow" not in (await talk(jp_http_port, raw.encode())).lower()
    assert (await preflight("api")).status == 204


@pytest.mark.parametrize("method", ["FROB", "", "get", "GET, POST", "\t", "x" * 10_000, "é"])
async def test_unknown_methods_are_not_named(preflight, quiet, method):
    """The answer names what the server has; the browser then stops by itself."""
    answer = await preflight("api", method=method)
    assert answer.status == 204
    assert "FROB" not in str(answer.headers)
    assert answer.get("Access-Control-Allow-Methods").startswith("GET, HEAD")


@pytest.mark.parametrize(
    "path",
    [
        "*",
        "/",
        "//",
        "//evil.example/api",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/../../etc/passwd",
        "/%00",
        "/%ff%fe",
        "/a%40b/api/contents/%",
        "/?%ff=%ff&&=;",
        "/a%40b/api/contents//////",
        "http://evil.example/api",
        "/" + "x" * 30_000,
    ],
)
async def test_odd_paths(preflight, quiet, path):
    """The path decides nothing, so no path can break it."""
    assert (await preflight(path)).status == 204
    assert (await preflight(path, origin=REFUSED)).status == 403


@pytest.mark.parametrize(
    ("first", "second"), [(ALLOWED, ALLOWED), (ALLOWED, REFUSED), (REFUSED, ALLOWED)]
)
async def test_two_origins_are_none(preflight, quiet, first, second):
    """No browser sends two; what read only the one of them would be fooled."""
    answer = await preflight("api", ("Origin", second), origin=first)
    assert answer.status == 403
    assert not answer.starting("Access-Control-")


async def test_two_lists_are_one(preflight):
    """RFC 9110, section 5.3: a list may come on two lines."""
    answer = await preflight("api", (NAMES, "a"), (NAMES, "b"))
    assert answer.get("Access-Control-Allow-Headers") == f"a,b{USUAL}"


async def test_only_a_preflight_is_one(preflight, quiet):
    """``OPTIONS`` without the request's method is the handler's; without an origin it is nobody's
    but core's."""
    plain = await preflight("api/contents", method=None)
    assert plain.get("Access-Control-Allow-Origin") == ALLOWED
    assert not plain.all("Access-Control-Max-Age")
    assert plain.vary() >= {"Origin"}
    core = await preflight("api/contents", origin=None)
    assert core.status != 403
    assert not core.all("Access-Control-Max-Age")


HOSTILE = [
    b"\x00",
    b"https://app.example.com\x00",
    b"https://app.example.com\t",
    b"https://app.example.com\x0b",
    b"https://app.example.com\x7f",
    b"\xff\xfe",
    b"https://app.example.com\xc2\xa0",
    b"https://app.example.com\r\n https://evil.example",
    b"%s%s%n{0}{x!r}",
    b"x" * 60_000,
    b"https://" + b"a." * 10_000 + b"example.com",
]


@pytest.mark.parametrize("origin", HOSTILE, ids=lambda o: repr(o[:30]))
@pytest.mark.parametrize("method", [b"OPTIONS", b"GET"])
async def test_hostile_origins(http_server, jp_http_port, quiet, method, origin):
    """Control characters, folded lines, bytes that are no text: refused, by us or by tornado."""
    raw = method + b" /a%40b/api HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    raw += ASKED.encode() + b": PUT\r\nAuthorization: token " + TOKEN.encode()
    answer = await talk(jp_http_port, raw + b"\r\nOrigin: " + origin + b"\r\n\r\n")
    status = answer[9:12]
    # Whitespace around a value is not part of it (RFC 9110, section 5.5).
    if origin.strip(b" \t") == ALLOWED.encode():
        assert status in {b"200", b"204"}
    else:
        assert status in {b"400", b"403", b""}
        assert b"access-control-allow" not in answer.lower()


async def test_an_origin_of_a_megabyte(http_server, jp_http_port, preflight, quiet):
    """More than tornado reads: it hangs up, and the server goes on."""
    raw = b"OPTIONS / HTTP/1.1\r\nHost: x\r\nOrigin: https://" + b"a" * 2**20 + b"\r\n\r\n"
    answer = await talk(jp_http_port, raw)
    assert answer[9:12] in {b"", b"400", b"431"}
    assert b"access-control-allow" not in answer.lower()
    assert (await preflight("api")).status == 204


@pytest.mark.parametrize("name", [ASKED, NAMES, NETWORK, "Authorization", "Sec-WebSocket-Protocol"])
@pytest.mark.parametrize("value", [b"\xff\xff", b"\x01", b"a\r\n b", b"a" * 60_000])
@pytest.mark.parametrize("method", [b"OPTIONS", b"GET"])
async def test_hostile_headers(http_server, jp_http_port, quiet, method, name, value):
    """An answer or a hang-up, never a traceback, nor a header that the value smuggled in."""
    raw = method + b" /a%40b/api HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    raw += b"Origin: " + ALLOWED.encode() + b"\r\n" + name.encode() + b": " + value + b"\r\n\r\n"
    answer = await talk(jp_http_port, raw)
    assert answer[9:12] in {b"", b"200", b"204", b"400", b"401"}
    assert b"\xff" not in answer
