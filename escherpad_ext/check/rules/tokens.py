"""Checks whether the token is valid and covers what the site needs."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from ...policy.folders import expand_in_folder
from ...policy.refusal_table import REFUSALS
from ...policy.resource_paths import is_path_scope
from ...policy.scope_words import summary
from ...policy.scopes import covers, expand
from .. import fixes
from ..facts import Facts
from ..finding_of_refusal import OF_REFUSAL
from ..findings import Finding, make_finding
from .settings import has_ended, may_ask
from .sockets import upgrade_arrives


def check_authentication(facts: Facts) -> Iterator[Finding]:
    """Yield that no token can be valid."""
    if "authentication_off" in {facts.reason("error"), facts.reason("header")}:
        yield make_finding(
            "authentication_off",
            REFUSALS["missing_token", "authentication_off"].sentence,
            fixes.lines(
                "import secrets\nc.IdentityProvider.token = secrets.token_urlsafe(32)",
                facts.configuration,
            ).replace("# in", "# remove every empty token, also from the command line; in"),
        )


def check_token(facts: Facts) -> Iterator[Finding]:
    """Yield what is wrong with the token."""
    refusal = facts.refusal("grant") or facts.refusal("token")
    if refusal is not None and refusal[0] == "invalid_token":
        # A newer server may have reasons that are not in the table.
        known = refusal if refusal in REFUSALS else ("invalid_token", "unknown_token")
        code = OF_REFUSAL[known] or "unknown_token"
        yield make_finding(code, REFUSALS[known].sentence, _fix(facts, code))
        return
    granted = granted_scopes(facts)
    missing = [s for s in sorted(facts.wanted) if granted and not covers(granted, s)]
    if missing:
        names = ", ".join(summary(granted, granted_folder(facts)))
        why = f"Its scopes are {names}. Missing: {', '.join(missing)}."
        yield make_finding("scope_missing", why, _new_token(facts))


def granted_scopes(facts: Facts) -> frozenset[str]:
    """Return the scopes of a grant token; empty if they are not known."""
    scope = _member_of_grant(facts, "scope")
    named = scope.split() if isinstance(scope, str) else []
    try:
        if granted_folder(facts) is not None:
            return expand_in_folder(named)
        return expand(named, tuple(filter(is_path_scope, named)))
    except ValueError:  # of a newer server
        return frozenset()


def granted_folder(facts: Facts) -> str | None:
    """Return the folder that a grant token is for; None is all files, or not known."""
    folder = _member_of_grant(facts, "folder")
    return folder if isinstance(folder, str) else None


def _member_of_grant(facts: Facts, name: str) -> object:
    grant = facts.answer("grant")
    found = grant.json() if grant is not None and grant.status == HTTPStatus.OK else {}
    return found.get(name)


def _fix(facts: Facts, code: str) -> str:
    if has_ended(facts) and may_ask(facts):
        return "# connect again on the site and click Allow"
    if code == "registry_unavailable":
        return fixes.shell(
            "jupyter escherpad token list", "on the server's machine; this says what is wrong"
        )
    return _new_token(facts)


def _new_token(facts: Facts) -> str:
    if not fixes.may_be_quoted(facts.origin):
        return "# no token can be created for such an origin; serve the page from another host"
    names = " --scope ".join(summary(facts.wanted)) if facts.wanted else "run"
    return fixes.new_token(facts.origin, names)


def check_url_tokens(facts: Facts) -> Iterator[Finding]:
    """Yield that WebSockets with a token in the URL do not open."""
    if facts.reason("socket_url") == "url_tokens" and upgrade_arrives(facts):
        yield make_finding(
            "url_tokens",
            'The setting url_tokens is "never". Clients that send ?token= cannot open WebSockets. '
            "Clients that send the token as a subprotocol can.",
            fixes.settings({"url_tokens": "websocket"}, facts.configuration),
        )
