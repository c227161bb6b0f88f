"""Puts the parts together: which servers to ask, in whose name, and what came of it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ..policy import hosts
from ..policy.origin import Origin
from ..policy.scopes import summary
from .address import Address
from .configuration import read_configuration
from .facts import Configuration, Facts
from .findings import Finding
from .judge import judge, judge_text, judge_without_server
from .probe import TOTAL_SECONDS, probe
from .questions import Asker
from .rules.tokens import granted_scopes
from .servers import RunningServer, arguments_of, at, running_servers

#: For all of it, but for what Python takes to start.
LIMIT_SECONDS = 8.0
LEAST_SECONDS = 2.5
#: No page is there, ever (RFC 6761, 6.4), so that nobody gains from allowing it by mistake.
STRANGER = "https://made-up-by-escherpad-check.invalid"


@dataclass(frozen=True)
class Report:
    """What is to be said of one server, or of none (``facts`` is None then)."""

    facts: Facts | None
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_healthy(self) -> bool:
        """Whether nothing keeps the site from working."""
        return all(finding.severity != "error" for finding in self.findings)


@dataclass(frozen=True)
class Wish:
    """What somebody wants to know. ``token`` never shows."""

    origin: str
    address: Address | None = None
    token: str | None = None
    scopes: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Wish({self.origin}, {self.address})"


def examine(wish: Wish) -> list[Report]:
    """Return a report for each server: the one that was named, else all of this user's."""
    start = time.monotonic()
    mistake = judge_text(wish.origin)
    if mistake is not None:
        return [Report(None, (mistake,))]
    running, left_out = running_servers()
    reader = _Reader()
    addresses = tuple(server.address for server in running)
    if wish.address is not None:
        server = at(wish.address, running)
        targets = [_target(wish, wish.address, addresses, reader.of(server))]
    else:
        targets = [_own(wish, server, addresses, reader.of(server)) for server in running]
    notes = [f"Servers that cannot be asked (no network address): {left_out}."] if left_out else []
    if not targets:
        configuration = read_configuration()
        findings = judge_without_server(wish.origin, configuration)
        notes.append("The configuration is judged as the next start from this shell would read it.")
        return [Report(None, tuple(findings), tuple(notes))]
    return [
        Report(facts, tuple(judge(facts)), (*notes, *_notes(facts, wish)))
        for facts in probe(targets, _seconds_left(start))
    ]


def _seconds_left(start: float) -> float:
    """Return how long servers may be asked, so that all of it ends in time on a slow machine."""
    return min(TOTAL_SECONDS, max(LEAST_SECONDS, LIMIT_SECONDS - (time.monotonic() - start)))


class _Reader:
    """Reads the configuration once for each command line."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Configuration] = {}

    def of(self, server: RunningServer | None) -> Configuration | None:
        if server is None:
            return None
        arguments = tuple(arguments_of(server))
        if arguments not in self._known:
            self._known[arguments] = read_configuration(arguments)
        return self._known[arguments]


def _target(
    wish: Wish,
    address: Address,
    running: tuple[Address, ...],
    configuration: Configuration | None,
    own_token: str | None = None,
) -> tuple[Facts, Asker]:
    facts = Facts(
        wish.origin,
        address,
        stranger=STRANGER,
        direct=wish.address is None,
        wanted=wish.scopes,
        running=running,
        configuration=configuration,
    )
    made_up = f"made-up-{secrets.token_hex(8)}"
    return facts, Asker(wish.origin, STRANGER, made_up, wish.token or own_token)


def _own(
    wish: Wish,
    server: RunningServer,
    running: tuple[Address, ...],
    configuration: Configuration | None,
) -> tuple[Facts, Asker]:
    token = server.token.reveal().decode() if server.token is not None else None
    return _target(wish, server.address, running, configuration, token)


def _notes(facts: Facts, wish: Wish) -> list[str]:
    notes = []
    if wish.token is None:
        used = "the server's own was sent" if "token" in facts.outcomes else "none was sent"
        notes.append(f"No token was given, and {used}. --token - looks at the one the site has.")
    granted = granted_scopes(facts)
    if granted:
        notes.append(f"The token gives: {', '.join(summary(granted))}.")
    if _asks_person(facts):
        notes.append(
            "The page is on the web and the server on this machine or network: Chrome and Edge ask "
            "the person for permission first, and no server can give it."
        )
    return notes


def _asks_person(facts: Facts) -> bool:
    """Tell whether Local Network Access applies, as far as the names show it."""
    page = Origin.parse(facts.origin)
    near = facts.address.is_loopback or hosts.is_ip(facts.address.host_in_url)
    return near and not page.is_loopback and page.scheme == "https"


def configuration_of(servers: Sequence[RunningServer]) -> list[tuple[Address, Configuration]]:
    """Return what each running server would go by after a restart with the same command line."""
    reader = _Reader()
    return [(s.address, found) for s in servers if (found := reader.of(s)) is not None]
