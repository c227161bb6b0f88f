"""A script's grant token in the URL: it counts as the server's own does, except in a browser."""

from __future__ import annotations

import json
import time

import pytest
from support.constants import ALLOWED, TOKEN

FETCH = [
    {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    for site in ("none", "same-origin", "same-site", "cross-site")
    for mode in ("navigate", "cors", "same-origin")
]
BROWSERS = [
    *FETCH,
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Dest": "document"},
    {"sec-fetch-user": "?1"},
    {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"},
    {"Accept": "Text/HTML"},
]
PROGRAMS = [{}, {"Accept": "*/*"}, {"Accept": "application/json"}, {"Cookie": "a=b"}]
SETTINGS = [{"allowed_origins": [ALLOWED], "url_tokens": u} for u in ("never", "always")]


def reason(answer):
    body = json.loads(answer.body)
    return body["error"], body["reason"]


@pytest.mark.parametrize("escherpad_config", SETTINGS)
async def test_a_script_s_counts(call, give, issuer):
    """Whatever ``url_tokens`` says, which speaks of other origins; with its scopes and its end."""
    grant, token = give("view", origin="none")
    for headers in PROGRAMS:
        answer = await call("GET", f"api/contents?token={token}", headers=headers)
        assert answer.code == 200, headers
        assert "Set-Cookie" not in answer.headers
    answer = await call("POST", f"api/kernels?token={token}")
    assert reason(answer) == ("insufficient_scope", "scope_missing")
    issuer.registry.revoke(grant.id, time.time())
    answer = await call("GET", f"api/contents?token={token}")
    assert reason(answer) == ("invalid_token", "revoked")


@pytest.mark.parametrize("escherpad_config", SETTINGS)
async def test_a_browser_s_address_has_no_token_that_counts(call, give, jp_root_dir):
    """An app could send the owner's browser to a file that it wrote, with its own token."""
    (jp_root_dir / "x.html").write_text("<script>1</script>")
    _, token = give("full", origin="none")
    login = await call("GET", "api/me", token=TOKEN)
    cookie = {"Cookie": login.headers["Set-Cookie"].partition(";")[0]}
    for headers in BROWSERS:
        for more in ({}, cookie):
            answer = await call("GET", f"files/x.html?token={token}", headers={**headers, **more})
            assert reason(answer) == ("token_in_url", "by_browser"), headers
            assert "Set-Cookie" not in answer.headers


async def test_a_site_s_does_not(call, give):
    """A token is good from its origin, wherever it is written."""
    _, token = give("view")
    answer = await call("GET", f"api/contents?token={token}")
    assert reason(answer) == ("invalid_token", "wrong_origin")


async def test_with_an_origin_the_setting_decides(call, give, jp_http_port):
    """Also with the server's own, which a page of the server sends."""
    _, token = give("view", origin="none")
    own = f"http://127.0.0.1:{jp_http_port}"
    answer = await call("GET", f"api/contents?token={token}", origin=own)
    assert reason(answer) == ("token_in_url", "url_tokens")
    assert (await call("GET", f"api/contents?token={token}", origin=ALLOWED)).code == 401


@pytest.mark.parametrize("headers", [{}, *FETCH[:4]])
async def test_the_server_s_own_is_as_ever(call, headers):
    """``jupyter lab`` opens the browser at such an address."""
    assert (await call("GET", f"api/contents?token={TOKEN}", headers=headers)).code == 200


@pytest.mark.parametrize("escherpad_config", SETTINGS)
async def test_a_script_s_socket(give, open_socket):
    """Programs that cannot set a header on a WebSocket."""
    _, token = give("run", origin="none")
    assert await open_socket(f"api/events/subscribe?token={token}")
