"""What the owner's settings say holds on the connect page too; none of them opens it further."""

from __future__ import annotations

import json
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from jupyter_server.auth import AllowAllAuthorizer
from jupyter_server.auth.security import passwd
from support.connect.browser_user import (
    FORM,
    Person,
    Site,
    answer_of,
    link_to_log_in,
    place_of,
    preset_fields,
)
from support.connect.hostile_requests import is_refused, service_of, submit, yes

from escherpad_ext.connect.handlers import STATIC_FOLDER
from escherpad_ext.policy.scopes import CONNECT_RESOURCE

BROKEN = "escherpad/static/settings-invalid.svg"
METADATA = ".well-known/oauth-authorization-server"
PASSWORD = "correct horse battery staple"


def settings(config=None, **extension):
    """Mark a test with the settings of its server."""
    return pytest.mark.parametrize(
        ("escherpad_config", "server_config"), [(extension, config or {})], ids=[""]
    )


async def until_allowed(site, call, owner):
    token = await site.connect(owner)
    return (await call("GET", "api/contents", origin=site.origin, token=token)).code


@settings()
async def test_ask(call, jp_serverapp, owner, site):
    """An unknown site can ask, and nothing else; one by plain http cannot even do that."""
    for path, method in (("api/contents", "GET"), ("api/kernels", "POST"), ("login", "GET")):
        refused = await call(method, path, origin=site.origin)
        assert refused.code == 403
        assert "Access-Control-Allow-Origin" not in refused.headers
    for origin in ("http://site.example", "http://192.168.1.7:8000", "http://localhost.evil.io"):
        page = await owner.ask(Site(call, jp_serverapp, origin).question())
        assert page.code == 403
        assert "is not https" in unescape(page.body.decode())
        assert "nonce" not in page.body.decode()
    assert await until_allowed(site, call, owner) == 200


@settings(connect="listed", allowed_origins=["https://listed.example"])
async def test_listed(call, jp_serverapp, owner, site, issuer_of_grants):
    """A site that is not listed gets a page with the line; nor does a grant let it in."""
    page = await owner.ask(site.question())
    assert page.code == 403
    assert "allowed_origins" in page.body.decode()
    assert site.origin in unescape(page.body.decode())
    assert b"nonce" not in page.body
    token = issuer_of_grants(site.origin, jp_serverapp)
    refused = await call("GET", "api/contents", origin=site.origin, token=token)
    assert refused.code == 403
    assert "Access-Control-Allow-Origin" not in refused.headers
    listed = Site(call, jp_serverapp, "https://listed.example")
    assert await until_allowed(listed, call, owner) == 200


@settings(connect="off", allowed_origins=["https://listed.example"])
async def test_off(call, jp_serverapp, owner, issuer_of_grants):
    """Nothing is to be discovered, nobody can ask, no grant of before lets anybody in."""
    for origin in ("https://listed.example", "https://site.example"):
        site = Site(call, jp_serverapp, origin)
        page = await owner.ask(site.question())
        assert page.code == 403
        assert "switched connecting off" in unescape(page.body.decode())
        assert (await site.redeem("x")).code == 400
    for name in (METADATA, ".well-known/oauth-protected-resource"):
        assert (await call("GET", name, origin="https://listed.example")).code == 404
    token = issuer_of_grants("https://site.example", jp_serverapp)
    assert (await call("GET", "api", origin="https://site.example", token=token)).code == 403


@settings(connect="sometimes", allowed_origins=["https://listed.example"])
async def test_invalid(call, jp_serverapp, owner, issuer_of_grants):
    """With a wrong setting every other origin is refused, also at what is for everybody."""
    site = Site(call, jp_serverapp, "https://listed.example")
    page = await owner.ask(site.question())
    assert page.code == 403
    assert "A setting of this server is wrong" in unescape(page.body.decode())
    token = issuer_of_grants(site.origin, jp_serverapp)
    for path in (METADATA, "escherpad/grant", "escherpad/static/connect.js", "api/contents"):
        refused = await call("GET", path, origin=site.origin, token=token)
        assert refused.code == 403
        assert json.loads(refused.body)["reason"] == "settings_invalid"
        assert "Access-Control-Allow-Origin" not in refused.headers
    picture = await call("GET", BROKEN)
    assert picture.code == 200
    assert not picture.headers.get_list("Access-Control-Allow-Origin")
    assert picture.body == (STATIC_FOLDER / "settings-invalid.svg").read_bytes()
    assert (await site.redeem("x")).code == 403
    assert (await owner.open_page("escherpad/")).code == 200


@settings(allowed_origins=["https://listed.example"])
async def test_no_picture_says_what_is_not_so(call):
    """It is there where a setting is wrong, and its bytes are the same everywhere."""
    assert (await call("GET", BROKEN)).code == 404


@settings(public_url="https://hub.example/jupyter")
async def test_behind_a_proxy(call, jp_serverapp, owner, site):
    """The issuer is what browsers see; the page of that origin is the server's own, others not."""
    site.issuer = "https://hub.example/jupyter"
    found = json.loads((await call("GET", METADATA, origin=site.origin)).body)
    assert {urlsplit(found[n]).netloc for n in found if n.endswith("point")} == {"hub.example"}
    for origin in ("https://hub.example", owner.origin):
        own = Site(call, jp_serverapp, origin)
        own.issuer = site.issuer
        assert is_refused(await owner.ask(own.question()))
    page = await owner.ask(site.question())
    for origin in ("http://hub.example", "https://hub.example:8443", "https://hub.example.evil.io"):
        assert is_refused(await submit(owner, "escherpad/authorize", yes(page), Origin=origin))
    back = await submit(owner, "escherpad/authorize", yes(page), Origin="https://hub.example")
    assert answer_of(back)["iss"] == site.issuer
    assert (await site.redeem(answer_of(back)["code"])).code == 200
    elsewhere = site.question(resource=f"{owner.origin}{jp_serverapp.base_url}")
    assert is_refused(await owner.ask(elsewhere))


@settings({"ServerApp": {"base_url": "/"}})
@pytest.mark.parametrize("jp_base_url", ["/"])
async def test_without_a_base_url(call, jp_base_url, jp_serverapp, owner, site):
    assert jp_serverapp.base_url == "/"
    found = json.loads((await call("GET", METADATA, origin=site.origin)).body)
    assert found["issuer"] == site.issuer == owner.origin
    assert await until_allowed(site, call, owner) == 200


with_password = settings(
    {
        "IdentityProvider": {"token": ""},
        "ServerApp": {"token": ""},
        "PasswordIdentityProvider": {"hashed_password": passwd(PASSWORD, "sha1")},
    }
)


@with_password
async def test_wrong_password_first(call, person: Person, site: Site):
    """The request is still there after a mistake at the login page, and is lost at no redirect."""
    parked = link_to_log_in(await person.ask(site.question()))
    login = await person.open(parked)
    path = login.headers["Location"]
    path = path[path.index("login?") :]
    for password, code in (("wrong", 401), (PASSWORD, 302)):
        page = await person.open(path)
        fields = {**preset_fields(page), "password": password}
        headers = {"Origin": person.origin, **FORM}
        answer = await person.send("POST", path, headers, urlencode(fields))
        assert answer.code == code
        if code == 401:
            assert is_refused(await submit(person, "escherpad/authorize", {"nonce": "x"}))
    assert parse_qs(urlsplit(path).query)["next"][0].endswith(parked)
    page = await person.open_page(place_of(answer))
    assert site.origin in page.body.decode()
    code = answer_of(await submit(person, "escherpad/authorize", yes(page)))["code"]
    assert (await site.redeem(code)).code == 200


@settings({"IdentityProvider": {"token": ""}, "ServerApp": {"token": ""}})
async def test_without_authentication(call, jp_serverapp, person, site):
    """Whoever is in front of it is the owner, and only a click of theirs lets a site in."""
    assert not jp_serverapp.identity_provider.auth_enabled
    page = await person.ask(site.question())
    assert page.code == 200
    evil = {"Origin": "https://evil.example", "Sec_Fetch_Site": "cross-site"}
    assert is_refused(await submit(person, "escherpad/authorize", yes(page), **evil))
    assert (await call("GET", "api/contents", origin=site.origin)).code == 403
    code = answer_of(await submit(person, "escherpad/authorize", yes(page)))["code"]
    token = json.loads((await site.redeem(code)).body)["access_token"]
    assert (await call("GET", "api/contents", origin=site.origin, token=token)).code == 200
    assert (await call("GET", "api/contents", origin=site.origin)).code == 401


class NoConnecting(AllowAllAuthorizer):
    """Lets people use a shared server, but not let apps in."""

    async def is_authorized(self, handler, user, action, resource):
        return resource != CONNECT_RESOURCE


@settings({"ServerApp": {"authorizer_class": NoConnecting}})
async def test_the_servers_authorizer_has_its_say(call, jp_serverapp, owner, site):
    """Where several share a server: no page, no click, no list for whom it denies that."""
    for path in (f"escherpad/authorize?{site.question()}", "escherpad/"):
        page = await owner.open(path)
        assert page.code == 403
        assert "authorizer" in page.body.decode()
        assert "nonce" not in page.body.decode()
        assert is_refused(
            await submit(owner, path.partition("?")[0], {"disconnect": "all", "sure": "yes"})
        )
    assert len(service_of(jp_serverapp).pending_requests) == 0


@pytest.mark.filterwarnings("ignore:(?s).*of TermSocket")  # jupyter_server_terminals does not
@settings({"ServerApp": {"allow_unauthenticated_access": False}})
async def test_where_every_handler_must_say_who_may(call, owner, site):
    """Core warns of handlers that do not say, which these tests take for an error."""
    assert (await call("GET", METADATA, origin=site.origin)).code == 200
    assert (await owner.open("escherpad")).code == 301
    assert await until_allowed(site, call, owner) == 200
