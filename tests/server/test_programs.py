"""A program's grant token: good without ``Origin`` or with the server's own, and for no page."""

from __future__ import annotations

import json
import time

import pytest
from support.constants import ALLOWED, REFUSED, TOKEN
from tornado.httpclient import HTTPClientError

PROTOCOL = "v1.token.websocket.jupyter.org"
OTHER = "https://other.example.com"
SITES = [None, "none", "same-origin", "same-site", "cross-site"]


@pytest.fixture
def escherpad_config():
    return {"allowed_origins": [ALLOWED, OTHER], "url_tokens": "always"}


@pytest.fixture
def own(jp_http_port):
    """Return the server's own origin, as the test's client reaches it."""
    return f"http://127.0.0.1:{jp_http_port}"


@pytest.fixture
def give_program(give):
    """Return a function that makes a program's grant."""

    def make(*names, **more):
        return give(*names, origin="none", program="command", **more)

    return make


async def test_where_it_is_good(call, give_program, own):
    """Each origin by each ``Sec-Fetch-Site``: only what no page of another origin can send."""
    _, token = give_program("view")
    for origin in (None, own, ALLOWED, OTHER, REFUSED, "null", "none"):
        for site in SITES:
            headers = {} if site is None else {"Sec-Fetch-Site": site}
            answer = await call("GET", "api/contents", origin=origin, token=token, headers=headers)
            is_own = origin in {None, own} or (origin, site) == ("null", "same-origin")
            good = is_own and site in {None, "none", "same-origin"}
            assert (answer.code == 200) is good, (origin, site)
            assert "Set-Cookie" not in answer.headers
            if not good:
                assert answer.code in {401, 403}


async def test_no_cookie_helps(call, give_program):
    """Where it is refused, the owner's login beside it counts for nothing."""
    login = await call("GET", "api/me", token=TOKEN)
    cookie = {"Cookie": login.headers["Set-Cookie"].partition(";")[0]}
    _, token = give_program("view")
    for site in ("same-site", "cross-site"):
        headers = {**cookie, "Sec-Fetch-Site": site}
        answer = await call("GET", "api/contents", token=token, headers=headers)
        assert json.loads(answer.body)["reason"] == "wrong_origin"


async def test_in_the_url_as_a_script_s(call, give_program):
    """But not where a browser opens the address."""
    _, token = give_program("view")
    path = f"api/contents?token={token}"
    assert (await call("GET", path)).code == 200
    answer = await call("GET", path, headers={"Sec-Fetch-Site": "none"})
    assert json.loads(answer.body)["reason"] == "by_browser"


async def test_its_scopes_and_its_end_count(call, give_program, issuer):
    """As for every grant token."""
    grant, token = give_program("view")
    answer = await call("POST", "api/kernels", token=token)
    assert json.loads(answer.body)["reason"] == "scope_missing"
    issuer.registry.revoke(grant.id, time.time())
    answer = await call("GET", "api/contents", token=token)
    assert json.loads(answer.body)["reason"] == "revoked"


async def test_sockets(give_program, open_socket, own, issuer):
    """WebSocket libraries send no origin or the server's own; a page sends its own."""
    grant, token = give_program("run")
    offered = [PROTOCOL, f"{PROTOCOL}.{token}"]
    sockets = [
        await open_socket("api/events/subscribe", origin=origin, protocols=offered)
        for origin in (None, own.replace("127.0.0.1", "localhost"))
    ]
    for origin in (ALLOWED, REFUSED):
        with pytest.raises(HTTPClientError):
            await open_socket("api/events/subscribe", origin=origin, protocols=offered)
    with pytest.raises(HTTPClientError):
        await open_socket(
            "api/events/subscribe", protocols=offered, headers={"Sec-Fetch-Site": "cross-site"}
        )
    issuer.registry.revoke(grant.id, time.time())
    for socket in sockets:
        while await socket.read_message() is not None:
            pass
        assert (socket.close_code, socket.close_reason) == (4401, "revoked")


async def test_what_the_token_says(call, give_program):
    """At the endpoint that describes it."""
    _, token = give_program("view")
    answer = await call("GET", "escherpad/grant", token=token)
    assert json.loads(answer.body)["client_id"] == "command"
    answer = await call(
        "GET", "escherpad/grant", token=token, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert json.loads(answer.body)["reason"] == "wrong_origin"


async def test_other_extensions_see_a_name(call, give_program):
    """The one that the owner gave."""
    _, token = give_program("view")
    answer = await call("GET", "api/me", token=token)
    assert json.loads(answer.body)["identity"]["display_name"] == "An app"
