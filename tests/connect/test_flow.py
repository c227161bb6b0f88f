"""Connect, from the question to the token: what works, and what it gives."""

from __future__ import annotations

import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from support.connect.browser_user import (
    NAVIGATION,
    Person,
    Site,
    answer_of,
    link_to_log_in,
    place_of,
    ticked,
)
from support.constants import TOKEN


async def test_a_click_gives_a_token(call, owner, site):
    """Question, click, code, token: and with it the site's origin is allowed."""
    assert (await call("GET", "api/contents", origin=site.origin)).code == 403
    page = await owner.ask(site.question("run"))
    assert page.code == 200, page.body.decode()
    assert site.origin in page.body.decode()
    back = await owner.allow(site.question("run"))
    assert back.headers["Location"].startswith(f"{site.redirect_uri}?")
    answer = answer_of(back)
    assert answer["state"] == site.state
    assert answer["iss"] == site.issuer
    given = await site.redeem(answer["code"])
    assert given.code == 200
    assert given.headers["Cache-Control"] == "no-store"
    assert given.headers["Access-Control-Allow-Origin"] == "*"
    token = json.loads(given.body)
    assert token["token_type"] == "Bearer"
    assert token["expires_in"] == 8 * 3600
    assert token["scope"] == "view edit run"
    response = await call("GET", "api/contents", origin=site.origin, token=token["access_token"])
    assert response.code == 200
    assert response.headers["Access-Control-Allow-Origin"] == site.origin
    assert "Set-Cookie" not in response.headers


async def test_the_token_is_good_from_its_origin_only(call, owner, site):
    token = await site.connect(owner)
    for origin in ("https://evil.example", None):
        assert (await call("GET", "api/contents", origin=origin, token=token)).code in {401, 403}


async def test_a_no_goes_back_too(owner, site):
    page = await owner.ask(site.question())
    answer = answer_of(await owner.click(page, decision="deny"))
    assert answer.pop("error_description")  # for people
    assert answer == {"error": "access_denied", "state": site.state, "iss": site.issuer}


async def test_what_is_not_ticked_is_not_given(call, owner, site):
    token = await site.connect(owner, "run", scope=["view"])
    saved = await call("PUT", "api/contents/x", origin=site.origin, token=token, body="{}")
    assert json.loads(saved.body)["reason"] == "scope_missing"


async def test_more_than_was_asked_for_cannot_be_ticked(owner, site):
    page = await owner.ask(site.question("view"))
    assert ticked(page) == ["view"]
    answer = await owner.click(page, scope=["full"], lifetime="3600", decision="allow")
    assert answer.code == 400


async def test_the_page_warns_of_what_amounts_to_everything(owner, site):
    """In the same way, however it is put together."""
    for scope in ("run", "terminal", "full", "sessions:write", "terminals:write"):
        page = (await owner.ask(site.question(scope))).body.decode()
        assert '<p class="power">' in page
        assert "Disconnecting does not undo" in page
    for scope in ("view", "edit", "edit config:read"):
        assert "Full control" not in (await owner.ask(site.question(scope))).body.decode()


async def test_the_owner_says_for_how_long(call, owner, site):
    token = await site.connect(owner, lifetime="3600")
    grant = await call("GET", "escherpad/grant", origin=site.origin, token=token)
    found = json.loads(grant.body)
    assert found["client_id"] == f"{site.origin}/"
    assert found["scope"] == "view edit run"  # as the token's answer says it
    assert found["expires_at"] - found["created"] == 3600
    assert abs(found["created"] - time.time()) < 60


@pytest.mark.parametrize("lifetime", ["", "1", "999999999", "-3600", "3600.0", "nan"])
async def test_only_times_that_the_page_offers(owner, site, lifetime):
    page = await owner.ask(site.question())
    answer = await owner.click(page, scope=["view"], lifetime=lifetime, decision="allow")
    assert answer.code == 400


async def test_logs_in_first(call, person: Person, site: Site):
    """A page says who asks; the request waits under an id, which the login page does not mangle."""
    page = await person.ask(site.question())
    assert page.code == 200
    assert site.origin in page.body.decode()
    assert "log in" in page.body.decode().lower()
    assert "consent" not in page.body.decode()
    login = await person.open(link_to_log_in(page))
    assert login.code == 303
    assert "/login?" in login.headers["Location"]
    (next_,) = parse_qs(urlsplit(login.headers["Location"]).query)["next"]
    assert site.origin not in next_
    await person.log_in()
    page = await person.open_page(next_[next_.index("escherpad/") :])
    assert page.code == 200, page.body.decode()
    assert site.origin in page.body.decode()
    assert "consent" in page.body.decode()


async def test_says_where_else_one_may_be_logged_in(call, jp_serverapp, person: Person, site: Site):
    """A login at ``localhost`` does not count at ``127.0.0.1``, and says so before it fails."""
    page = (await person.ask(site.question())).body.decode()
    assert f"http://localhost:{jp_serverapp.port}" in page
    assert "Your login counts only there" in page


async def test_a_first_time_is_marked(owner, site):
    assert b"First time" in (await owner.ask(site.question())).body
    await site.connect(owner)
    assert b"First time" not in (await owner.ask(site.question())).body


async def test_every_code_costs_a_click(owner, site):
    """The owner is asked again about a site that connected before."""
    await site.connect(owner)
    assert (await owner.ask(site.question())).code == 200


async def test_disconnected_on_the_page(call, owner, site):
    token = await site.connect(owner)
    page = await owner.open_page("escherpad/")
    assert site.origin in page.body.decode()
    assert TOKEN not in page.body.decode()
    grants = json.loads((await call("GET", "escherpad/grant", token=token)).body)
    assert "error" in grants  # not without the site's origin
    gone = await owner.click(page, disconnect="all", sure="yes")
    assert gone.code == 303
    assert b"Disconnected" in (await owner.open_page(place_of(gone))).body
    refused = await call("GET", "api/contents", origin=site.origin, token=token)
    assert refused.code == 403
    assert "Access-Control-Allow-Origin" not in refused.headers
    why = await call("GET", "escherpad/grant", origin=site.origin, token=token)
    assert why.code == 401
    assert why.headers["Access-Control-Allow-Origin"] == "*"
    assert json.loads(why.body)["reason"] == "revoked"


async def test_disconnected_by_the_site(call, owner, site):
    token = await site.connect(owner)
    answer = await site.post("escherpad/revoke", token=token, client_id=f"{site.origin}/")
    assert answer.code == 200
    assert (await call("GET", "api/contents", origin=site.origin, token=token)).code == 403


async def test_another_site_cannot_disconnect_it(call, owner, site):
    token = await site.connect(owner)
    evil = "https://evil.example"
    await site.post("escherpad/revoke", evil, token=token, client_id=f"{evil}/")
    await site.post("escherpad/revoke", evil, token=token, client_id=f"{site.origin}/")
    assert (await call("GET", "api/contents", origin=site.origin, token=token)).code == 200


async def test_is_discovered_by_any_origin(call, jp_base_url, http_server_client, site):
    """RFC 8414 and RFC 9728: below the base URL, and where section 3.1 looks for it."""
    for name in ("oauth-authorization-server", "oauth-protected-resource"):
        below = await call("GET", f".well-known/{name}", origin="https://evil.example")
        root = await http_server_client.fetch(f"/.well-known/{name}{jp_base_url.rstrip('/')}")
        assert below.headers["Access-Control-Allow-Origin"] == "*"
        assert json.loads(below.body) == json.loads(root.body)
    found = json.loads((await call("GET", ".well-known/oauth-authorization-server")).body)
    assert found["issuer"] == site.issuer
    assert found["authorization_endpoint"] == f"{site.issuer}/escherpad/authorize"
    assert found["code_challenge_methods_supported"] == ["S256"]


async def test_a_token_can_be_sent_there_from_any_origin(call):
    """A page asks about its grant with the token in the header, and for that it asks first."""
    asking = {
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = await call("OPTIONS", "escherpad/grant", origin="https://evil.example", headers=asking)
    assert answer.code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization, Content-Type"
    assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_the_page_is_for_navigations_of_a_person(owner, site):
    headers = {**NAVIGATION, "Sec-Fetch-Dest": "iframe"}
    refused = await owner.open(f"escherpad/authorize?{site.question()}", headers)
    assert refused.code == 403
