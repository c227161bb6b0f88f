"""An origin is allowed only while it has a live grant of its own for this server."""

from __future__ import annotations

import asyncio
import json
import sys
import time

import pytest
from support.connect.browser_user import answer_of, preset_fields
from support.constants import TOKEN

from escherpad_ext.grants import data_folder
from escherpad_ext.grants.registry import FILE_NAME

PROTOCOL = "v1.token.websocket.jupyter.org"
PROMISED_SECONDS = 2


async def code_of(call, site, token, path="api/contents"):
    return (await call("GET", path, origin=site.origin, token=token)).code


async def ended(socket):
    while await socket.read_message() is not None:
        pass
    return socket.close_code, socket.close_reason


@pytest.fixture
def socket_of(open_socket, site):
    async def open_(token):
        protocols = [PROTOCOL, f"{PROTOCOL}.{token}"]
        return await open_socket("api/events/subscribe", origin=site.origin, protocols=protocols)

    return open_


async def test_another_process_revokes(call, owner, site, socket_of):
    """The next request is refused, unreadably; the socket ends within two seconds, with 4401."""
    token = await site.connect(owner)
    socket = await socket_of(token)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "escherpad_ext.cli", "token", "revoke", "--origin", site.origin),
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0
    started = time.monotonic()
    refused = await call("GET", "api/contents", origin=site.origin, token=token)
    assert refused.code == 403
    assert "Access-Control-Allow-Origin" not in refused.headers
    preflight = {"Access-Control-Request-Method": "GET"}
    assert (await call("OPTIONS", "api", origin=site.origin, headers=preflight)).code == 403
    assert await asyncio.wait_for(ended(socket), PROMISED_SECONDS) == (4401, "revoked")
    assert time.monotonic() - started < PROMISED_SECONDS


async def test_disconnected_on_the_page(call, owner, site, socket_of):
    token = await site.connect(owner)
    socket = await socket_of(token)
    page = await owner.open_page("escherpad/")
    assert (await owner.click(page, disconnect="all", sure="yes")).code == 303
    assert await code_of(call, site, token) == 403
    assert await asyncio.wait_for(ended(socket), PROMISED_SECONDS) == (4401, "revoked")


@pytest.mark.parametrize(
    "escherpad_config", [{"grant_lifetime_seconds": 2, "grant_lifetime_max_seconds": 2}]
)
async def test_its_time_is_over(call, owner, site, socket_of):
    """At the second that was said, with the answer that says so at the one place for all."""
    token = await site.connect(owner)
    socket = await socket_of(token)
    grant = await call("GET", "escherpad/grant", origin=site.origin, token=token)
    expires = json.loads(grant.body)["expires_at"]
    asked = time.time()
    while (code := await code_of(call, site, token)) == 200:
        assert asked < expires
        asked = time.time()
    assert code in {401, 403}  # it may end between the two looks at it
    assert time.time() >= expires
    assert await code_of(call, site, token) == 403
    why = await call("GET", "escherpad/grant", origin=site.origin, token=token)
    assert json.loads(why.body)["reason"] == "expired"
    assert await asyncio.wait_for(ended(socket), PROMISED_SECONDS) == (4401, "expired")


async def test_one_of_two_grants_ends(call, owner, site):
    """The other grant still allows the origin; the token of the ended one is refused."""
    first, second = await site.connect(owner), await site.connect(owner)
    answer = await site.post("escherpad/revoke", token=first, client_id=f"{site.origin}/")
    assert answer.code == 200
    assert await code_of(call, site, first) == 401
    assert await code_of(call, site, second) == 200


async def test_a_grant_of_another_server(call, jp_serverapp, site, issuer_of_grants, tmp_path):
    """What the owner allowed at another folder, or by the command line, lets no site in here."""
    for root, base_url, via, code in [
        (tmp_path, jp_serverapp.base_url, "connect", 403),
        (jp_serverapp.root_dir, "/other/", "connect", 403),
        (jp_serverapp.root_dir, jp_serverapp.base_url, "command", 403),
        (None, None, "command", 403),
        (jp_serverapp.root_dir, jp_serverapp.base_url, "connect", 200),  # the control
    ]:
        token = issuer_of_grants(site.origin, root=root, base_url=base_url, via=via)
        assert await code_of(call, site, token) == code, (root, via)


async def test_of_its_own_only(call, owner, site):
    """It allows no similar origin, not ``null``, and no other origin of the same site."""
    token = await site.connect(owner)
    host = site.origin.removeprefix("https://")
    for origin in [
        f"http://{host}",
        f"https://{host}.",
        f"https://{host}:8443",
        f"https://{host}.evil.io",
        f"https://www.{host}",
        f"https://{host.upper()}",
        f"https://{host}/",
        f"https://{host}, https://evil.example",
        "null",
        "",
    ]:
        refused = await call("GET", "api/contents", origin=origin, token=token)
        assert refused.code in {400, 403}, origin
        assert "Access-Control-Allow-Origin" not in refused.headers


async def test_somebody_elses_grant_cannot_be_ended(call, owner, site):
    """An id that is not known ends nothing, and does not break the page."""
    token = await site.connect(owner)
    for name in ("", "x", "0" * 32, "%", "' OR 1=1 --", "x" * 10_000, "ALL"):
        page = await owner.open_page("escherpad/")
        assert (await owner.click(page, disconnect=name)).code in {303, 400, 404, 503}
        assert await code_of(call, site, token) == 200
    page = await owner.open_page("escherpad/")
    (grant_id,) = {v for v in page.body.decode().split('"') if len(v) == 32 and v.isalnum()} - {
        preset_fields(page)["nonce"]
    }
    assert (await owner.click(page, disconnect=grant_id)).code == 303
    assert await code_of(call, site, token) == 403


async def test_the_servers_own_token_does_not_count_there(call, owner, site):
    """Somebody pastes the address with `?token=` into a site, and allows it to look: no more."""
    await site.connect(owner, "view")
    for send in ({"token": TOKEN}, {"headers": {"Authorization": f"Bearer {TOKEN}"}}):
        refused = await call("POST", "api/terminals", origin=site.origin, **send)
        assert refused.code == 401
        assert json.loads(refused.body)["reason"] == "not_given_to_site"
    socket = f"api/events/subscribe?token={TOKEN}"
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    upgrade["Sec-WebSocket-Key"] = "c2l4dGVlbiBieXRlcyBvaw=="
    assert (await call("GET", socket, origin=site.origin, headers=upgrade)).code == 401


async def test_view_is_a_view(call, owner, site):
    """A site that was allowed to look does nothing else, and cannot widen it by itself."""
    token = await site.connect(owner, "view")
    for method, path in [
        ("PUT", "api/contents/x"),
        ("POST", "api/kernels"),
        ("POST", "api/sessions"),
        ("POST", "api/terminals"),
        ("GET", "nbconvert/html/x.ipynb"),
        ("PATCH", "api/config/notebook"),
        ("POST", "api/shutdown"),
        ("GET", "escherpad/"),
        ("POST", "escherpad/authorize"),
    ]:
        answer = await call(method, path, origin=site.origin, token=token, body=None)
        assert answer.code == 403, path
    back = await owner.allow(site.question("full"), scope=["view"])
    given = json.loads((await site.redeem(answer_of(back)["code"], scope="full")).body)
    assert given["scope"] == "view"


async def test_the_registry_in_trouble(call, jp_data_dir, owner, site):
    """Nobody can connect and no token is made; the pages say so. Once fixed, all works again."""
    token = await site.connect(owner)
    code = answer_of(await owner.allow(site.question()))["code"]
    path = data_folder(str(jp_data_dir)) / FILE_NAME
    path.rename(path.with_suffix(".kept"))
    path.mkdir()
    refused = await call("GET", "api/contents", origin=site.origin, token=token)
    assert (refused.code, json.loads(refused.body)["reason"]) == (401, "registry_unavailable")
    # Not that the token is wrong: the site must not forget it.
    assert (await call("GET", "escherpad/grant", origin=site.origin, token=token)).code == 503
    assert (await owner.ask(site.question())).code == 503
    page = await owner.open_page("escherpad/")
    assert page.code == 200
    assert (await owner.click(page, disconnect="all", sure="yes")).code == 503
    assert (await site.redeem(code)).code == 503
    path.rmdir()
    path.with_suffix(".kept").replace(path)
    assert (await site.redeem(code)).code == 400  # that was its only attempt
    assert await code_of(call, site, await site.connect(owner)) == 200
