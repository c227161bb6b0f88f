"""Checks whether WebSockets reach the server, with their subprotocols and messages."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from ...policy.credentials import TOKEN_PROTOCOL
from ..facts import Answer, Facts, NoResponse
from ..findings import Finding, make_finding
from ..proxy_fixes import proxy_fix

# Refusals that show that the server received the token.
_ARRIVED = frozenset({"invalid_token", "insufficient_scope", "origin_refused"})


def check_sockets(facts: Facts) -> Iterator[Finding]:
    """Yield why WebSockets do not work; at most one finding."""
    outcome = facts.outcomes.get("socket")
    if isinstance(outcome, NoResponse):
        yield _silent(facts, outcome)
    elif outcome is not None and not _arrived(facts, outcome):
        yield _broken(facts, outcome)


def upgrade_arrives(facts: Facts) -> bool:
    """Return whether the server received the Upgrade header."""
    return facts.reason("upgrade") == "no_login_check"


def _arrived(facts: Facts, answer: Answer) -> bool:
    if answer.status == HTTPStatus.SWITCHING_PROTOCOLS:
        # A browser that offers protocols closes the socket if the answer selects none.
        return answer.get("Sec-WebSocket-Protocol") == TOKEN_PROTOCOL
    refusal = answer.refusal()
    if refusal is None:
        return False
    if not upgrade_arrives(facts) and facts.refusal("upgrade") != refusal:
        return False
    return refusal[0] in _ARRIVED or refusal[1] == "authentication_off"


def _silent(facts: Facts, silence: NoResponse) -> Finding:
    if silence.kind == "socket":
        why = "A WebSocket opened, but a ping on it was not answered."
        return make_finding("buffered", why, proxy_fix(facts, "buffered"))
    return make_finding(
        "sockets_blocked",
        "A WebSocket handshake got no answer.",
        proxy_fix(facts, "sockets_blocked"),
    )


def _broken(facts: Facts, answer: Answer) -> Finding:
    if answer.status == HTTPStatus.SWITCHING_PROTOCOLS or (
        upgrade_arrives(facts) and answer.refusal() is not None
    ):
        why = "The token was sent as a subprotocol, but the subprotocol did not arrive."
        return make_finding(
            "protocol_stripped",
            why,
            proxy_fix(facts, "protocol_stripped"),
        )
    if answer.status == HTTPStatus.BAD_REQUEST or answer.refusal() is not None:
        why = "A WebSocket handshake arrives at the server as an ordinary request."
        return make_finding("upgrade_dropped", why, proxy_fix(facts, "upgrade_dropped"))
    why = f"Something in front of the server answered a handshake with {answer.status}."
    return make_finding("sockets_blocked", why, proxy_fix(facts, "sockets_blocked"))
