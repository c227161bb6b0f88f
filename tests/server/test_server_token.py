"""The server's token across origins: right exactly where Jupyter Server says so."""

from __future__ import annotations

import json

import pytest
from jupyter_server.auth.identity import IdentityProvider
from support.constants import ALLOWED, TOKEN

WRITTEN = (
    "token {}",
    "Token {}",
    "bearer {}",
    "BEARER  {}",
    "Bearer\t{}",
    "Bearer {} ",
    "Bearer {}x",
    "Bearer {}\xe9",
    "Bearer x{}",
    "Bearer {} {}",
    "Bearer",
    "Bearer ",
    "Basic {}",
    "{}",
    "",
)


@pytest.mark.parametrize("written", WRITTEN)
async def test_right_exactly_where_core_says_so(call, written):
    """However the header is written, and whether the token is right."""
    headers = {"Authorization": written.format(TOKEN, TOKEN)}
    core = await call("GET", "api/contents", headers=headers)
    across = await call("GET", "api/contents", headers=headers, origin=ALLOWED)
    assert (core.code == 200) == (across.code == 200)
    assert core.code in {200, 403}


async def test_a_token_that_changes_counts_at_the_next_request(call, jp_serverapp):
    """Nothing remembers that it was right."""
    provider = jp_serverapp.identity_provider
    assert (await call("GET", "api/contents", origin=ALLOWED, token=TOKEN)).code == 200
    provider.token = "another"
    assert (await call("GET", "api/contents", origin=ALLOWED, token=TOKEN)).code == 401
    assert (await call("GET", "api/contents", origin=ALLOWED, token="another")).code == 200
    provider.token = TOKEN
    assert (await call("GET", "api/contents", origin=ALLOWED, token="another")).code == 401
    assert (await call("GET", "api/contents", origin=ALLOWED, token=TOKEN)).code == 200


async def test_no_token_is_never_right(call, jp_serverapp):
    """Where the server has none, an empty one is not it."""
    jp_serverapp.identity_provider.token = ""
    for given in ("", "x"):
        headers = {"Authorization": f"Bearer {given}"}
        assert (await call("GET", "api/contents", headers=headers, origin=ALLOWED)).code == 401


async def test_no_cookie_is_made(call, monkeypatch):
    """Jupyter signs one for whoever brings the token. Nobody would get it."""
    made = []
    monkeypatch.setattr(IdentityProvider, "set_login_cookie", lambda *given: made.append(given))
    assert (await call("GET", "api/contents", origin=ALLOWED, token=TOKEN)).code == 200
    assert not made
    assert (await call("GET", "api/contents", token=TOKEN)).code == 200
    assert made


async def test_the_same_user_each_time(call):
    """As long as the server runs."""
    found = {(await call("GET", "api/me", origin=ALLOWED, token=TOKEN)).body for _ in range(3)}
    assert len(found) == 1
    assert json.loads(found.pop())["identity"]["name"].startswith("Anonymous")
