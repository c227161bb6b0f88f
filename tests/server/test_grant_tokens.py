"""Grant tokens: what they reach, from where, and how long."""

from __future__ import annotations

import json
import time

import pytest
from support.constants import ALLOWED, TOKEN
from tornado.httpclient import HTTPClientError

from escherpad_ext.policy import scopes

OTHER = "https://other.example.com"
EXTENSION = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"
FIREFOX_EXTENSION = "moz-extension://4c673e07-a473-451e-9c56-9cc26cf78394"
PROTOCOL = "v1.token.websocket.jupyter.org"


@pytest.fixture
def escherpad_config():
    return {"allowed_origins": [ALLOWED, OTHER, EXTENSION]}


def reason(response) -> tuple[str, str]:
    answer = json.loads(response.body)
    return answer["error"], answer["reason"]


async def test_covers_what_it_was_given_for(call, give):
    _, token = give("view")
    response = await call("GET", "api/contents", origin=ALLOWED, token=token)
    assert response.code == 200
    assert "Set-Cookie" not in response.headers


async def test_lacks_what_it_was_not_given_for(call, give, jp_root_dir):
    _, token = give("view")
    body = json.dumps({"type": "file", "format": "text", "content": "x"})
    response = await call("PUT", "api/contents/x.txt", origin=ALLOWED, token=token, body=body)
    assert response.code == 403
    assert reason(response) == ("insufficient_scope", "scope_missing")
    assert json.loads(response.body)["scope"] == "contents:write"
    assert 'scope="contents:write"' in response.headers["WWW-Authenticate"]
    assert not (jp_root_dir / "x.txt").exists()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_full_never_reaches_shutdown(call, give, method):
    _, token = give("full")
    response = await call(method, "api/shutdown", origin=ALLOWED, token=token)
    assert reason(response) == ("insufficient_scope", "out_of_reach")


@pytest.mark.parametrize("origin", [OTHER, None])
async def test_is_good_from_its_origin_only(call, give, origin):
    _, token = give("view")
    response = await call("GET", "api/contents", origin=origin, token=token)
    assert response.code == 401
    assert reason(response) == ("invalid_token", "wrong_origin")


async def test_script_s_token_is_good_without_an_origin_only(call, give):
    _, token = give("view", origin="none")
    assert (await call("GET", "api/contents", token=token)).code == 200
    response = await call("GET", "api/contents", origin=ALLOWED, token=token)
    assert reason(response) == ("invalid_token", "wrong_origin")


@pytest.mark.parametrize("path", ["api/contents", "escherpad/grant"])
async def test_an_extension_s_token_is_good_where_its_browser_names_no_origin(call, give, path):
    """Chromium sends no origin on the GETs of extensions with host permissions."""
    _, token = give("view", origin=EXTENSION)
    assert (await call("GET", path, origin=EXTENSION, token=token)).code == 200
    by_browser = {"Sec-Fetch-Site": "none"}
    assert (await call("GET", path, token=token, headers=by_browser)).code == 200
    for site in ("same-origin", "same-site", "cross-site", None):
        headers = {} if site is None else {"Sec-Fetch-Site": site}
        response = await call("GET", path, token=token, headers=headers)
        assert reason(response) == ("invalid_token", "wrong_origin")


@pytest.mark.parametrize("path", ["api/contents", "escherpad/grant"])
async def test_in_firefox_it_looks_like_the_server_s_own_page(call, give, path, jp_serverapp):
    """But for the server's own page, which names its origin, the token is not good."""
    _, token = give("view", origin=FIREFOX_EXTENSION)
    alone = {"Sec-Fetch-Site": "same-origin"}
    for headers in (alone, {"Sec-Fetch-Site": "none"}):
        assert (await call("GET", path, token=token, headers=headers)).code == 200
    own = {**alone, "Origin": f"http://127.0.0.1:{jp_serverapp.port}"}
    for headers in (own, {}, {"Sec-Fetch-Site": "cross-site"}):
        response = await call("GET", path, token=token, headers=headers)
        assert reason(response) == ("invalid_token", "wrong_origin")


@pytest.mark.parametrize("path", ["api/contents", "escherpad/grant"])
async def test_a_site_s_token_is_not(call, give, path):
    _, token = give("view")
    response = await call("GET", path, token=token, headers={"Sec-Fetch-Site": "none"})
    assert reason(response) == ("invalid_token", "wrong_origin")


async def test_never_falls_through_to_a_cookie(call, give):
    login = await call("GET", "api/me", token=TOKEN)
    cookie = {"Cookie": login.headers["Set-Cookie"].partition(";")[0]}
    _, token = give("view")
    assert (await call("GET", "api/contents", headers=cookie)).code == 200
    assert (await call("GET", "api/contents", headers=cookie, token=token)).code == 401
    response = await call("GET", f"api/contents?token={token}", headers=cookie)
    assert reason(response) == ("invalid_token", "wrong_origin")


async def test_revoked_and_expired(call, give, issuer):
    grant, token = give("view")
    issuer.registry.revoke(grant.id, time.time())
    response = await call("GET", "api/contents", origin=ALLOWED, token=token)
    assert reason(response) == ("invalid_token", "revoked")
    _, token = give("view", now=time.time() - 3600)
    response = await call("GET", "api/contents", origin=ALLOWED, token=token)
    assert reason(response) == ("invalid_token", "expired")


@pytest.mark.parametrize("path", ["files/nothing-here", "nowhere", "", "view/nothing-here"])
async def test_no_page_hands_out_the_server_s_own_token(call, give, path):
    for bundle in scopes.BUNDLES:
        _, token = give(bundle)
        response = await call("GET", path, origin=ALLOWED, token=token)
        assert TOKEN.encode() not in response.body


async def test_public_addresses_serve_it_as_nobody(call, give):
    _, token = give("view")
    for path in ("api", "login"):
        given = await call("GET", path, origin=ALLOWED, token=token)
        nobody = await call("GET", path, origin=ALLOWED)
        assert given.code == nobody.code == 200
    # This one is public only to look at: it asks by itself who somebody is.
    response = await call("GET", "metrics", origin=ALLOWED, token=token)
    assert reason(response) == ("insufficient_scope", "scope_missing")


async def test_revocation_closes_sockets(call, give, open_socket, issuer, jp_asyncio_loop):
    grant, token = give("run")
    socket = await open_socket(
        "api/events/subscribe", origin=ALLOWED, protocols=[PROTOCOL, f"{PROTOCOL}.{token}"]
    )
    assert socket.selected_subprotocol == PROTOCOL
    issuer.registry.revoke(grant.id, time.time())
    started = time.monotonic()
    while await socket.read_message() is not None:
        pass
    assert time.monotonic() - started < 2
    assert (socket.close_code, socket.close_reason) == (4401, "revoked")


async def test_view_opens_no_socket(give, open_socket):
    _, token = give("view")
    with pytest.raises(HTTPClientError) as refused:
        await open_socket(
            "api/events/subscribe", origin=ALLOWED, protocols=[PROTOCOL, f"{PROTOCOL}.{token}"]
        )
    assert refused.value.code == 403


async def test_script_s_socket_may_offer_it_as_a_page_does(give, open_socket):
    """One client's code for pages and programs."""
    _, token = give("run", origin="none")
    offered = [PROTOCOL, f"{PROTOCOL}.{token}"]
    socket = await open_socket("api/events/subscribe", protocols=offered)
    assert socket.selected_subprotocol == PROTOCOL
