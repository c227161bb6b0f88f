"""Checks whether WebSockets reach the server, with their subprotocols and messages."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from ...policy.credentials import TOKEN_PROTOCOL
from ..facts import Answer, Facts, NoResponse
from ..findings import Finding, make_finding
from ..proxy_fixes import proxy_fix

_ALLOW_ORIGIN = "Access-Control-Allow-Origin"
# Refusals that show that the server received the token.
_ARRIVED = frozenset({"invalid_token", "insufficient_scope", "origin_refused"})


def check_sockets(facts: Facts) -> Iterator[Finding]:
    """Yield why WebSockets do not work; at most one finding."""
    outcome = facts.outcomes.get("socket")
    if isinstance(outcome, NoResponse):
        yield _silent(facts, outcome)
    elif outcome is not None and not _arrived(facts, outcome):
        yield _broken(facts, outcome)


def _is_tornados(answer: Answer) -> bool:
    """Return whether this is the server's answer to a handshake without ``Upgrade``: plain text."""
    is_page = answer.body.lstrip().startswith(b"<")
    return answer.status == HTTPStatus.BAD_REQUEST and not is_page


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


def _loses_origin(facts: Facts) -> bool:
    """Return whether handshakes, unlike other requests, arrive without the site's Origin.

    The file of the handshake is then served as to the server's own pages, without CORS headers.
    """
    upgrade, simple = facts.answer("upgrade"), facts.answer("simple")
    if upgrade is None or simple is None or upgrade.status != HTTPStatus.OK:
        return False
    return bool(simple.all(_ALLOW_ORIGIN)) and not upgrade.all(_ALLOW_ORIGIN)


def _broken(facts: Facts, answer: Answer) -> Finding:
    if _loses_origin(facts):
        why = (
            "WebSocket handshakes arrive without the site's Origin, or with the server's own. So "
            "every site that a person visits can open WebSockets with this person's login."
        )
        return make_finding("origin_stripped", why, proxy_fix(facts, "origin_stripped"))
    if answer.status == HTTPStatus.SWITCHING_PROTOCOLS or (
        upgrade_arrives(facts) and answer.refusal() is not None
    ):
        why = "The token was sent as a subprotocol, but the subprotocol did not arrive."
        return make_finding(
            "protocol_stripped",
            why,
            proxy_fix(facts, "protocol_stripped"),
        )
    if _is_tornados(answer) or answer.refusal() is not None:
        why = "A WebSocket handshake arrives at the server as an ordinary request."
        return make_finding("upgrade_dropped", why, proxy_fix(facts, "upgrade_dropped"))
    why = f"Something in front of the server answered a handshake with {answer.status}."
    return make_finding("sockets_blocked", why, proxy_fix(facts, "sockets_blocked"))
