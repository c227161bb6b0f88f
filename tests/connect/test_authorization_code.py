"""Codes: each is good once, for a minute. The grant is remembered longer."""

from __future__ import annotations

import pytest

from escherpad_ext.connect.authorization_code import (
    CODE_SECONDS,
    REDEEMED_SECONDS,
    AuthorizationCode,
    AuthorizationCodes,
)

APPROVED = AuthorizationCode(
    "https://site.example/", "https://site.example/back", ("run",), 600, ""
)


@pytest.fixture
def now() -> list[float]:
    """Return the clock's time, in a list that a test may change."""
    return [0.0]


@pytest.fixture
def codes(now: list[float]) -> AuthorizationCodes:
    codes = AuthorizationCodes(lambda: now[0])
    codes.add("code", APPROVED)
    return codes


def test_a_code_is_good_once(codes: AuthorizationCodes) -> None:
    assert codes.take("other") is None
    assert codes.take("code") == APPROVED
    assert codes.take("code") is None


def test_a_code_is_good_for_a_minute(codes: AuthorizationCodes, now: list[float]) -> None:
    """RFC 6749, 4.1.2, allows ten at most."""
    codes.add("later", APPROVED)
    now[0] += CODE_SECONDS
    assert codes.take("code") is None
    assert CODE_SECONDS <= 60


def test_the_grant_of_a_code_is_remembered_when_the_code_has_expired(
    codes: AuthorizationCodes, now: list[float]
) -> None:
    """A second use ends it, also when it comes late."""
    codes.set_grant("code", "grant")
    now[0] += REDEEMED_SECONDS - 1
    assert codes.grant_of("code") == "grant"
    assert codes.grant_of("other") is None
    now[0] += 1
    assert codes.grant_of("code") is None
    assert REDEEMED_SECONDS > CODE_SECONDS


def test_a_grant_that_has_ended_is_forgotten(codes: AuthorizationCodes) -> None:
    codes.set_grant("code", "grant")
    codes.forget_grant("code")
    assert codes.grant_of("code") is None
