"""The rule in single-user servers of a real Hub, seen from outside, through its proxy."""

from __future__ import annotations

import json

import pytest
from support.constants import ALLOWED, REFUSED
from support.hub.hub_process import HubProcess, UserServer
from support.hub.hub_user import Visitor, call, offer
from support.wire import Answer, ask

pytest_plugins = ["support.hub.fixtures"]
pytestmark = pytest.mark.timeout(300)

SOCKETS = (
    "api/kernels/{kernel}/channels",
    "terminals/websocket/{terminal}",
    "api/events/subscribe",
)


def check_shared(answer: Answer, status: int) -> None:
    """Check that a page on the allowed origin can read it, and that it is no redirect."""
    assert answer.status == status, answer
    assert answer.get("Access-Control-Allow-Origin") == ALLOWED
    assert "Origin" in answer.vary()
    assert (answer.all("Set-Cookie"), answer.get("Location")) == ([], None)


@pytest.mark.parametrize("name", ["", "second"])
async def test_refused_origins_get_nothing(
    hub: HubProcess, servers: list[UserServer], owner: Visitor, name: str
) -> None:
    """Whatever comes along: 403, no CORS header, no cookie, nothing done."""
    (server,) = [s for s in servers if (s.user, s.name) == ("ana", name)]
    token = hub.token("ana")
    cookie = ("Cookie", owner.cookie(server))
    everything = [("Authorization", f"token {token}"), cookie, offer(token)]
    paths = ["lab", "api/contents", "api/me", "static/favicon.ico", "oauth_callback", "escherpad/"]
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        for path in paths:
            for headers in ([], [cookie], everything):
                answer = await call(
                    server, method, f"{path}?token={token}", origin=REFUSED, headers=headers
                )
                assert answer.status == 403
                assert answer.starting("Access-Control-") + answer.all("Set-Cookie") == []
                assert answer.refusal() == ("origin_refused", "origin_not_listed")
    answer = await call(
        server,
        "WebSocket",
        f"api/events/subscribe?token={token}",
        origin=REFUSED,
        headers=everything,
    )
    assert answer.status == 403


async def test_cookies_of_the_hub_make_nobody_somebody(ana: UserServer, owner: Visitor) -> None:
    """From an allowed origin the Hub's cookies are no login: JSON, and never the way to the Hub."""
    cookies = [("Cookie", owner.cookie(ana)), ("X-XSRFToken", owner.xsrf(ana))]
    assert "jupyterhub-user-ana=" in cookies[0][1]
    assert (await call(ana, "GET", "api/contents", headers=cookies)).status == 200
    modes = [("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Site", "cross-site")]
    wrong = [("Authorization", "token wrong"), *cookies]  # who asks the Hub falls back on them
    for headers, refusal in (
        ([], ("missing_token", "no_token")),
        (cookies, ("missing_token", "cookie_ignored")),
        (wrong, ("invalid_token", "unknown_token")),
    ):
        for method, path in (
            ("GET", "lab"),
            ("GET", "api/contents"),
            ("GET", "files/x"),
            ("POST", "api/contents"),
            ("PUT", "api/contents/stolen.txt"),
            ("DELETE", "api/contents/x"),
            ("WebSocket", "api/events/subscribe"),
        ):
            body = {"type": "file", "format": "text", "content": ""} if method != "GET" else None
            answer = await call(
                ana, method, path, origin=ALLOWED, headers=[*headers, *modes], body=body
            )
            check_shared(answer, 401)
            assert answer.refusal() == refusal
            assert (answer.get("WWW-Authenticate") or "").startswith("Bearer")
    assert not (ana.home / "stolen.txt").exists()


async def test_preflights_pass_the_proxy(ana: UserServer) -> None:
    """An allowed origin is let through, a refused one is not; nobody is asked to log in."""
    asked = [
        ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "authorization,content-type"),
    ]
    answer = await call(ana, "OPTIONS", "api/contents/x", origin=ALLOWED, headers=asked)
    assert (answer.status, answer.get("Access-Control-Allow-Origin")) == (204, ALLOWED)
    assert "PUT" in (answer.get("Access-Control-Allow-Methods") or "")
    assert answer.get("Access-Control-Allow-Headers") == "authorization,content-type"
    refused = await call(ana, "OPTIONS", "api/contents/x", origin=REFUSED, headers=asked)
    assert (refused.status, refused.starting("Access-Control-")) == (403, [])


async def test_what_the_hub_answers_is_for_no_page(hub: HubProcess) -> None:
    """Its own API, and its answer for a server that does not run."""
    sent = [("Origin", ALLOWED), ("Authorization", f"token {hub.token('ana')}")]
    for target in ("/hub/api/user", "/user/nobody/api"):
        for method, more in (("GET", []), ("OPTIONS", [("Access-Control-Request-Method", "GET")])):
            answer = await ask(hub.port, method, target, [*sent, *more], host=hub.host)
            assert answer.get("Access-Control-Allow-Origin") is None


async def test_every_answer_can_be_read(hub: HubProcess, ana: UserServer) -> None:
    """Errors too, whoever made them."""
    token = hub.token("ana")
    for status, method, path, body in (
        (200, "GET", "api/me", None),
        (200, "GET", "lab", None),
        (404, "GET", "api/contents/nowhere", None),
        (404, "GET", "nowhere", None),
        (404, "GET", "files/nowhere", None),
        (405, "PATCH", "api/me/x/y", None),
        (400, "POST", "api/kernels", b"{"),
        (400, "GET", "api/contents?type=nonsense", None),
    ):
        answer = await call(ana, method, path, origin=ALLOWED, token=token, body=body)
        check_shared(answer, answer.status if status == 405 else status)


async def test_tokens_open_sockets(hub: HubProcess, ana: UserServer) -> None:
    """By header, subprotocol and address, for kernels, terminals and events; without, none opens.

    Whether the browser says ``Sec-Fetch-Mode: websocket`` (Firefox) or not (Chromium).
    """
    token = hub.token("ana")
    kernel = (await call(ana, "POST", "api/kernels", token=token, body={"name": "python3"})).json()
    terminal = (await call(ana, "POST", "api/terminals", token=token)).json()
    ids = {"kernel": kernel["id"], "terminal": terminal["name"]}
    for path in (socket.format(**ids) for socket in SOCKETS):
        for mode in ([], [("Sec-Fetch-Mode", "websocket")]):
            for query, headers in (
                ("", [("Authorization", f"token {token}")]),
                ("", [offer(token)]),
                (f"?token={token}", []),
            ):
                answer = await call(
                    ana, "WebSocket", path + query, origin=ALLOWED, headers=[*headers, *mode]
                )
                assert answer.status == 101, answer
            for query, headers in (("", []), ("", [offer("wrong")]), ("?token=wrong", [])):
                answer = await call(
                    ana, "WebSocket", path + query, origin=ALLOWED, headers=[*headers, *mode]
                )
                assert answer.status == 401
    await call(ana, "DELETE", f"api/kernels/{kernel['id']}", token=token)
    await call(ana, "DELETE", f"api/terminals/{terminal['name']}", token=token)
    assert token not in hub.log()


@pytest.mark.parametrize("scheme", ["token", "Bearer", "bearer"])
async def test_a_hub_token_is_good_where_its_scopes_say(
    hub: HubProcess, servers: list[UserServer], scheme: str
) -> None:
    """Without access to this server it is none: 401, as JSON that the page can read."""
    tokens = {
        "everything of ana's": (hub.token("ana"), {"/user/ana/", "/user/ana/second/"}),
        "everything of bob's": (hub.token("bob"), {"/user/bob/"}),
        "the default server": (hub.token("ana", "access:servers!server=ana/"), {"/user/ana/"}),
        "the named server": (
            hub.token("ana", "access:servers!server=ana/second"),
            {"/user/ana/second/"},
        ),
        "no server": (hub.token("ana", "read:users:name!user=ana"), set()),
        "none of the Hub's": ("0" * 32, set()),
    }
    for what, (token, good) in tokens.items():
        for server in servers:
            sent = [("Authorization", f"{scheme} {token}")]
            answer = await call(server, "GET", "api/contents", origin=ALLOWED, headers=sent)
            check_shared(answer, 200 if server.path in good else 401)
            if server.path not in good:
                assert answer.refusal() == ("invalid_token", "unknown_token"), what
            socket = await call(
                server, "WebSocket", "api/events/subscribe", origin=ALLOWED, headers=[offer(token)]
            )
            assert socket.status == (101 if server.path in good else 401), what


async def test_a_token_is_one_user_on_every_request(hub: HubProcess, ana: UserServer) -> None:
    """Who that is does not change, and no answer makes a login of it."""
    token = hub.token("ana")
    seen = set()
    for scheme in ("token", "Bearer", "token"):
        sent = [("Authorization", f"{scheme} {token}")]
        answer = await call(ana, "GET", "api/me", origin=ALLOWED, headers=sent)
        check_shared(answer, 200)
        seen.add(json.dumps(answer.json()["identity"], sort_keys=True))
    assert [json.loads(found)["username"] for found in seen] == ["ana"]
