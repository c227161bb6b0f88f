"""Authorization requests that are off get a page that says so, never a redirect."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from support.connect.browser_user import Person, Site, answer_of, place_of
from support.connect.hostile_requests import is_refused

from escherpad_ext.connect.authorization_request import AuthorizationRequest
from escherpad_ext.connect.client_documents import read_document_url

from .test_hostile_clients import NO_CLIENTS, NO_REDIRECT_URIS

OFF = [
    {"response_type": None},
    {"response_type": "token"},
    {"response_type": "code token"},
    {"response_type": "id_token"},
    {"response_type": "none"},
    {"response_mode": "fragment"},
    {"response_mode": "form_post"},
    {"response_mode": "web_message"},
    {"client_id": None},
    {"redirect_uri": None},
    {"code_challenge": None},
    {"code_challenge": "x" * 42},
    {"code_challenge": "x" * 44},
    {"code_challenge": "x" * 42 + "="},
    {"code_challenge": "x" * 42 + "+"},
    {"code_challenge": "é" * 43},
    {"code_challenge_method": None},
    {"code_challenge_method": "plain"},
    {"code_challenge_method": "s256"},
    {"code_challenge_method": "S256 "},
    {"scope": None},
    {"scope": " "},
    {"scope": "everything"},
    {"scope": "view unknown:read"},
    {"scope": "view\x00"},
    {"scope": "never"},
    {"scope": "server:write"},
    {"scope": "escherpad-connect:write"},
    {"scope": "view " * 300},
    {"state": "x" * 1001},
    {"resource": "https://evil.example"},
    {"resource": "null"},
    {"unknown": "x" * 6000},
    {"client_id": "http://site.example/", "redirect_uri": "http://site.example/"},
]
BROKEN = ["%ff=x", "state2=%c3%28", "&".join(f"x{n}=1" for n in range(60))]
TWICE = ["client_id", "redirect_uri", "state", "scope", "code_challenge", "resource", "unknown"]


async def check(owner, query):
    """Assert that a question gets a page, whether it comes with a login or not."""
    answer = await owner.open(f"escherpad/authorize?{query}")
    assert is_refused(answer), query
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
    assert not answer.headers["Content-Security-Policy"].endswith(".example")
    assert b"<script>" not in answer.body
    return answer


async def test_off_with_itself(owner, site):
    """What is missing, plain, unknown, for another server, or too long."""
    for changed in OFF:
        await check(owner, site.question(**{"scope": "run", **changed}))


async def test_off_with_the_site(owner, site):
    """No text that is not the very origin of a site leads anywhere, or is shown as if it were."""
    for uri in NO_REDIRECT_URIS:
        await check(owner, site.question(redirect_uri=uri))
    for client_id in NO_CLIENTS:
        if read_document_url(client_id) is not None:  # a program's, which cannot be looked up
            page = await owner.ask(site.question(client_id=client_id))
            assert is_refused(page), client_id
            continue
        await check(owner, site.question(client_id=client_id))
        if client_id:
            page = await check(owner, site.question(client_id=client_id, redirect_uri=client_id))
            assert b"<form" not in page.body


async def test_off_with_the_encoding(owner, site):
    for more in BROKEN:
        await check(owner, f"{site.question()}&{more}")
    for name in TWICE:  # RFC 6749, 3.1: "MUST NOT be included more than once"
        given = dict(parse_qsl(f"{site.question()}&unknown=x"))
        await check(owner, f"{site.question()}&unknown=x&{name}={given[name]}")
        await check(owner, f"{name}=other&{site.question()}&unknown=x")
    for query in ("", "ask", "ask=", "ask=x&ask=y", "&", "?", "ask=%00", "ask=" + "x" * 9000):
        await check(owner, query)


async def test_what_is_unknown_does_not_count(owner, site):
    """RFC 6749, 3.1: ignored; also what oauthlib would know (OpenID Connect, attributes)."""
    more = {"prompt": "none", "nonce": "x", "max_age": "0", "id_token_hint": "x", "request": "x"}
    more |= {"issuer": "https://evil.example", "scopes": "full", "lifetime_seconds": "1", "x": "y"}
    counts = AuthorizationRequest.parse(site.question("view", **more), site.issuer).query
    assert not set(more) & {name for name, _ in parse_qsl(counts)}
    back = await owner.allow(site.question("view", **more))
    assert set(answer_of(back)) == {"code", "state", "iss"}
    assert answer_of(back)["iss"] == site.issuer


STATES = ["", " ", "a b+c%20&=#/?:@", "\r\nSet-Cookie: a=b", "ä€\U0001f600", "\x00", "x" * 1000]


@pytest.mark.parametrize("decision", ["allow", "deny"])
async def test_the_state_comes_back_as_it_was(call, jp_serverapp, owner, decision):
    """Byte for byte, and nothing in it becomes a header or another parameter; likewise the URI."""
    for state in STATES:
        site = Site(call, jp_serverapp, "https://site.example")
        site.state = state
        site.redirect_uri = "https://site.example/back;x?a=%26code=&b#".rstrip("#")
        back = await owner.allow(site.question(), decision=decision)
        answer = answer_of(back)
        assert answer.get("state", "") == state
        assert back.headers["Location"].startswith("https://site.example/back;x?a=%26code")
        assert "b" not in answer  # without a value
        assert "Set-Cookie" not in back.headers or "a=b" not in back.headers["Set-Cookie"]
        parts = urlsplit(back.headers["Location"])
        assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "site.example", "")


async def test_other_kinds_of_sites(call, jp_serverapp, owner):
    """Loopback by http, IPv6, other names: the answer goes where the page said."""
    for origin in ("http://localhost:5173", "http://[::1]:5173", "https://[2001:db8::1]"):
        site = Site(call, jp_serverapp, origin)
        back = await owner.allow(site.question())
        assert back.headers["Location"].startswith(f"{origin}/back?code=")
    odd = Site(call, jp_serverapp, "https://[2001:db8::]")  # oauthlib cannot read it
    page = await owner.ask(odd.question())
    assert is_refused(await owner.click(page, scope="view", lifetime="3600", decision="allow"))


async def test_not_the_server_itself(call, jp_serverapp, owner, site):
    for origin in (owner.origin, owner.origin.replace("http:", "https:")):
        own = Site(call, jp_serverapp, origin)
        assert is_refused(await owner.ask(own.question()))


async def test_an_id_opens_nothing_by_itself(call, jp_serverapp, owner, site):
    """Who finds it in a log or a history sees no more than anybody who asks by themselves."""
    parked = place_of(await owner.open(f"escherpad/authorize?{site.question()}"))
    stranger = Person(call, jp_serverapp)
    login = await stranger.open(parked)
    assert login.code == 303
    assert "/login?" in login.headers["Location"]
    assert site.origin not in login.headers["Location"]
    assert is_refused(await call("GET", parked, origin=site.origin))
    assert is_refused(await owner.open(parked.replace("ask=", "ask=x")))


async def test_strangers_do_not_learn_whose_server_it_is(person: Person, site: Site, monkeypatch):
    """Neither from the page before the login nor from a page that says what is wrong."""
    monkeypatch.setenv("JUPYTERHUB_USER", "name-of-the-owner")
    pages = [await person.ask(question) for question in (site.question(), "client_id=x")]
    assert [page.code for page in pages] == [200, 400]
    assert not any(b"name-of-the-owner" in page.body for page in pages)
    await person.log_in()
    for question in (site.question(), "client_id=x"):
        assert b"name-of-the-owner" in (await person.ask(question)).body
