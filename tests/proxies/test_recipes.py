"""docs/proxies.md, as it is written: every recipe with every proxy, from outside, through TLS."""

from __future__ import annotations

import json
import stat
from urllib.parse import quote

import pytest
from support.check.grants import give
from support.check.server_owner import OWN_TOKEN
from support.constants import ALLOWED, REFUSED
from support.proxies.outside_client import Person, run_code
from support.proxies.proxied_servers import ProxiedServer, ProxiedServers

pytestmark = pytest.mark.timeout(240)

BARE = "v1.token.websocket.jupyter.org"
ORIGIN = ("Origin", ALLOWED)
PREFLIGHT = (
    ("Access-Control-Request-Method", "PUT"),
    ("Access-Control-Request-Headers", "authorization,content-type"),
)
#: What browsers say of an address that somebody typed (Fetch Metadata).
NAVIGATION = (
    ("Sec-Fetch-Site", "none"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Dest", "document"),
    ("Sec-Fetch-User", "?1"),
)


def bearer(token: str) -> tuple[str, str]:
    return "Authorization", f"Bearer {token}"


def offer(token: str) -> tuple[str, str]:
    return "Sec-WebSocket-Protocol", f"{BARE}, {BARE}.{quote(token, safe='')}"


@pytest.fixture
def token(proxied: ProxiedServer) -> str:
    """Return a token that was given to the site."""
    return give(proxied.owner, "run")[1]


# A site on another origin


def test_preflights_are_answered_by_the_server(proxied: ProxiedServer) -> None:
    """Once, whatever the path; those of other origins are refused."""
    answer = proxied.outside.ask("OPTIONS", "api/contents/x.ipynb", ORIGIN, *PREFLIGHT)
    assert answer.status == 204
    assert answer.get("Access-Control-Allow-Origin") == ALLOWED
    assert answer.get("Access-Control-Allow-Headers") == "authorization,content-type"
    assert "PUT" in (answer.get("Access-Control-Allow-Methods") or "")
    assert answer.get("Access-Control-Max-Age") == "7200"
    assert "Origin" in answer.vary()
    refused = proxied.outside.ask("OPTIONS", "api/contents", ("Origin", REFUSED), *PREFLIGHT)
    assert (refused.status, refused.refusal()) == (403, ("origin_refused", "origin_not_listed"))
    assert refused.starting("Access-Control-") == []


def test_a_site_is_served_by_its_token_alone(proxied: ProxiedServer, token: str) -> None:
    """Answers can be read, errors too; another origin gets nothing, with the token or without."""
    served = proxied.outside.ask("GET", "api/contents", ORIGIN, bearer(token))
    assert (served.status, served.json()["type"]) == (200, "directory")
    without = proxied.outside.ask("GET", "api/contents", ORIGIN)
    assert (without.status, without.refusal()) == (401, ("missing_token", "no_token"))
    missing = proxied.outside.ask("GET", "api/contents/nowhere", ORIGIN, bearer(token))
    assert missing.status == 404
    for answer in (served, without, missing):
        assert answer.get("Access-Control-Allow-Origin") == ALLOWED
        assert answer.get("Cache-Control") == "no-cache"
        assert answer.all("Set-Cookie") == []
    for right in (token, OWN_TOKEN):
        refused = proxied.outside.ask("GET", "api/contents", ("Origin", REFUSED), bearer(right))
        assert (refused.status, refused.starting("Access-Control-")) == (403, [])
        assert refused.refusal() == ("origin_refused", "origin_not_listed")


def test_a_site_saves_a_large_notebook(proxied: ProxiedServer, token: str) -> None:
    """Two megabytes, of which a proxy may think that they are too many."""
    kind = ("Content-Type", "application/json")
    model = {"type": "file", "format": "text", "content": "x" * 2**21}
    body = json.dumps(model).encode()
    saved = proxied.outside.ask("PUT", "api/contents/l.txt", ORIGIN, bearer(token), kind, body=body)
    assert saved.status in {200, 201}, saved
    assert saved.get("Access-Control-Allow-Origin") == ALLOWED


def test_http2(proxied: ProxiedServer, token: str, node: str) -> None:
    """The same by HTTP/2, which browsers choose where a proxy offers it."""
    path = f"{proxied.outside.base_url}api/contents"
    own = {"origin": ALLOWED, "authorization": f"Bearer {token}"}
    asked = {"origin": ALLOWED, **{name.lower(): value for name, value in PREFLIGHT}}
    served, preflight, refused = proxied.outside.ask_http2(
        node,
        proxied.authority,
        {":path": path, **own},
        {":path": path, ":method": "OPTIONS", **asked},
        {":path": path, **own, "origin": REFUSED},
    )
    assert [a.status for a in (served, preflight, refused)] == [200, 204, 403]
    assert served.get("Access-Control-Allow-Origin") == ALLOWED
    assert preflight.get("Access-Control-Allow-Origin") == ALLOWED
    assert refused.starting("Access-Control-") == []


# Sockets


def test_handshakes(proxied: ProxiedServer, token: str) -> None:
    """The token opens a socket as subprotocol or in the address; nothing else does."""
    path = "api/events/subscribe"
    shake = proxied.outside.shake_hands
    opened = shake(path, ORIGIN, offer(OWN_TOKEN))
    assert (opened.status, opened.get("Sec-WebSocket-Protocol")) == (101, BARE)
    assert shake(f"{path}?token={OWN_TOKEN}", ORIGIN).status == 101
    assert shake(path, ORIGIN).refusal() == ("missing_token", "no_token")
    assert shake(path, ORIGIN, offer("wrong")).refusal() == ("invalid_token", "unknown_token")
    assert shake(path, ("Origin", REFUSED), offer(OWN_TOKEN)).status == 403
    assert shake(path, ORIGIN, offer(token)).status == 101
    assert shake(path, ("Origin", REFUSED), offer(token)).status == 403


async def test_kernels(proxied: ProxiedServer, token: str) -> None:
    """A kernel answers to a site, and to the server's own page, which has only its cookie."""
    started = proxied.outside.ask("POST", "api/kernels", ORIGIN, bearer(token))
    assert started.status == 201, started
    kernel = started.json()["id"]
    person = Person(proxied.outside)
    assert person.log_in(OWN_TOKEN).status == 302
    path = f"api/kernels/{kernel}/channels?session_id=s"
    protocols = [BARE, f"{BARE}.{quote(token, safe='')}"]
    async with proxied.outside.open_socket(path, {"Origin": ALLOWED}, protocols) as of_site:
        assert await run_code(of_site, "print(6 * 7)") == "42\n"
    async with proxied.outside.open_socket(path, person.headers) as of_person:
        assert await run_code(of_person, "print(6 * 9)") == "54\n"
    assert person.call("DELETE", f"api/kernels/{kernel}").status == 204


# The server's own pages


def test_the_servers_own_pages(proxied: ProxiedServer) -> None:
    """They log in, are known by the cookie, need the XSRF token to change something."""
    person = Person(proxied.outside)
    assert proxied.outside.ask("GET", "api/contents", *person.headers.items()).status == 403
    entered = person.log_in(OWN_TOKEN)
    assert (entered.status, entered.get("Location")) == (302, proxied.outside.base_url)
    answer = person.call("GET", "api/contents")
    assert answer.status == 200
    assert answer.starting("Access-Control-") == []
    assert person.call("POST", "api/contents", {"type": "file"}).status == 201
    headers = [(name, value) for name, value in person.headers.items()]
    assert proxied.outside.ask("POST", "api/contents", *headers).status == 403
    (cookie,) = [line for line in person.set if line.startswith("username-")]
    assert "; Secure" in cookie
    typed = (("Cookie", person.headers["Cookie"]), *NAVIGATION)
    there = proxied.outside.ask("GET", "escherpad/", *typed)
    assert there.status == 303
    address = there.get("Location")
    assert "escherpad/?arrival=" in address
    assert proxied.outside.ask("GET", address, *typed).status == 200


def test_the_cookie_counts_for_the_servers_own_pages_only(proxied: ProxiedServer) -> None:
    """Not for an allowed site, nor for a page that came by http, which anybody may have made."""
    person = Person(proxied.outside)
    person.log_in(OWN_TOKEN)
    cookie = ("Cookie", person.headers["Cookie"])
    by_http = proxied.outside.origin.replace("https", "http")
    for origin, status in ((ALLOWED, 401), (REFUSED, 403), (by_http, 403), ("null", 403)):
        assert (
            proxied.outside.ask("GET", "api/contents", ("Origin", origin), cookie).status == status
        )
        opened = proxied.outside.shake_hands("api/events/subscribe", ("Origin", origin), cookie)
        assert opened.status == status, origin


# Being found


def test_the_address_is_the_public_one(proxied: ProxiedServer) -> None:
    """In the discovery document, wherever a client looks for it."""
    address = proxied.outside.url.rstrip("/")
    path = proxied.outside.base_url.rstrip("/")
    for name, key in (("authorization-server", "issuer"), ("protected-resource", "resource")):
        for where in (f"{path}/.well-known/oauth-{name}", f"/.well-known/oauth-{name}{path}"):
            answer = proxied.outside.ask("GET", where, ("Origin", "https://anybody.example"))
            assert (answer.status, answer.get("Access-Control-Allow-Origin")) == (200, "*"), where
            assert answer.json()[key] == address


def test_check_finds_nothing(proxied: ProxiedServer, diagnosis_of, token: str) -> None:
    """``jupyter escherpad check`` through the proxy, with the site's token and without."""
    diagnosis = diagnosis_of(proxied.owner)
    assert diagnosis.check(ALLOWED, "--server", proxied.outside.url) == (0, [])
    found = diagnosis.check(ALLOWED, "--server", proxied.outside.url, "--token", OWN_TOKEN)
    assert found == (0, [])


def test_a_socket_file_is_for_the_proxys_group_alone(servers: ProxiedServers) -> None:
    """Nobody else on the machine can reach the server."""
    file = servers.behind("socket", "nginx").owner.file
    found, folder = file.stat(), file.parent.stat()
    assert (stat.S_IMODE(found.st_mode), stat.S_IMODE(folder.st_mode)) == (0o660, 0o2750)
    assert found.st_gid == folder.st_gid
