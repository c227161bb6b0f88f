"""What a server makes of what the Hub says, without a Hub."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from jupyter_server.auth.identity import User
from tornado.httputil import HTTPHeaders

from escherpad_ext.connect.urls import ServerUrls
from escherpad_ext.grants import owner_name
from escherpad_ext.server.hub import Hub

HUB = Hub("ana", "https://hub.example.edu/user/ana/", frozenset({"access:servers!user=ana"}))


def user(**model: Any) -> User:
    found = User("ana")
    found.hub_user = {"kind": "user", "name": "ana", "session_id": "x", **model}
    return found


def test_the_owner_is_one_user_of_the_hub() -> None:
    """Not a service of the same name, not somebody of whom the Hub said nothing."""
    assert HUB.is_owner(user())
    assert HUB.is_logged_in(user())
    assert not HUB.is_owner(user(name="bob"))
    assert not HUB.is_owner(user(kind="service"))
    assert not HUB.is_owner(User("ana"))
    assert not HUB.is_logged_in(User("ana"))
    assert not HUB.is_logged_in(user(session_id=None))
    assert not Hub("", "", frozenset()).is_owner(user(name=""))


def test_a_grant_is_that_of_the_hubs_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever account their servers run in: in containers it is often the same for all."""
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    monkeypatch.setenv("USER", "jovyan")
    monkeypatch.setenv("LOGNAME", "jovyan")
    assert owner_name() == "jovyan"
    monkeypatch.setenv("JUPYTERHUB_USER", "ana")
    assert owner_name() == "ana"


def test_who_has_a_grant_may_enter_and_nothing_else() -> None:
    """An authorizer that goes by other scopes of the Hub's finds none."""
    as_hub_user = HUB.as_hub_user(User("grant-1", "a site"))
    assert (as_hub_user.username, as_hub_user.name) == ("grant-1", "a site")
    assert as_hub_user.hub_user["scopes"] == ["access:servers!user=ana"]
    assert not HUB.is_owner(as_hub_user)
    assert not HUB.is_logged_in(as_hub_user)


@pytest.mark.parametrize("where", ["provider", "settings"])
def test_the_environment_counts_where_a_hub_is_asked(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """A server that somebody starts in a terminal has the environment, and no Hub."""
    monkeypatch.setenv("JUPYTERHUB_USER", "ana")
    monkeypatch.setenv("JUPYTERHUB_PUBLIC_URL", HUB.public_url)
    assert Hub.of(SimpleNamespace(), {}) is None
    auth = SimpleNamespace(access_scopes={"access:servers!user=ana"})
    provider = SimpleNamespace(hub_auth=auth) if where == "provider" else SimpleNamespace()
    assert Hub.of(provider, {"hub_auth": auth} if where == "settings" else {}) == HUB


@pytest.mark.parametrize(
    ("said", "base_url", "expected"),
    [
        ("https://hub.example.edu/user/ana/", "/user/ana/", "https://hub.example.edu/user/ana/"),
        ("https://hub.example.edu/user/a@b/", "/user/a%40b/", "https://hub.example.edu/user/a@b/"),
        ("https://hub.example.edu/user/ana/", "/user/ana/second/", ""),
        ("https://hub.example.edu/", "/user/ana/", ""),
        ("HTTPS://Hub.example.edu/user/ana/", "/user/ana/", ""),
        ("hub.example.edu/user/ana/", "/user/ana/", ""),
        ("", "/", ""),
    ],
)
def test_the_public_address_is_that_of_this_server(said: str, base_url: str, expected: str) -> None:
    """Whatever else is said is no mistake in the settings, and does not count."""
    assert Hub("ana", said, frozenset()).public_url_below(base_url) == expected


@pytest.mark.parametrize(
    ("headers", "trusted", "expected"),
    [
        ({}, True, "http"),
        ({"X-Forwarded-Proto": "https"}, True, "https"),
        ({"X-Forwarded-Proto": "https,http"}, True, "https"),
        ({"X-Forwarded-Proto": "https,http"}, False, "http"),
        ({"X-Scheme": "https", "X-Forwarded-Proto": "http"}, True, "https"),
        ({"Forwarded": 'for=x;proto="https", proto=http'}, True, "https"),
        ({"Forwarded": "for=x", "X-Forwarded-Proto": "https"}, True, "https"),
        ({"X-Forwarded-Proto": "gopher"}, True, "http"),
    ],
)
def test_the_scheme_is_the_browsers(headers: dict[str, str], trusted: bool, expected: str) -> None:
    """What the outermost proxy saw, where proxies are trusted."""
    port = {"https": ":443", "http": ":80"}[expected]
    sent = HTTPHeaders({"Host": f"Hub.example.edu{port}", **headers})
    request = SimpleNamespace(headers=sent, protocol="http")
    issuer = ServerUrls("/user/ana/", "", trusted).issuer(request)
    assert issuer == f"{expected}://hub.example.edu/user/ana"
