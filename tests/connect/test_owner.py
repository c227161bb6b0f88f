"""Who may connect apps on a server of a Hub."""

from __future__ import annotations

from typing import Any

import pytest
from jupyter_server.auth.identity import User

from escherpad_ext.connect.owner import check_is_owner
from escherpad_ext.connect.problems import ConnectError
from escherpad_ext.server.hub import Hub

HUB = Hub("ana", "", frozenset())
SERVICE = Hub("", "", frozenset())


def user(name: str, /, **model: Any) -> User:
    found = User(name)
    found.hub_user = {"kind": "user", "name": name, "session_id": "x", **model}
    return found


def test_without_a_hub_whoever_is_logged_in_is_the_owner() -> None:
    check_is_owner(User("anybody"), None)


def test_the_owner_may() -> None:
    check_is_owner(user("ana"), HUB)


@pytest.mark.parametrize(
    ("hub", "found", "code"),
    [
        (HUB, user("bob"), "not_owner"),
        (HUB, user("bob", kind="service", name="ana"), "not_owner"),
        (HUB, user("ana", session_id=None), "not_logged_in"),
        (SERVICE, user("ana"), "not_owner"),
        (HUB, User("bob"), "not_owner"),
    ],
    ids=["another user", "a service", "a token", "a server of nobody", "unknown to the Hub"],
)
def test_others_may_not(hub: Hub, found: User, code: str) -> None:
    """Their apps could use the server after they lost access. Nor may a token of the Hub."""
    with pytest.raises(ConnectError) as raised:
        check_is_owner(found, hub)
    assert raised.value.code == code
