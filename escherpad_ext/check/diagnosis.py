"""Turn facts into findings, the cause first. Pure.

The rules run in the order in which a request travels. A finding that hides everything after it
ends the search, so that people do not follow symptoms.
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
from .rules import files, programs, proxy, reach, rewritten, settings, sockets, tokens

Rule = Callable[[Facts], Iterator[Finding]]

#: If one of these finds something, the rest cannot be known.
_FIRST: tuple[Rule, ...] = (
    reach.check_reach,
    rewritten.check_browser,
    settings.check_extension,
    proxy.check_requests,
    rewritten.check_origin_header,
)
_REST: tuple[Rule, ...] = (
    proxy.check_place,
    settings.check_origin,
    proxy.check_preflight,
    proxy.check_answers,
    proxy.check_authorization,
    proxy.check_methods,
    programs.check_programs,
    tokens.check_authentication,
    sockets.check_sockets,
    tokens.check_token,
    tokens.check_url_tokens,
)


def diagnose(facts: Facts) -> list[Finding]:
    """Return everything that is wrong with a server, as seen from an origin; nothing if healthy."""
    found = list(reach.check_address(facts))
    for rule in _FIRST:
        blocking = list(rule(facts))
        if blocking:
            return [*found, *blocking]
    found += [finding for rule in _REST for finding in rule(facts)]
    if silent := proxy.timed_out(facts):
        why = f"It answered some requests, but not these in time: {', '.join(silent)}."
        found.append(
            make_finding(
                "no_answer",
                why,
                fixes.shell("jupyter server list", "check whether the server is busy"),
            )
        )
    return _ended_first(facts, found)


def _ended_first(facts: Facts, found: list[Finding]) -> list[Finding]:
    """Put an ended token before the origin that only this token's grant allowed."""
    if not (facts.has_site_token and settings.has_ended(facts) and settings.may_ask(facts)):
        return found
    return sorted(found, key=lambda each: each.code not in {"expired", "revoked"})


def diagnose_without_server(
    origin: str, configuration: Configuration, *, on_sockets: int = 0
) -> list[Finding]:
    """Return that no server can be checked, and what is wrong with the next one's configuration.

    ``on_sockets`` is the number of running servers without a network address.
    """
    found = [
        _on_unix_socket(origin) if on_sockets else _not_running(),
        *settings.check_configuration(configuration, origin),
    ]
    parsed = configuration.settings
    refusal = parsed.refusal_of(origin) if parsed is not None else None
    if parsed is None or refusal is None or configuration.mistakes:
        return found
    if settings.is_lost(configuration, origin):
        return [*found, settings.lost(origin, configuration)]
    found += files.check_files(configuration, origin)
    why = f"The configuration would not allow {origin}."
    may_ask = parsed.may_be_approved(refusal)
    return [*found, settings.refused(origin, refusal.reason, why, configuration, may_ask=may_ask)]


def _not_running() -> Finding:
    why = "Jupyter's runtime folder has no file of a running server."
    fix = fixes.shell("jupyter server", "start a server; if you have JupyterLab: jupyter lab")
    return make_finding("no_server", why, fix)


def _on_unix_socket(origin: str) -> Finding:
    return make_finding(
        "unix_socket",
        "Its file in Jupyter's runtime folder has no network address.",
        fixes.shell(
            f"jupyter escherpad check {origin} --server https://jupyter.example.edu",
            "with the address of its proxy in the browser",
        ),
    )


def diagnose_origin(text: str, *options: str) -> Finding | None:
    """Return why a text is not the origin of any page, None if it may be one.

    ``options`` are the other arguments of the command.
    """
    if "*" in text:  # as a host that would be possible, and nobody has one
        return make_finding("malformed_origin", *_meant(text, options))
    try:
        Origin.parse(text)
    except InvalidOrigin as mistake:
        if mistake.code == "null":
            return make_finding(
                "null_origin",
                "Files, sandboxed frames and data: URLs all send null, so it identifies nobody.",
                fixes.shell(
                    "python -m http.server --bind 127.0.0.1 8000",
                    "run this in the folder of the page; its origin is then http://localhost:8000",
                ),
            )
        return make_finding("malformed_origin", *_meant(text, options))
    return None


def _meant(text: str, options: tuple[str, ...]) -> tuple[str, str]:
    """Return what is wrong with an origin, and the command with the intended one."""
    try:
        OriginPattern.parse(text, allow_insecure=True, allow_public_suffix=True)
    except OriginPatternError as mistake:
        if mistake.suggestion is not None and "*" not in mistake.suggestion:
            return mistake.what, fixes.check(mistake.suggestion, *options)
        why = mistake.what
    else:
        why = "A pattern stands for many origins. Name one of them."
    return why, "# run location.origin in the console of the page's developer tools"
