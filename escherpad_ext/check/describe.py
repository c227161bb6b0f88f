"""The answers in a few words each, for the table that people read. Pure."""

from __future__ import annotations

from http import HTTPStatus

from ..console import cut
from ..policy.refusal_table import REFUSALS
from .facts import Answer, Facts, NoResponse, Outcome

_ALLOW_ORIGIN = "Access-Control-Allow-Origin"
#: The right answer to these is a refusal.
_REFUSED = frozenset(
    {"stranger", "stranger_twice", "stranger_preflight", "error", "header", "change"}
    | {"socket_url"}
)
_SILENT = {
    "unknown_host": "no such name",
    "refused": "nothing listens",
    "timeout": "no answer in time",
    "endless": "an endless answer",
    "closed": "connection closed",
    "not_http": "not HTTP",
    "untrusted": "certificate not trusted",
    "tls": "no TLS",
    "socket": "101, then no pong",
}


def shown(outcome: Outcome) -> str:
    """Return the answer in one or two words."""
    if isinstance(outcome, NoResponse):
        return _SILENT[outcome.kind]
    refusal = outcome.refusal()
    known = refusal is not None and refusal in REFUSALS
    return f"{outcome.status} {refusal[1]}" if refusal and known else str(outcome.status)


def meaning(name: str, outcome: Outcome, facts: Facts) -> str:
    """Return what the answer means."""
    if isinstance(outcome, NoResponse):
        return "failed"
    refusal = outcome.refusal()
    if name in _BROWSER_HEADERS:
        return _BROWSER_HEADERS[name](outcome)
    if refusal is None and name in _REFUSED:
        anybody = facts.stranger in outcome.all(_ALLOW_ORIGIN)
        return "any origin is allowed" if anybody else "should be refused"
    return _of_answer(outcome) if refusal is None else _of_refusal(name, outcome, refusal, facts)


def _of_refusal(name: str, answer: Answer, refusal: tuple[str, str], facts: Facts) -> str:
    if refusal[0] == "origin_refused":
        return "refused" if name.startswith("stranger") else f"{facts.origin} is refused"
    if name in {"header", "socket", "socket_url"}:
        return "the token arrived" if refusal[0] == "invalid_token" else "no token arrived"
    return "refused; a page can read why" if answer.all(_ALLOW_ORIGIN) else "refused"


def _of_answer(answer: Answer) -> str:
    if answer.status == HTTPStatus.SWITCHING_PROTOCOLS:
        return "WebSockets work"
    if answer.all(_ALLOW_ORIGIN):
        return "a page can read it"
    return "as expected" if answer.status < HTTPStatus.NOT_FOUND else "not as expected"


def _plain(answer: Answer) -> str:
    version = answer.json().get("version")
    return f"Jupyter Server {cut(version)}" if isinstance(version, str) else "not Jupyter's answer"


def _preflight(answer: Answer) -> str:
    if answer.refusal() is not None:
        return "the origin is refused"
    allowed = answer.status == HTTPStatus.NO_CONTENT and answer.all(_ALLOW_ORIGIN)
    return "a browser continues" if allowed else "a browser gives up"


def _discovery(answer: Answer) -> str:
    if answer.status == HTTPStatus.NOT_FOUND:
        return "sites cannot ask for access"
    return "sites can ask for access" if answer.status == HTTPStatus.OK else "not as expected"


def _upgrade(answer: Answer) -> str:
    return "handshakes arrive" if answer.refusal() is not None else "handshakes do not arrive"


def _refused_by_all(answer: Answer) -> str:
    return "shows what comes first" if answer.status == HTTPStatus.BAD_REQUEST else "not refused"


def _challenge(answer: Answer) -> str:
    header = answer.get("WWW-Authenticate")
    said = answer.status == HTTPStatus.UNAUTHORIZED and "resource_metadata=" in header
    return "says where to ask" if said else "does not say where to ask"


def _document(answer: Answer) -> str:
    found = answer.json()
    return "as expected" if "resource" in found or "issuer" in found else "not as expected"


_BROWSER_HEADERS = {
    "plain": _plain,
    "plain_local": _plain,
    "preflight": _preflight,
    "discovery": _discovery,
    "upgrade": _upgrade,
    "proxy": _refused_by_all,
    "challenge": _challenge,
    "resource": _document,
    "openid": _document,
}
