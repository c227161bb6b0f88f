"""An authorization request is read once: what is wrong with it, and what of it counts."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode

import pytest

from escherpad_ext.connect.authorization_request import (
    MAX_QUERY_LENGTH,
    MAX_SCOPE_LENGTH,
    MAX_STATE_LENGTH,
    AuthorizationRequest,
)
from escherpad_ext.connect.problems import ConnectError

ISSUER = "https://lab.example/user/ana"
VALID = {
    "client_id": "https://site.example/",
    "redirect_uri": "https://site.example/back",
    "response_type": "code",
    "code_challenge": "x" * 43,
    "code_challenge_method": "S256",
    "scope": "view",
}


def parse(*, without: str = "", **changed: str) -> AuthorizationRequest:
    given = {name: value for name, value in (VALID | changed).items() if name != without}
    return AuthorizationRequest.parse(urlencode(given), ISSUER)


def code_of(query: str) -> str:
    """Return the code of the problem with a query."""
    with pytest.raises(ConnectError) as raised:
        AuthorizationRequest.parse(query, ISSUER)
    return raised.value.code


def test_a_valid_request() -> None:
    """Scopes are as they were requested, each once, in their order."""
    found = parse(scope="run view run")
    assert str(found.client) == "https://site.example"
    assert found.redirect_uri == VALID["redirect_uri"]
    assert found.scopes == ("run", "view")


@pytest.mark.parametrize("name", VALID)
def test_each_parameter_is_required(name: str) -> None:
    """Nothing has a default. That of the method would be `plain`, which protects nothing."""
    given = {key: value for key, value in VALID.items() if key != name}
    assert code_of(urlencode(given)) == name
    assert code_of(urlencode(given | {name: ""})) == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("response_type", "token"),
        ("response_mode", "fragment"),
        ("code_challenge", "x" * 42),
        ("code_challenge", "x" * 44),
        ("code_challenge", "x" * 42 + "="),
        ("code_challenge_method", "plain"),
        ("state", "x" * (MAX_STATE_LENGTH + 1)),
        ("scope", "nothing-known"),
        ("scope", "view " * MAX_SCOPE_LENGTH),
        ("folder", ".."),
        ("folder", "a\\b"),
        ("folder", "/"),
        ("resource", "https://lab.example"),
        ("redirect_uri", "https://other.example/back"),
        ("client_id", "https://site.example"),
    ],
)
def test_a_value_that_is_not_accepted(name: str, value: str) -> None:
    """The problem has the name of the parameter."""
    assert code_of(urlencode(VALID | {name: value})) == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("response_mode", "query"),
        ("resource", ISSUER),
        ("resource", f"{ISSUER}/"),
        ("state", "x" * MAX_STATE_LENGTH),
    ],
)
def test_what_may_be_sent_as_well(name: str, value: str) -> None:
    assert parse(**{name: value}).client


def test_a_parameter_counts_once() -> None:
    """RFC 6749, 3.1. Also one that this server does not know."""
    query = urlencode(VALID)
    assert code_of(f"{query}&scope=view") == "twice"
    assert code_of(f"{query}&x=1&x=1") == "twice"


def test_a_folder() -> None:
    """As a grant has it. It is no parameter for oauthlib."""
    found = parse(folder="/data/raw/")
    assert (found.folder, parse().folder) == ("data/raw", None)
    assert "folder" not in found.query
    assert found.fits_folder


def test_an_empty_folder_is_not_all_files() -> None:
    """Elsewhere, a parameter without a value counts as omitted (RFC 6749, 3.1)."""
    query = urlencode(VALID)
    assert AuthorizationRequest.parse(f"{query}&state=", ISSUER).folder is None
    assert code_of(f"{query}&folder=") == "folder"
    assert code_of(f"{query}&folder") == "folder"
    assert code_of(f"{query}&folder=&folder=a") == "twice"


@pytest.mark.parametrize("scope", ["run", "full", "view lsp:read", "contents:read terminals:write"])
def test_a_folder_does_not_go_with_everything(scope: str) -> None:
    """Neither the folder nor a scope is dropped."""
    assert code_of(urlencode(VALID | {"scope": scope, "folder": "data"})) == "folder"
    assert not parse(scope=scope).fits_folder


@pytest.mark.parametrize("more", ["&state=%ff", "&x=1" * 60])
def test_a_query_that_cannot_be_read(more: str) -> None:
    """Text that is not UTF-8, or more parameters than there can be."""
    assert code_of(urlencode(VALID) + more) == "encoding"


def test_a_long_query_is_not_read() -> None:
    assert code_of("x" * (MAX_QUERY_LENGTH + 1)) == "too_long"


def test_unknown_parameters_do_not_count() -> None:
    """They "MUST" be ignored, and oauthlib gives some of them a meaning."""
    found = parse(state="s", prompt="none", nonce="1", lifetime_seconds="1", resource=ISSUER)
    assert set(parse_qs(found.query)) == {*VALID, "state"}
