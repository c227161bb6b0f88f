"""Which tokens a check finds wrong, and what the owner is told to do."""

from __future__ import annotations

from typing import Any

import pytest
from support.check.facts import SITE, answer, codes, facts, refusal

from escherpad_ext.check.rules.tokens import (
    check_authentication,
    check_token,
    check_url_tokens,
    granted_folder,
    granted_scopes,
)
from escherpad_ext.policy.folders import expand_in_folder
from escherpad_ext.policy.scopes import expand

OLD = refusal("invalid_token", "expired", 401)
NOT_LISTED = refusal("origin_refused", "origin_not_listed")


@pytest.mark.parametrize("name", ["error", "header"])
def test_authentication_that_is_off(name: str) -> None:
    """Either request shows it. The fix makes a random token."""
    found = list(
        check_authentication(facts({name: refusal("missing_token", "authentication_off")}))
    )
    assert codes(found) == ["authentication_off"]
    assert "secrets.token_urlsafe" in found[0].fix
    assert codes(check_authentication(facts({name: refusal("missing_token", "no_token")}))) == []


@pytest.mark.parametrize("connect", [True, False])
def test_a_token_that_has_ended(connect: bool) -> None:
    """The site gets a new one when it connects again, if it may. Else the owner makes one."""
    outcomes = {"token": OLD} | ({"simple": NOT_LISTED, "discovery": answer()} if connect else {})
    (found,) = check_token(facts(outcomes))
    assert found.code == "expired"
    assert ("connect again" in found.fix) is connect
    assert (f"jupyter escherpad token create --origin {SITE}" in found.fix) is not connect


def test_a_registry_that_cannot_be_read() -> None:
    """No new token helps."""
    (found,) = check_token(facts({"token": refusal("invalid_token", "registry_unavailable", 401)}))
    assert found.code == "registry_unavailable"
    assert "jupyter escherpad token list" in found.fix


@pytest.mark.parametrize(
    ("status", "scope", "granted"),
    [
        (200, "view", expand("view")),
        (200, "unknown-of-a-newer-server", frozenset()),
        (200, None, frozenset()),
        (200, 7, frozenset()),
        (401, "view", frozenset()),
    ],
)
def test_the_scopes_of_a_token(status: int, scope: Any, granted: frozenset[str]) -> None:
    """Nothing is guessed where the server does not say them."""
    assert granted_scopes(facts({"grant": answer(status, {"scope": scope})})) == granted


def test_the_scopes_of_a_token_for_one_folder() -> None:
    """Its bundles have less."""
    known = facts({"grant": answer(200, {"scope": "view", "folder": "data"})})
    assert granted_scopes(known) == expand_in_folder("view")
    assert granted_folder(known) == "data"
    assert granted_folder(facts({"grant": answer(200, {"scope": "view"})})) is None


@pytest.mark.parametrize(
    ("scope", "missing"),
    [("view", ["scope_missing"]), ("run", []), ("unknown-of-a-newer-server", [])],
)
def test_scopes_that_the_site_needs(scope: str, missing: list[str]) -> None:
    """The new token in the fix has them."""
    wanted = expand("run")
    found = list(check_token(facts({"grant": answer(200, {"scope": scope})}, wanted=wanted)))
    assert codes(found) == missing
    assert all("--scope run" in each.fix for each in found)


@pytest.mark.parametrize(
    ("reason", "upgrade", "expected"),
    [
        ("url_tokens", "no_login_check", ["url_tokens"]),
        ("url_tokens", "other", []),
        ("no_token", "no_login_check", []),
    ],
)
def test_tokens_in_urls(reason: str, upgrade: str, expected: list[str]) -> None:
    """A handshake that arrives as an ordinary request is another finding."""
    outcomes = {
        "socket_url": refusal("token_in_url", reason),
        "upgrade": refusal("not_across_origins", upgrade),
    }
    assert codes(check_url_tokens(facts(outcomes))) == expected
