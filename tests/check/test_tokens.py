"""Tokens that are not good for what they are used for, real ones of a real registry."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from support.check.grants import SITE, give, revoke

from escherpad_ext.grants.issuer import Server


def expired(owner: Any) -> str:
    return give(owner, "run", now=time.time() - 1000)[1]


def revoked(owner: Any) -> str:
    grant, token = give(owner, "run")
    revoke(owner, grant)
    return token


def of_another_origin(owner: Any) -> str:
    return give(owner, "run", origin="https://other.example.com")[1]


def of_another_server(owner: Any) -> str:
    return give(owner, "run", server=Server.at("/nowhere", "/"))[1]


def not_yet_valid(owner: Any) -> str:
    return give(owner, "run", now=time.time() + 1000)[1]


def too_small(owner: Any) -> str:
    return give(owner, "view")[1]


def damaged(owner: Any) -> str:
    return give(owner, "run")[1][:-4]


BAD: dict[str, tuple[str, Callable[[Any], str]]] = {
    "wrong": ("unknown_token", lambda _owner: "wrong"),
    "damaged": ("unknown_token", damaged),
    "expired": ("expired", expired),
    "revoked": ("revoked", revoked),
    "of another origin": ("wrong_origin", of_another_origin),
    "of another server": ("wrong_server", of_another_server),
    "not yet valid": ("not_yet_valid", not_yet_valid),
    "too small": ("scope_missing", too_small),
}


@pytest.mark.parametrize("kind", BAD)
def test_the_cause_is_named_and_another_token_works(healthy, diagnosis_of, kind) -> None:
    """The command makes one that is good; no token is ever shown."""
    code, make = BAD[kind]
    token = make(healthy)
    diagnosis = diagnosis_of(healthy)
    diagnosis.cures(code, SITE, "--token", token, "--scope", "run")
    assert token == "wrong" or token not in str(diagnosis.report)


@pytest.mark.parametrize("bundle", ["view", "edit", "run", "terminal", "full"])
def test_a_token_with_what_is_needed_is_healthy(healthy, diagnosis_of, bundle) -> None:
    """Also one that covers none of the requests of ``check``."""
    diagnosis = diagnosis_of(healthy)
    token = give(healthy, bundle)[1]
    assert diagnosis.check(SITE, "--token", token, "--scope", bundle) == (0, [])
    assert f"The token's scopes: {bundle}." in diagnosis.report["servers"][0]["notes"]


def test_an_origin_that_is_refused_and_a_token_that_is_bad(healthy, diagnosis_of) -> None:
    """Both are told, the cause first."""
    codes = diagnosis_of(healthy).codes("https://other.example.com", "--token", damaged(healthy))
    assert codes == ["origin_not_listed", "unknown_token"]


@pytest.mark.parametrize("end", ["expired", "revoked"])
def test_a_connection_that_has_ended(healthy, diagnosis_of, end) -> None:
    """The token was what let the site in: it connects again, and no setting is needed.

    A server that heard of the grant in time may not yet have heard that it is revoked.
    """
    site = "https://ended.example.com"
    now = time.time() - 1000 if end == "expired" else None
    grant, token = give(healthy, "run", origin=site, via="connect", now=now)
    if end == "revoked":
        revoke(healthy, grant)
    deadline = time.monotonic() + 20
    while len(found := diagnosis_of(healthy).check(site, "--token", token)[1]) < 2:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    first, second = found
    assert (first["code"], second["code"]) == (end, "origin_not_listed")
    assert first["fix"].startswith("# connect again on the site")
    assert (first["severity"], second["severity"]) == ("error", "warning")


def test_a_connected_site_is_healthy(healthy, diagnosis_of) -> None:
    """One with a grant, though no setting names it.

    The grant comes from another process, of which a running server hears within half a second.
    """
    site = "https://connected.example.com"
    token = give(healthy, "run", origin=site, via="connect")[1]
    end = time.monotonic() + 20
    while (found := diagnosis_of(healthy).codes(site, "--token", token)) == ["origin_not_listed"]:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert found == []
