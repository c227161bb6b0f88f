"""The rule in a dozen requests, for whatever server there is."""

from __future__ import annotations

from dataclasses import dataclass

from ..constants import ALLOWED, REFUSED, TOKEN
from ..wire import Answer
from .applications import EntryPoint
from .http_client import ask

_CHOSEN = "Sec-WebSocket-Protocol"
PROTOCOL = "v1.token.websocket.jupyter.org"
_BY_HEADER = ("Authorization", f"Bearer {TOKEN}")
_BY_OFFER = (_CHOSEN, f"{PROTOCOL}, {PROTOCOL}.{TOKEN}")
_WRONG_OFFER = (_CHOSEN, f"{PROTOCOL}, {PROTOCOL}.wrong")
_PREFLIGHT = ("Access-Control-Request-Method", "PUT")
_FILES, _SOCKET = "api/contents", "api/events/subscribe"


@dataclass(frozen=True)
class Case:
    """One request, and what has to become of it."""

    method: str
    path: str
    origin: str | None
    headers: tuple[tuple[str, str], ...]
    status: int
    refusal: tuple[str, str] | None = None
    protocol: str | None = None

    def wrong(self, answer: Answer) -> str:
        """Return what is wrong with the answer, "" if nothing is."""
        shared = answer.all("Access-Control-Allow-Origin")
        foreign = self.origin in {ALLOWED, REFUSED, "null"}
        expected = [ALLOWED] if self.origin == ALLOWED and self.status != 101 else []
        problems = {
            f"status {answer.status}": answer.status != self.status,
            f"refusal {answer.refusal()}": answer.refusal() != self.refusal,
            f"Access-Control-Allow-Origin {shared}": foreign and shared != expected,
            "a cookie": foreign and answer.all("Set-Cookie"),
            "no Vary: Origin": "Origin" not in answer.vary(),
            f"protocol {answer.get(_CHOSEN)}": answer.get(_CHOSEN) != self.protocol,
        }
        return ", ".join(what for what, is_so in problems.items() if is_so)


def cases(page: str, own: str) -> list[Case]:
    """Return the requests. ``page`` needs a login; ``own`` is the server's own origin."""
    no_token, listed = ("missing_token", "no_token"), ("origin_refused", "origin_not_listed")
    null = ("origin_refused", "null_origin")
    unknown = ("invalid_token", "unknown_token")
    return [
        Case("GET", _FILES, REFUSED, (_BY_HEADER,), 403, listed),
        Case("GET", page, REFUSED, (_BY_HEADER,), 403, listed),
        Case("GET", "api", "null", (), 403, null),
        Case("OPTIONS", _FILES, REFUSED, (_PREFLIGHT,), 403, listed),
        Case("WebSocket", _SOCKET, REFUSED, (_BY_OFFER,), 403, listed),
        Case("GET", _FILES, ALLOWED, (_BY_HEADER,), 200),
        Case("GET", _FILES, ALLOWED, (), 401, no_token),
        Case("GET", page, ALLOWED, (), 401, no_token),
        Case("OPTIONS", _FILES, ALLOWED, (_PREFLIGHT,), 204),
        Case("WebSocket", _SOCKET, ALLOWED, (_BY_OFFER,), 101, protocol=PROTOCOL),
        Case("WebSocket", _SOCKET, ALLOWED, (_WRONG_OFFER,), 401, unknown),
        Case("GET", page, None, (_BY_HEADER,), 200),
        Case("GET", page, None, (), 302),
        Case("GET", _FILES, own, (_BY_HEADER,), 200),
    ]


def breaches(server: EntryPoint, page: str, own: str | None = None) -> list[str]:
    """Return all requests that came to something else than the rule says.

    ``page`` is one that needs a login.
    """
    found = []
    for case in cases(page, own or f"http://{server.host}"):
        headers = [*([("Origin", case.origin)] if case.origin else []), *case.headers]
        answer = ask(server.connect, server.host, case.method, f"/{case.path}", headers)
        wrong = case.wrong(answer)
        if wrong:
            found.append(f"{case.method} {case.path} {case.origin} {dict(case.headers)}: {wrong}")
    return found
