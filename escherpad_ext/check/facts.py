"""What was found out: values only, for the judge to go by. Pure."""

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
    "refused",  # nobody listens, or the way there is closed
    "timeout",  # connected, and then nothing, or not in time
    "endless",  # an answer that does not end
    "closed",  # hung up without an answer
    "not_http",
    "untrusted",  # the certificate
    "tls",  # no TLS at all
    "socket",  # a WebSocket that was opened and then went dumb
]


@dataclass(frozen=True)
class NoResponse:
    """No answer, and why; ``detail`` is for a person, and may hold the other side's words."""

    kind: Kind
    detail: str = ""


@dataclass(frozen=True)
class Answer:
    """An answer; at most some kilobytes of its body."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def all(self, name: str) -> list[str]:
        """Return the values of a header, one for each line it had."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name: str) -> str:
        """Return the value of a header, all of them joined; empty without one."""
        return ", ".join(self.all(name))

    def json(self) -> dict[str, Any]:
        """Return the JSON object in the body; empty where it is none."""
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
    """All that is known about one server, asked in the name of one origin.

    ``outcomes`` are the answers by the names of the questions (:mod:`.probe_requests`); a question
    that was not asked is not there. ``stranger`` is the made-up origin of some of them. ``direct``
    says that the address is the one that the server itself wrote down, not the one that browsers
    use; ``wanted`` are the scopes that the site needs; ``has_site_token`` says that the token is
    the one that the site has.
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
        """Return the answer to a question, None where there was none."""
        outcome = self.outcomes.get(name)
        return outcome if isinstance(outcome, Answer) else None

    def silence(self, name: str) -> NoResponse | None:
        """Return why there is no answer, None where there is one or nobody asked."""
        outcome = self.outcomes.get(name)
        return outcome if isinstance(outcome, NoResponse) else None

    def refusal(self, name: str) -> tuple[str, str] | None:
        """Return (error, reason) of the extension's refusal of a question, None without."""
        answer = self.answer(name)
        return answer.refusal() if answer else None

    def reason(self, name: str) -> str | None:
        """Return the reason alone."""
        refusal = self.refusal(name)
        return refusal[1] if refusal else None
