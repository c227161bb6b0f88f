"""Run a check: choose the servers, send the requests, and return a report for each."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..config.configuration import Configuration
from ..config.reader import READ_SECONDS, read_configuration
from ..console import printable
from ..policy import hosts
from ..policy.origin import Origin
from ..policy.scope_words import summary
from .address import Address
from .diagnosis import diagnose, diagnose_origin, diagnose_without_server
from .environment import other_environment, using
from .facts import Facts
from .findings import Finding
from .probe import TOTAL_SECONDS, probe
from .probe_requests import Caller
from .rules.tokens import granted_folder, granted_scopes
from .servers import RunningServer, arguments_of, at, running_servers

#: For the whole check, without the start of Python.
LIMIT_SECONDS = 5.5
LEAST_SECONDS = 2.0
#: No page can have this origin (RFC 6761, 6.4), so allowing it by mistake does no harm.
STRANGER = "https://made-up-by-escherpad-check.invalid"


@dataclass(frozen=True)
class Report:
    """The findings about one server, or about none (``facts`` is None then).

    ``is_misuse`` says that the check was not run: the origin can be that of no page.
    """

    facts: Facts | None
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    is_misuse: bool = False

    @property
    def is_healthy(self) -> bool:
        """Whether no finding is an error."""
        return all(finding.severity != "error" for finding in self.findings)


@dataclass(frozen=True)
class CheckRequest:
    """What to check. ``token`` is never shown."""

    origin: str
    address: Address | None = None
    token: str | None = None
    scopes: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"CheckRequest({self.origin}, {self.address})"

    @property
    def options(self) -> tuple[str, ...]:
        """The arguments after the origin that repeat this check; the token is never among them."""
        server = ("--server", str(self.address)) if self.address is not None else ()
        token = ("--token", "-") if self.token is not None else ()
        scopes = (word for name in summary(self.scopes) for word in ("--scope", name))
        return (*server, *token, *scopes)


def examine(request: CheckRequest, reader: Reader | None = None) -> list[Report]:
    """Return a report for the named server, or for each running server of this user."""
    reader = reader or Reader()
    mistake = diagnose_origin(request.origin, *request.options)
    if mistake is not None:
        return [Report(None, (mistake,), is_misuse=True)]
    running, left_out = running_servers()
    addresses = tuple(server.address for server in running)
    if request.address is not None:
        server = at(request.address, running)
        targets = [_target(request, request.address, addresses, reader.of(server))]
    else:
        targets = [_own(request, server, addresses, reader.of(server)) for server in running]
    notes = [f"Skipped servers without a network address: {left_out}."] if left_out else []
    if not targets:
        configuration = reader.read()
        findings = diagnose_without_server(request.origin, configuration, on_sockets=left_out)
        notes.append("This is the configuration that the next start from this shell would use.")
        return [Report(None, tuple(findings), tuple(notes))]
    return [
        Report(facts, tuple(diagnose(facts)), (*notes, *_notes(facts, request)))
        for facts in probe(targets, reader.seconds_left)
    ]


class Reader:
    """Reads the configuration once for each command line, and keeps the time limit."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._read_seconds = READ_SECONDS
        self._known: dict[object, Configuration] = {}

    def read(
        self, arguments: tuple[str, ...] = (), variables: Mapping[str, str] | None = None
    ) -> Configuration:
        """Return the configuration with a command line; all of them have READ_SECONDS together.

        ``variables`` are those of another process's environment.
        """
        key = (arguments, None if variables is None else frozenset(variables.items()))
        if key not in self._known:
            start = time.monotonic()
            with contextlib.nullcontext() if variables is None else using(variables):
                found = read_configuration(arguments, self._read_seconds)
            self._known[key] = replace(found, is_elsewhere=variables is not None)
            self._read_seconds -= time.monotonic() - start
        return self._known[key]

    def of(self, server: RunningServer | None) -> Configuration | None:
        """Return the configuration that a running server would have after a restart."""
        if server is None:
            return None
        return self.read(arguments_of(server), other_environment(server.pid))

    @property
    def seconds_left(self) -> float:
        """How long the requests may take, so that the check ends in time on a slow machine."""
        left = LIMIT_SECONDS - (time.monotonic() - self._start)
        return min(TOTAL_SECONDS, max(LEAST_SECONDS, left))


def _target(
    request: CheckRequest,
    address: Address,
    running: tuple[Address, ...],
    configuration: Configuration | None,
) -> tuple[Facts, Caller]:
    facts = Facts(
        request.origin,
        address,
        stranger=STRANGER,
        direct=request.address is None,
        wanted=request.scopes,
        running=running,
        configuration=configuration,
        has_site_token=request.token is not None,
    )
    made_up = f"made-up-{secrets.token_hex(8)}"
    return facts, Caller(request.origin, STRANGER, made_up, request.token)


def _own(
    request: CheckRequest,
    server: RunningServer,
    running: tuple[Address, ...],
    configuration: Configuration | None,
) -> tuple[Facts, Caller]:
    """Return the facts and the caller for a server that was not named.

    No token leaves the machine for it.
    """
    facts, caller = _target(request, server.address, running, configuration)
    if server.ip is None:
        return facts, replace(caller, token=None)
    own = server.token.reveal().decode() if server.token is not None else None
    return facts, replace(caller, token=caller.token or own, ip=server.ip)


def _notes(facts: Facts, request: CheckRequest) -> list[str]:
    notes = []
    if request.token is None:
        used = "the server's token" if "token" in facts.outcomes else "no token"
        notes.append(f"The check used {used}. To check the site's token, add: --token -")
    elif "token" not in facts.outcomes and "simple" in facts.outcomes:
        notes.append(
            "The token was not sent. It is sent only to servers on this machine or to --server."
        )
    granted = granted_scopes(facts)
    if granted:
        folder = granted_folder(facts)
        where = "" if folder is None else f" It is valid in one folder only: {printable(folder)}"
        notes.append(f"The token's scopes: {', '.join(summary(granted, folder))}.{where}")
    if _asks_person(facts):
        notes.append(
            "The page is on the web, and the server is on this machine or network. Chrome and Edge "
            "ask the user for permission first. No server setting can replace that permission."
        )
    return notes


def _asks_person(facts: Facts) -> bool:
    """Return whether the browser asks for Local Network Access, as far as the addresses show it."""
    page = Origin.parse(facts.origin)
    near = facts.address.is_loopback or hosts.is_ip(facts.address.host_in_url)
    return near and not page.is_loopback and page.scheme == "https"


def configuration_of(
    servers: Sequence[RunningServer], reader: Reader
) -> list[tuple[Address, Configuration]]:
    """Return each running server's configuration after a restart with the same command line."""
    return [(s.address, found) for s in servers if (found := reader.of(s)) is not None]
