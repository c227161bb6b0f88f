"""The facts about a server, which the diagnosis reads. Values only. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..config.configuration import Configuration
from .address import Address

#: Why there is no answer.
Kind = Literal[
    "unknown_host",  # there is no such name
    "refused",  # nothing listens, or a firewall rejects
    "timeout",  # connected, but no answer in time
    "endless",  # an answer that does not end
    "closed",  # the connection was closed without an answer
    "not_http",
    "untrusted",  # the certificate
    "tls",  # no TLS at all
    "socket",  # a WebSocket that opened, but does not answer a ping
]


@dataclass(frozen=True)
class NoResponse:
    """No answer, and why. ``detail`` is for people and may hold text from the other side."""

    kind: Kind
    detail: str = ""


@dataclass(frozen=True)
class Answer:
    """An answer; at most some kilobytes of its body."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def all(self, name: str) -> list[str]:
        """Return the values of a header, one for each line."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name: str) -> str:
        """Return the values of a header, joined; empty if it is missing."""
        return ", ".join(self.all(name))

    def json(self) -> dict[str, Any]:
        """Return the JSON object in the body; empty if there is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def refusal(self) -> tuple[str, str] | None:
        """Return (error, reason) where this is a refusal of the extension, else None."""
        found = self.json()
        error, reason = found.get("error"), found.get("reason")
        if isinstance(error, str) and isinstance(reason, str) and "message" in found:
            return error, reason
        return None


Outcome = Answer | NoResponse


@dataclass(frozen=True)
class Facts:
    """Everything that is known about one server, as seen from one origin.

    ``outcomes`` has the answers by the names of the requests (:mod:`.probe_requests`); a request
    that was not sent is missing. ``stranger`` is the made-up origin of some requests. ``direct``
    says that the address comes from the server's own file and may not be the one that browsers
    use. ``wanted`` are the scopes that the site needs. ``has_site_token`` says that the token is
    the site's.
    """

    origin: str
    address: Address
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    stranger: str = ""
    direct: bool = False
    wanted: frozenset[str] = frozenset()
    near: tuple[str, ...] = ()
    elsewhere: tuple[Address, ...] = ()
    running: tuple[Address, ...] = ()
    configuration: Configuration | None = None
    has_site_token: bool = False

    def answer(self, name: str) -> Answer | None:
        """Return the answer to a request, None if there was none."""
        outcome = self.outcomes.get(name)
        return outcome if isinstance(outcome, Answer) else None

    def silence(self, name: str) -> NoResponse | None:
        """Return why there is no answer; None if there is one, or if the request was not sent."""
        outcome = self.outcomes.get(name)
        return outcome if isinstance(outcome, NoResponse) else None

    def refusal(self, name: str) -> tuple[str, str] | None:
        """Return (error, reason) if the extension refused a request, else None."""
        answer = self.answer(name)
        return answer.refusal() if answer else None

    def reason(self, name: str) -> str | None:
        """Return the reason of :meth:`refusal`."""
        refusal = self.refusal(name)
        return refusal[1] if refusal else None
