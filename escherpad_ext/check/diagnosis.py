"""Facts in, findings out: the cause first. Pure.

The rules are asked in the order in which a request travels. One that keeps all else from being
told ends the search, so that nobody is sent after symptoms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..config.configuration import Configuration
from ..errors import InvalidOrigin, OriginPatternError
from ..policy.origin import Origin
from ..policy.patterns import OriginPattern
from . import fixes
from .facts import Facts
from .findings import Finding, make_finding
from .rules import proxy, reach, settings, sockets, tokens

Rule = Callable[[Facts], Iterator[Finding]]

#: Nothing can be told beyond one of these.
_FIRST: tuple[Rule, ...] = (
    reach.check_reach,
    settings.check_extension,
    proxy.check_requests,
)
_REST: tuple[Rule, ...] = (
    proxy.check_place,
    settings.check_origin,
    proxy.check_preflight,
    proxy.check_answers,
    proxy.check_authorization,
    tokens.check_authentication,
    sockets.check_sockets,
    tokens.check_token,
    tokens.check_url_tokens,
)


def diagnose(facts: Facts) -> list[Finding]:
    """Return everything that is wrong with a server as seen from an origin; healthy is empty."""
    found = list(reach.check_address(facts))
    for rule in _FIRST:
        blocking = list(rule(facts))
        if blocking:
            return [*found, *blocking]
    found += [finding for rule in _REST for finding in rule(facts)]
    if silent := proxy.timed_out(facts):
        why = f"It answered some requests, and not these in time: {', '.join(silent)}."
        found.append(
            make_finding("no_answer", why, fixes.shell("jupyter server list", "is it busy?"))
        )
    return _ended_first(facts, found)


def _ended_first(facts: Facts, found: list[Finding]) -> list[Finding]:
    """Put a token that has ended before the origin that was let in by nothing else."""
    if not (facts.has_site_token and settings.has_ended(facts) and settings.may_ask(facts)):
        return found
    return sorted(found, key=lambda each: each.code not in {"expired", "revoked"})


def diagnose_without_server(
    origin: str, configuration: Configuration, *, on_sockets: int = 0
) -> list[Finding]:
    """Return what is wrong where no server can be asked: that, and what the next one would go by.

    ``on_sockets`` is how many servers run that have no network address.
    """
    found = [
        _on_unix_socket(origin) if on_sockets else _not_running(),
        *settings.check_configuration(configuration),
    ]
    parsed = configuration.settings
    refusal = parsed.refusal_of(origin) if parsed is not None else None
    if parsed is None or refusal is None or configuration.mistakes:
        return found
    why = f"The configuration would not allow {origin}."
    may_ask = parsed.may_be_approved(refusal)
    return [*found, settings.refused(origin, refusal.reason, why, configuration, may_ask=may_ask)]


def _not_running() -> Finding:
    why = "No server has written itself down in Jupyter's runtime folder."
    return make_finding("no_server", why, fixes.shell("jupyter lab", "start one"))


def _on_unix_socket(origin: str) -> Finding:
    return make_finding(
        "unix_socket",
        "It has written no network address into Jupyter's runtime folder.",
        fixes.shell(
            f"jupyter escherpad check {origin} --server https://jupyter.example.edu",
            "with the address of its proxy, as your browser shows it",
        ),
    )


def diagnose_origin(text: str, *options: str) -> Finding | None:
    """Return why a text is not the origin of any page, None where it may be one.

    ``options`` are what the command was given besides.
    """
    if "*" in text:  # as a host that would be possible, and nobody has one
        return make_finding("malformed_origin", *_meant(text, options))
    try:
        Origin.parse(text)
    except InvalidOrigin as mistake:
        if mistake.code == "null":
            return make_finding(
                "null_origin",
                "A file, a sandboxed frame or a data: URL says null, and so could anybody.",
                fixes.shell(
                    "python -m http.server --bind 127.0.0.1 8000",
                    "in the folder of the page; its origin is then http://localhost:8000",
                ),
            )
        return make_finding("malformed_origin", *_meant(text, options))
    return None


def _meant(text: str, options: tuple[str, ...]) -> tuple[str, str]:
    """Return what is wrong with an origin, and the command with the one that was meant."""
    try:
        OriginPattern.parse(text, allow_insecure=True, allow_public_suffix=True)
    except OriginPatternError as mistake:
        if mistake.suggestion is not None and "*" not in mistake.suggestion:
            return mistake.what, fixes.check(mistake.suggestion, *options)
        why = mistake.what
    else:
        why = "A pattern stands for many origins: name one."
    return why, "# type location.origin into the console of the page's developer tools"
