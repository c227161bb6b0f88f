"""What a user cannot loosen in a server that the Hub starts, and what the Hub's answers outlive."""

from __future__ import annotations

import asyncio
import time

import pytest
from support.constants import ALLOWED, REFUSED
from support.hub.hub_process import HubProcess, UserServer
from support.hub.hub_user import HubSite, Visitor, call
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

pytest_plugins = ["support.hub.fixtures"]
pytestmark = pytest.mark.timeout(300)

SECONDS_TO_FORGET = 15


async def looser(server: UserServer) -> set[str]:
    """Return which settings are not the admin's."""
    token = server.hub.token(server.user)
    stranger = await call(server, "GET", "api/contents", origin=REFUSED, token=token)
    refused = stranger.refusal() == ("origin_refused", "origin_not_listed")
    in_url = await call(server, "GET", f"api/contents?token={token}", origin=ALLOWED)
    asks = HubSite(server, REFUSED).ask(Visitor(server.hub, server.user).log_in())
    offers = HubSite(server).ask(Visitor(server.hub, server.user).log_in())
    found = {
        "allowed_origins": not refused or stranger.starting("Access-Control-"),
        "url_tokens": in_url.status == 200,
        "connect": asks.status != 403,
        "grant_lifetime_max_seconds": str(7 * 86400) in offers.text,
    }
    return {name for name, is_looser in found.items() if is_looser}


async def test_users_cannot_loosen_the_policy(hub: HubProcess) -> None:
    """With the guide's config nothing in a home counts: settings, switches, programs."""
    (mallory,) = hub.start(("mallory", ""))
    assert await looser(mallory) == set()


async def test_the_command_line_holds_what_it_names(hub: HubProcess) -> None:
    """Where users' files count, they decide what the admin's command line does not name."""
    (olga,) = hub.start(("olga", ""))
    assert await looser(olga) == {"url_tokens"}


async def test_without_the_switch_users_may_do_without_the_extension(hub: HubProcess) -> None:
    """As the guide says: then Jupyter's own settings decide, which theirs are."""
    (mallory,) = hub.start(("mallory", "open"))
    token = hub.token("mallory")
    answer = await call(mallory, "GET", "api/contents", origin=REFUSED, token=token)
    assert (answer.status, answer.get("Access-Control-Allow-Origin")) == (200, REFUSED)


async def test_a_server_remembers_what_the_hub_said(hub: HubProcess, ana: UserServer) -> None:
    """A Hub token that was revoked is good as long as the server remembers it; sockets stay."""
    (olga,) = hub.start(("olga", ""))
    tokens = {server.user: hub.token(server.user) for server in (ana, olga)}
    for server in (ana, olga):
        answer = await call(
            server, "GET", "api/contents", origin=ALLOWED, token=tokens[server.user]
        )
        assert answer.status == 200
    url = f"{olga.url}api/events/subscribe".replace("http", "ws", 1)
    headers = {"Origin": ALLOWED, "Authorization": f"token {tokens['olga']}"}
    socket = await websocket_connect(HTTPRequest(url, headers=headers))
    for user, token in tokens.items():
        hub.revoke(user, token)
    # Five minutes by default.
    assert (
        await call(ana, "GET", "api/contents", origin=ALLOWED, token=tokens["ana"])
    ).status == 200
    end = time.monotonic() + SECONDS_TO_FORGET
    while (
        await call(olga, "GET", "api/contents", origin=ALLOWED, token=tokens["olga"])
    ).status != 401:
        assert time.monotonic() < end, "it is still good"
        await asyncio.sleep(0.1)
    assert socket.close_code is None
    socket.close()
