"""Tokens that are not good for what they are used for, real ones of a real registry."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from escherpad_ext.grants.issuer import Server

from .conftest import SITE, give, revoke


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
    "wrong": ("token_wrong", lambda _owner: "wrong"),
    "damaged": ("token_wrong", damaged),
    "expired": ("token_expired", expired),
    "revoked": ("token_revoked", revoked),
    "of another origin": ("token_wrong_origin", of_another_origin),
    "of another server": ("token_wrong_server", of_another_server),
    "not yet valid": ("token_not_yet_valid", not_yet_valid),
    "too small": ("scope_missing", too_small),
}


@pytest.mark.parametrize("kind", BAD)
def test_the_cause_is_named_and_another_token_mends_it(healthy, doctor_of, kind) -> None:
    """The command makes one that is good; no token is ever shown."""
    code, make = BAD[kind]
    token = make(healthy)
    doctor = doctor_of(healthy)
    doctor.cures(code, SITE, "--token", token, "--scope", "run")
    assert token == "wrong" or token not in str(doctor.report)


@pytest.mark.parametrize("bundle", ["view", "edit", "run", "terminal", "full"])
def test_a_token_with_what_is_needed_is_healthy(healthy, doctor_of, bundle) -> None:
    """Also one that reaches nothing that the doctor asks for itself."""
    doctor = doctor_of(healthy)
    token = give(healthy, bundle)[1]
    assert doctor.check(SITE, "--token", token, "--scope", bundle) == (0, [])
    assert f"The token gives: {bundle}." in doctor.report["servers"][0]["notes"]


def test_an_origin_that_is_refused_and_a_token_that_is_bad(healthy, doctor_of) -> None:
    """Both are told, the cause first."""
    codes = doctor_of(healthy).codes("https://other.example.com", "--token", expired(healthy))
    assert codes == ["origin_not_listed", "token_expired"]


def test_a_connected_site_is_healthy(healthy, doctor_of) -> None:
    """One that the owner let in, though no setting names it."""
    site = "https://connected.example.com"
    token = give(healthy, "run", origin=site, via="connect")[1]
    assert doctor_of(healthy).codes(site, "--token", token) == []
