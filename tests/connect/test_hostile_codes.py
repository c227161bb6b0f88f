"""The token endpoint: a code is good once, for one client, with one verifier, for a minute."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from support.connect.browser_user import Site, answer_of
from support.connect.hostile_requests import set_clock

from escherpad_ext.errors import GrantsUnavailable
from escherpad_ext.grants.registry import Registry


@pytest.fixture
def code_for(owner):
    """Return a function that has the owner say yes to a site, and returns the code."""

    async def ask(site, **changed):
        return answer_of(await owner.allow(site.question(**changed)))["code"]

    return ask


def error_of(response):
    assert "access_token" not in response.body.decode()
    assert response.headers["Cache-Control"] == "no-store"
    return response.code, json.loads(response.body)["error"]


WRONG = {
    "a verifier of another challenge": {"code_verifier": "x" * 43},
    "no verifier": {"code_verifier": ""},
    "another page of the site": {"redirect_uri": "https://site.example/other"},
    "no redirect_uri": {"redirect_uri": ""},
    "another client": {"client_id": "https://evil.example/", "origin": "https://evil.example"},
    "another client's page": {"origin": "https://evil.example"},
    "another client's id": {"client_id": "https://evil.example/"},
    "no client": {"client_id": ""},
    "no page": {"origin": None},
    "a page without an origin": {"origin": "null", "client_id": "null/"},
    "an id without its slash": {"client_id": "https://site.example"},
}


async def test_one_attempt_burns_the_code(code_for, site):
    """Whatever is wrong with the first attempt: the code is good for nothing afterwards."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(site.verifier.encode()).digest())
    plain = {"code_verifier": digest.decode().rstrip("=")}
    for what, wrong in {"the challenge as the verifier (plain)": plain, **WRONG}.items():
        code = await code_for(site)
        first = await site.redeem(code, **wrong)
        assert error_of(first)[0] in {400, 401}, what
        assert error_of(await site.redeem(code)) == (400, "invalid_grant"), what


async def test_a_second_attempt_revokes_the_grant(call, code_for, site):
    """RFC 6749, 4.1.2: of two who have the code one has stolen it. Nobody knows which."""
    for what, again in {"the same": {}, **WRONG}.items():
        code = await code_for(site)
        token = json.loads((await site.redeem(code)).body)["access_token"]
        assert (await call("GET", "api/contents", origin=site.origin, token=token)).code == 200
        assert error_of(await site.redeem(code, **again))[0] in {400, 401}, what
        assert (await call("GET", "api/contents", origin=site.origin, token=token)).code == 403
        why = await call("GET", "escherpad/grant", origin=site.origin, token=token)
        assert json.loads(why.body)["reason"] == "revoked", what


async def test_a_replay_revokes_also_after_a_failure(call, code_for, site, monkeypatch):
    """Where the registry could not be asked at the replay, the next one still revokes."""
    code = await code_for(site)
    token = json.loads((await site.redeem(code)).body)["access_token"]
    with monkeypatch.context() as patch:

        def locked(*_):
            raise GrantsUnavailable("locked")

        patch.setattr(Registry, "revoke", locked)
        assert error_of(await site.redeem(code)) == (503, "temporarily_unavailable")
    assert error_of(await site.redeem(code)) == (400, "invalid_grant")
    assert (await call("GET", "api/contents", origin=site.origin, token=token)).code == 403


async def test_a_short_verifier_is_none(call, code_for, jp_serverapp):
    """RFC 7636, 4.1: from 43 to 128 characters; shorter ones could be guessed."""
    for verifier in ("a", "x" * 42, "x" * 129, "x" * 42 + "é", "x" * 42 + " "):
        site = Site(call, jp_serverapp, "https://site.example")
        site.verifier = verifier
        code = await code_for(site)
        assert error_of(await site.redeem(code)) == (400, "invalid_grant"), verifier


async def test_a_code_lives_for_a_minute(jp_serverapp, owner, code_for, site):
    clock = set_clock(jp_serverapp)
    code = await code_for(site)
    clock.ahead = 60
    assert error_of(await site.redeem(code)) == (400, "invalid_grant")
    code = await code_for(site)
    clock.ahead += 58
    assert (await site.redeem(code)).code == 200


async def test_a_clock_that_is_put_back_lengthens_no_code(jp_serverapp, owner, code_for, site):
    clock = set_clock(jp_serverapp)
    code = await code_for(site)
    clock.ahead, clock.put_back = 60, 3600
    assert error_of(await site.redeem(code)) == (400, "invalid_grant")


async def test_no_form_but_a_plain_one(call, code_for, site):
    """Anything that two programs could read differently is refused, and no code is looked at."""
    code = await code_for(site)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    good = (
        f"grant_type=authorization_code&client_id=https://site.example/&code={code}"
        f"&redirect_uri=https://site.example/back&code_verifier={site.verifier}"
    )
    cases = [
        (form, f"{good}&code=other"),
        (form, f"{good}&code_verifier=other"),
        (form, f"{good}&client_id=https://evil.example/"),
        (form, f"{good}&x=1&x=2"),
        (form, f"{good}&x=%zz"),
        (form, f"{good}&x=\x00"),
        (form, f"{good}&x=é"),
        (form, f"{good}&x={'a' * 20_000}"),
        (form, "x" * 1_000_000),
        (form, ""),
        ({"Content-Type": "application/json"}, json.dumps({"code": code})),
        ({"Content-Type": "text/plain"}, good),
        ({"Content-Type": "multipart/form-data; boundary=x"}, good),
    ]
    for headers, body in cases:
        answer = await call(
            "POST", "escherpad/token", origin=site.origin, headers=headers, body=body
        )
        assert error_of(answer)[0] in {400, 413}, body[-100:]
    for query in (f"?code={code}", "?x=1", "?%zz"):
        answer = await call(
            "POST", f"escherpad/token{query}", origin=site.origin, headers=form, body=good
        )
        assert error_of(answer)[0] == 400, query
    for grant_type in ("refresh_token", "password", "client_credentials", "openid", "implicit"):
        answer = await site.redeem("x", grant_type=grant_type)
        assert error_of(answer)[0] == 400, grant_type
    assert (await site.redeem(code, unknown="x", extra_credentials="x", scope="full")).code == 200


async def test_what_else_a_form_says_does_not_count(call, code_for, site):
    """oauthlib reads any field as an attribute of the request: none of ours can be set so."""
    code = await code_for(site, scope="view", scopes="full", lifetime_seconds="9", issuer="x")
    fields = {
        "scope": "full",
        "scopes": "full",
        "approved": "x",
        "authorization_code": "x",
        "lifetime_seconds": "9999999",
    }
    given = await site.redeem(code, **fields, client="x", user="x", expires_in="9")
    answer = json.loads(given.body)
    assert (answer["scope"], answer["expires_in"]) == ("view", 8 * 3600)
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope"}


async def test_revoking_is_for_the_site_itself(call, owner, site):
    """RFC 7009: whoever else asks learns nothing, and ends nothing."""
    token = await site.connect(owner)
    mine = {"token": token, "client_id": "https://site.example/"}
    for origin, fields in [
        (None, mine),
        ("null", mine),
        ("https://evil.example", mine),
        (site.origin, {**mine, "client_id": "https://evil.example/"}),
        (site.origin, {**mine, "token": token[:-3]}),
        (site.origin, {**mine, "token": "x"}),
        (site.origin, {"client_id": "https://site.example/"}),
    ]:
        await site.post("escherpad/revoke", origin, **fields)
        assert (await call("GET", "api/contents", origin=site.origin, token=token)).code == 200
    answer = await site.post("escherpad/revoke", **mine)
    assert answer.code == 200
    assert (await call("GET", "api/contents", origin=site.origin, token=token)).code == 403
