"""Nothing that a client says makes another origin the server's own, through a proxy or past it."""

from __future__ import annotations

import pytest
from support.check.server_owner import OWN_TOKEN
from support.constants import ALLOWED, REFUSED
from support.proxies.outside_client import Outside, Person
from support.proxies.proxied_servers import ProxiedServer, ProxiedServers
from support.proxies.proxy_processes import PROXIED, lines_with
from support.proxies.written_recipes import NAME
from support.wire import Answer

pytestmark = pytest.mark.timeout(240)

EVIL = REFUSED.partition("//")[2]
SOCKET = "api/events/subscribe"
#: Headers of proxies, servers and frameworks that somebody may believe.
LIES = (
    ("X-Forwarded-Host", EVIL),
    ("X-Forwarded-Server", EVIL),
    ("X-Forwarded-Proto", "http"),
    ("X-Forwarded-Proto", "https, http"),
    ("X-Forwarded-Scheme", "http"),
    ("X-Forwarded-Ssl", "off"),
    ("X-Forwarded-Port", "80"),
    ("X-Forwarded-For", "127.0.0.1"),
    ("X-Real-IP", "127.0.0.1"),
    ("X-Scheme", "http"),
    ("X-Scheme", "https, http"),
    ("X-Host", EVIL),
    ("X-Original-Host", EVIL),
    ("X-Original-URL", "/api"),
    ("X-Rewrite-URL", "/api"),
    ("X-HTTP-Method-Override", "OPTIONS"),
    ("Forwarded", f"for=127.0.0.1;host={EVIL};proto=http"),
    ("Sec-Fetch-Site", "same-origin"),
    ("Referer", f"https://{NAME}/lab"),
)


@pytest.fixture(params=[each for each in PROXIED if each[0] in {"kept", "rewritten"}], ids="-".join)
def proxied(request: pytest.FixtureRequest, servers: ProxiedServers) -> ProxiedServer:
    return servers.behind(*request.param)


@pytest.fixture
def cookie(proxied: ProxiedServer) -> tuple[str, str]:
    """Return what the browser of somebody who is logged in sends from wherever it will."""
    person = Person(proxied.outside)
    assert person.log_in(OWN_TOKEN).status == 302
    return "Cookie", person.headers["Cookie"]


def gets_nothing(answer: Answer) -> bool:
    """Return whether an answer shows nothing of the server, and lets no page read it."""
    shows = b'"content"' in answer.body or b"2.21" in answer.body or answer.status == 101
    return not shows and answer.starting("Access-Control-Allow-") == []


def test_lies_through_the_proxy(proxied: ProxiedServer, cookie: tuple[str, str]) -> None:
    """Neither alone nor all at once; not for a site, nor for the server's name by http."""
    token = ("Authorization", f"Bearer {OWN_TOKEN}")
    by_http = proxied.outside.origin.replace("https", "http")
    for origin in (REFUSED, by_http):
        said = ("Origin", origin)
        with proxied.outside.connected() as ask:
            for lies in (*((lie,) for lie in LIES), LIES):
                answer = ask("GET", "api/contents", said, *lies, cookie, token)
                assert answer.refusal(), (lies, answer)
                assert gets_nothing(answer), (lies, answer)
            asked = ("Access-Control-Request-Method", "PUT")
            assert gets_nothing(ask("OPTIONS", "api/contents", said, *LIES, asked))
        assert gets_nothing(proxied.outside.shake_hands(SOCKET, said, *LIES, cookie))


def test_no_lie_opens_a_door_for_the_cookie(
    proxied: ProxiedServer, cookie: tuple[str, str]
) -> None:
    """An allowed site is anonymous without its token, whatever else it sends."""
    said = ("Origin", ALLOWED)
    with proxied.outside.connected() as ask:
        for lies in (*((lie,) for lie in LIES), LIES):
            answer = ask("GET", "api/contents", said, *lies, cookie)
            assert answer.refusal() == ("missing_token", "cookie_ignored"), lies


def test_other_hosts(proxied: ProxiedServer, cookie: tuple[str, str]) -> None:
    """A ``Host`` that is not the server's own makes nobody's page one of its pages."""
    port = proxied.proxy.port
    evil = ("Origin", REFUSED)
    for host in (EVIL, f"{EVIL}:{port}", f"{EVIL}.", f"{NAME}.{EVIL}", f"{NAME}@{EVIL}"):
        for origin in (REFUSED, f"https://{host}"):
            said = ("Origin", origin)
            assert gets_nothing(proxied.outside.ask("GET", "api/contents", said, cookie, host=host))
            assert gets_nothing(proxied.outside.shake_hands(SOCKET, said, cookie, host=host))
    ask, own = proxied.outside.ask, proxied.outside
    assert gets_nothing(ask("GET", f"{REFUSED}/api/contents", evil, cookie))
    assert gets_nothing(ask("GET", f"{own.url}api/contents", evil, cookie, host=EVIL))
    assert gets_nothing(ask("GET", "api/contents", ("Host", EVIL), evil, cookie))
    assert gets_nothing(ask("GET", "api/contents", ("Origin", own.origin), evil, cookie))
    assert gets_nothing(ask("GET", "api/contents", evil, ("Origin", own.origin), cookie))


def test_other_hosts_by_http2(proxied: ProxiedServer, cookie: tuple[str, str], node: str) -> None:
    """Where ``:authority`` and ``Host`` may differ (RFC 9113, section 8.3.1)."""
    sent = {":path": "/api/contents", "origin": REFUSED, "cookie": cookie[1]}
    answers = proxied.outside.ask_http2(
        node,
        proxied.authority,
        {**sent, ":authority": EVIL},
        {**sent, ":authority": EVIL, "host": proxied.outside.host},
        {**sent, ":authority": proxied.outside.host, "host": EVIL},
        {**sent, ":authority": proxied.outside.host, ":scheme": "http"},
    )
    for answer in answers:
        assert gets_nothing(answer), answer


def test_addresses_in_the_log_are_the_proxys_word(proxied: ProxiedServer) -> None:
    """Nobody writes another address into Jupyter's log than the one that they have."""
    forged = ("X-Forwarded-For", "203.0.113.9"), ("X-Real-IP", "203.0.113.9")
    path = f"nowhere-{proxied.proxy.port}"
    assert proxied.outside.ask("GET", path, *forged).status in {403, 404}
    (line,) = lines_with(proxied.owner.log_file, f"/{path} ", 1)
    assert "@127.0.0.1" in line


@pytest.mark.parametrize("recipe", ["kept", "rewritten"])
def test_past_the_proxy(servers: ProxiedServers, recipe: str) -> None:
    """A program on the server's machine, or a page whose name leads there (DNS rebinding)."""
    owner = servers.behind(recipe, "nginx").owner
    direct = Outside(owner.url)
    person = Person(direct)
    person.log_in(OWN_TOKEN)
    cookie = ("Cookie", person.headers["Cookie"])
    proto = ("X-Forwarded-Proto", "https")
    with direct.connected() as ask:
        for lies in (*((lie,) for lie in LIES), LIES, (proto,)):
            answer = ask("GET", "api/contents", ("Origin", REFUSED), *lies, cookie)
            assert answer.refusal() == ("origin_refused", "origin_not_listed"), lies
    for host in (EVIL, f"{EVIL}:{owner.port}"):
        for scheme in ("http", "https"):
            said = ("Origin", f"{scheme}://{host}"), ("X-Scheme", scheme)
            for name in ("Authorization", "X-Nothing"):
                token = (name, f"Bearer {OWN_TOKEN}")
                answer = direct.ask("GET", "api/contents", *said, token, cookie, host=host)
                assert gets_nothing(answer), answer
