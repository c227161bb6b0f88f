"""A grant: whether it lives, from where it may be used, and what its token is signed for."""

from __future__ import annotations

import pytest
from support.sample_grants import sample_grant

from escherpad_ext.errors import TokenRefused
from escherpad_ext.grants.grant import Grant
from escherpad_ext.policy.tokens import NO_ORIGIN

SITE = "https://app.example.com"
GRANT = sample_grant(origin=SITE)
SCRIPT = GRANT._replace(origin="none")
PROGRAM = SCRIPT._replace(program="command")
#: What may change while a token lives, or says nothing about what it allows.
NOT_SIGNED = {"place", "name", "via", "last_used", "revoked", "signed_until"}


@pytest.mark.parametrize(
    ("grant", "now", "state"),
    [
        (GRANT, 99.9, "live"),
        (GRANT, 100, "expired"),
        (GRANT._replace(revoked=50), 40, "revoked"),
        (GRANT._replace(revoked=50), 100, "revoked"),
    ],
)
def test_the_state(grant: Grant, now: float, state: str) -> None:
    """It ends with its last second. A revoked grant stays so, whatever the clock says."""
    assert grant.state(now) == state
    if state == "live":
        assert grant.checked(now) is grant
        return
    with pytest.raises(TokenRefused) as raised:
        grant.checked(now)
    assert raised.value.code == state


@pytest.mark.parametrize(
    ("grant", "origin", "usable"),
    [
        (GRANT, SITE, True),
        (GRANT, "https://other.example.com", False),
        (GRANT, None, False),
        (SCRIPT, None, True),
        (SCRIPT, SITE, False),
        (SCRIPT, "none", False),
        (SCRIPT, "null", False),
    ],
)
def test_from_where_it_may_be_used(grant: Grant, origin: str | None, usable: bool) -> None:
    """From its own origin only; that of a script from no page."""
    assert grant.usable_from(origin) is usable


@pytest.mark.parametrize(
    ("origin", "usable"),
    [
        ("chrome-extension://abc", True),
        ("moz-extension://abc", True),
        ("safari-web-extension://ABC", True),
        ("tauri://localhost", False),
        (SITE, False),
        (NO_ORIGIN, True),
    ],
)
def test_a_browser_extension_may_ask_without_an_origin(origin: str, usable: bool) -> None:
    """So do its GETs, and the browser says that no page sent them. No other page asks so."""
    grant = GRANT._replace(origin=origin)
    assert grant.usable_from(None, fetch_site="none") is usable
    assert not grant._replace(origin="chrome-extension://abc").usable_from(None)
    assert not grant.usable_from("https://other.example.com", fetch_site="none")


@pytest.mark.parametrize(
    ("fetch_site", "usable"),
    [
        (None, True),
        ("none", True),
        ("same-origin", True),
        ("same-site", False),
        ("cross-site", False),
        ("", False),
        ("none, cross-site", False),
        ("of-the-future", False),
    ],
)
def test_a_program_is_no_page_of_another_site(fetch_site: str | None, usable: bool) -> None:
    """Without an origin, or with the server's own; what a browser says of others counts, too."""
    assert PROGRAM.usable_from(None, fetch_site=fetch_site) is usable
    for origin in (SITE, "null", "none", "command"):
        assert not PROGRAM.usable_from(origin, fetch_site=fetch_site)
    assert SCRIPT.usable_from(None, fetch_site=fetch_site)


def test_for_whom_a_grant_is() -> None:
    """Each is shown as what it is."""
    found = [grant.for_whom for grant in (GRANT, SCRIPT, PROGRAM)]
    assert found == ["site", "script", "program"]


@pytest.mark.parametrize(
    ("origin", "usable"),
    [
        ("moz-extension://abc", True),
        ("chrome-extension://abc", False),
        ("safari-web-extension://ABC", False),
        ("https://app.example.com", False),
    ],
)
def test_in_firefox_it_looks_like_the_servers_own_page(origin: str, usable: bool) -> None:
    """Only the extensions of Firefox ask so, and they ask in no third way."""
    grant = GRANT._replace(origin=origin)
    assert grant.usable_from(None, fetch_site="same-origin") is usable
    for site in ("cross-site", "same-site", ""):
        assert not grant.usable_from(None, fetch_site=site)


def test_what_a_token_is_signed_for() -> None:
    """Everything that says what it allows; so no change of the registry can widen it."""
    others = {
        "id": "b",
        "origin": "none",
        "scopes": frozenset({"full"}),
        "owner": "eve",
        "server": "s",
        "key_id": "l",
        "created": 1,
        "expires": 101,
        "folder": "d",
        "program": "p",
        "resource": "/r",
    }
    assert set(Grant._fields) == others.keys() | NOT_SIGNED
    for name, value in others.items():
        assert GRANT._replace(**{name: value}).terms != GRANT.terms
    assert GRANT._replace(last_used=1, name="x", revoked=1).terms == GRANT.terms


def test_a_grant_that_was_shortened_is_signed_for_its_first_end() -> None:
    """Its token stays the same. The earlier end counts."""
    shortened = GRANT._replace(expires=GRANT.expires - 1, signed_until=GRANT.expires)
    assert shortened.terms == GRANT.terms
    assert shortened.state(GRANT.expires - 1) == "expired"
