"""What the answers to WebSocket handshakes say about a proxy."""

from __future__ import annotations

from typing import Any

import pytest
from support.check.facts import answer, codes, facts, refusal

from escherpad_ext.check.facts import Answer, NoResponse
from escherpad_ext.check.rules.sockets import check_sockets
from escherpad_ext.policy.credentials import TOKEN_PROTOCOL

#: The server refuses a handshake for a file, which shows that it saw one.
ARRIVES = refusal("not_across_origins", "no_login_check")
WRONG_TOKEN = refusal("invalid_token", "unknown_token", 401)


def found(socket: Any, upgrade: Any = ARRIVES) -> list[str]:
    return codes(check_sockets(facts({"socket": socket, "upgrade": upgrade})))


@pytest.mark.parametrize(
    "socket",
    [
        answer(101, Sec_WebSocket_Protocol=TOKEN_PROTOCOL),
        WRONG_TOKEN,
        refusal("insufficient_scope", "scope_missing"),
        refusal("origin_refused", "origin_not_listed"),
        refusal("missing_token", "authentication_off"),
    ],
)
def test_a_handshake_that_arrives_with_its_token(socket: Any) -> None:
    """A refusal that speaks of the token shows it as well as an open socket."""
    assert found(socket) == []


def test_a_refused_origin_is_refused_alike() -> None:
    """Both handshakes end before anybody looks at what they ask for."""
    refused = refusal("origin_refused", "origin_not_listed")
    assert found(refused, upgrade=refused) == []
    assert found(WRONG_TOKEN, upgrade=refused) == ["upgrade_dropped"]


@pytest.mark.parametrize(
    "socket",
    [
        answer(101),
        answer(101, Sec_WebSocket_Protocol="other"),
        refusal("missing_token", "no_token", 401),
    ],
)
def test_a_subprotocol_that_does_not_arrive(socket: Any) -> None:
    """A browser closes a socket that selects none of the protocols it offered."""
    assert found(socket) == ["protocol_stripped"]


@pytest.mark.parametrize("socket", [answer(400), refusal("missing_token", "no_token", 401)])
def test_a_handshake_that_arrives_as_an_ordinary_request(socket: Any) -> None:
    assert found(socket, upgrade=answer(200)) == ["upgrade_dropped"]


@pytest.mark.parametrize("socket", [answer(403), answer(502), NoResponse("closed")])
def test_a_handshake_that_something_else_answers(socket: Any) -> None:
    """Or that nothing answers."""
    assert found(socket) == ["sockets_blocked"]


def test_a_proxy_that_refuses_handshakes_with_a_page() -> None:
    """The server's own 400 is plain text."""
    assert found(Answer(400, (), b"<html>Bad Request"), upgrade=answer(200)) == ["sockets_blocked"]


def test_a_handshake_that_loses_its_origin() -> None:
    """The file of the other handshake is then the server's own page's: without CORS headers."""
    allowed = answer(200, Access_Control_Allow_Origin="https://app.example.com")
    outcomes = {"simple": allowed, "upgrade": answer(200), "socket": answer(403)}
    assert codes(check_sockets(facts(outcomes))) == ["origin_stripped"]
    assert codes(check_sockets(facts({**outcomes, "upgrade": allowed}))) == ["sockets_blocked"]


def test_a_socket_whose_messages_do_not_come() -> None:
    assert found(NoResponse("socket")) == ["buffered"]


def test_what_was_not_asked_is_no_finding() -> None:
    assert codes(check_sockets(facts({}))) == []
