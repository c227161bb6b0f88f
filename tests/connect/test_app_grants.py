"""The owner's grants, as the page of connected apps lists and ends them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from escherpad_ext.connect import app_grants
from escherpad_ext.connect.app_grants import AppGrants
from escherpad_ext.connect.authorization_code import AuthorizationCode
from escherpad_ext.connect.authorization_request import AuthorizationRequest
from escherpad_ext.errors import TokenRefused
from escherpad_ext.grants import GrantRequest, Issuer, Server, owner_name
from escherpad_ext.policy.origin import Origin
from escherpad_ext.policy.scopes import expand

SITE = "https://site.example"
APPROVED = AuthorizationCode(f"{SITE}/", f"{SITE}/back", ("view",), 600, "")
HERE = Server.at("/srv/here", "/")


@pytest.fixture
def now() -> list[float]:
    """Return the clock's time, in a list that a test may change."""
    return [1_800_000_000.0]


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[Issuer]:
    with closing(Issuer(tmp_path / "data", server=HERE, owner=owner_name())) as found:
        yield found


@pytest.fixture
def grants(issuer: Issuer, now: list[float]) -> AppGrants:
    return AppGrants(SimpleNamespace(issuer=issuer, server=HERE), lambda: now[0])


def strangers(issuer: Issuer) -> str:
    """Make a grant of another owner in the same folder; return its id."""
    wish = GrantRequest(SITE, expand("view"), f"not-{owner_name()}", 1_800_000_000, 1_800_000_600)
    return issuer.issue(wish, server=HERE)[0].id


def test_the_newest_comes_first(grants: AppGrants, now: list[float]) -> None:
    """Those that have ended are left out."""
    ids = []
    for _ in range(3):
        ids.append(grants.issue(APPROVED)[0])
        now[0] += 250
    assert [grant.id for grant in grants.live()] == ids[:0:-1]


def test_a_long_list_is_cut(grants: AppGrants, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_grants, "MAX_LISTED", 2)
    for _ in range(3):
        grants.issue(APPROVED)
    assert len(grants.live()) == 2


def test_a_site_that_had_a_grant_is_known(grants: AppGrants, now: list[float]) -> None:
    """Also when it has ended."""
    site, other = Origin.parse(SITE), Origin.parse("https://other.example")
    assert grants.is_first_time(site)
    grants.issue(APPROVED)
    now[0] += 600
    assert not grants.is_first_time(site)
    assert grants.is_first_time(other)


def test_grants_of_another_owner_are_no_business_of_the_page(
    grants: AppGrants, issuer: Issuer
) -> None:
    """They are neither listed nor ended, by their id or with all others."""
    theirs, (mine, _) = strangers(issuer), grants.issue(APPROVED)
    assert [grant.id for grant in grants.live()] == [mine]
    assert grants.disconnect(theirs) == 0
    assert grants.disconnect("all") == 1
    found = issuer.registry.get(theirs)
    assert found is not None
    assert found.revoked is None


def test_one_is_disconnected(grants: AppGrants) -> None:
    """Once; an id that nobody knows ends nothing."""
    (first, token), (second, _) = grants.issue(APPROVED), grants.issue(APPROVED)
    assert grants.disconnect(first) == 1
    assert [grant.id for grant in grants.live()] == [second]
    assert grants.disconnect(first) == grants.disconnect("unknown") == 0
    with pytest.raises(TokenRefused, match="revoked"):
        grants.of_token(token, SITE)


def test_what_has_ended_needs_no_end(grants: AppGrants) -> None:
    """Nor has a token that is none, or that another site has."""
    grant_id, token = grants.issue(APPROVED)
    for other in ("", "x", token[:-1]):
        grants.end_token(other, SITE)
    grants.end_token(token, "https://other.example")
    assert len(grants.live()) == 1
    grants.end_token(token, SITE)
    assert grants.live() == []
    grants.end_token(token, SITE)
    grants.end(grant_id)
    grants.end("unknown")


def test_a_grant_is_for_the_site_of_its_code(grants: AppGrants) -> None:
    """Without the slash at the end of the client's id."""
    _, token = grants.issue(replace(APPROVED, client_id="http://localhost:5173/"))
    assert grants.of_token(token, "http://localhost:5173").owner == owner_name()


def test_more_time_is_for_the_same_and_no_more(
    grants: AppGrants, issuer: Issuer, now: list[float]
) -> None:
    """The same site, no other scopes, folder or resource, and only while it is live."""
    mine, theirs = grants.issue(APPROVED)[0], strangers(issuer)
    asked = AuthorizationRequest("", Origin.parse(SITE), f"{SITE}/back", ("view",), extends=mine)
    found = grants.to_extend(asked)
    assert found
    assert found.id == mine
    for more in (
        {"scopes": ("edit",)},
        {"scopes": ("view", "terminals:write")},
        {"folder": "data"},
        {"resource": "/mcp"},
        {"client": Origin.parse("https://other.example")},
        {"extends": theirs},
        {"extends": ""},
        {"extends": None},
    ):
        assert grants.to_extend(replace(asked, **more)) is None, more  # type: ignore[arg-type]
    now[0] += 600
    assert grants.to_extend(asked) is None
