"""Checks whether a program finds how to connect to a protected path (RFC 9728)."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from .. import fixes
from ..facts import Answer, Facts
from ..findings import Finding, make_finding
from ..program_requests import path_of, path_scopes, scopes_of_server
from ..proxy_fixes import proxy_fix


def check_programs(facts: Facts) -> Iterator[Finding]:
    """Yield why a program finds no way to ask for the scope of a path."""
    known = scopes_of_server(facts)
    wanted = path_scopes(facts)
    unknown = [scope for scope in wanted if known is not None and scope not in known]
    if unknown:
        yield _unknown(facts, unknown[0])
    elif (challenge := facts.answer("challenge")) is not None:
        if _nobody_may_ask(facts, challenge):
            why = "The server's answers to a program do not say where it could ask."
            fix = fixes.settings(_switches(facts), facts.configuration)
            yield make_finding("programs_off", why, fix)
        else:
            yield from _challenge(facts, challenge)
            yield from _documents(facts, wanted[0])


def _unknown(facts: Facts, scope: str) -> Finding:
    why = f"Its discovery document does not have {scope}. No path of resource_paths gives it."
    configuration, path = facts.configuration, path_of(scope, facts)
    before = configuration.values["resource_paths"] if configuration else {}
    if path in before:
        why += " The configuration has it, but the server was started before the change."
        stop = f"jupyter server stop {facts.address.port}"
        fix = fixes.shell(stop, then="then start it again with the same command")
        return make_finding("scope_unknown", why, fix)
    values = {"resource_paths": {**before, path: scope.partition(":")[0]}}
    remark = f"# with the path of the extension that it is for, in place of {path}\n"
    return make_finding("scope_unknown", why, remark + fixes.settings(values, configuration))


def _nobody_may_ask(facts: Facts, challenge: Answer) -> bool:
    """Return whether the server itself says that programs cannot register, or nowhere to ask."""
    header, discovery = challenge.get("WWW-Authenticate"), facts.answer("discovery")
    found = discovery.json() if discovery else {}
    off = "issuer" in found and "registration_endpoint" not in found
    return off or ("scope=" in header and "resource_metadata=" not in header)


def _switches(facts: Facts) -> dict[str, str]:
    """Return the settings with which programs may ask."""
    values = facts.configuration.values if facts.configuration else {}
    off = [name for name in ("connect", "programs") if values.get(name, "off") != "ask"]
    return dict.fromkeys(off or ("connect", "programs"), "ask")


def _challenge(facts: Facts, challenge: Answer) -> Iterator[Finding]:
    header = challenge.get("WWW-Authenticate")
    if challenge.status != HTTPStatus.UNAUTHORIZED or "resource_metadata=" not in header:
        why = (
            f"A program without a token gets {challenge.status}, and not the answer that says "
            "where to ask: 401 with the header WWW-Authenticate."
        )
        yield make_finding("challenge_stripped", why, proxy_fix(facts, "challenge_stripped"))


def _documents(facts: Facts, scope: str) -> Iterator[Finding]:
    # Below another path than /, clients find the document of OpenID only.
    second = "discovery" if facts.address.path == "/" else "openid"
    missing = [
        answer
        for name, member in (("resource", "resource"), (second, "issuer"))
        if (answer := facts.answer(name)) is not None and member not in answer.json()
    ]
    if missing:
        why = (
            f"The document with which a program learns how to connect to {path_of(scope, facts)} "
            f"was answered with {missing[0].status}, but not by this server."
        )
        yield make_finding("documents_blocked", why, proxy_fix(facts, "documents_blocked"))
