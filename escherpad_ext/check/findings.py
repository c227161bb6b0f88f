"""Everything that can be wrong between a page and a server: one table, many readers.

``jupyter escherpad check``, ``diagnose`` of ``connect.js`` and docs/check.md speak these codes.
Where the server itself said why it refused, the finding follows from its reason
(:data:`OF_REFUSAL`), so that the answer, the log and the doctor cannot disagree. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from ..policy.tokens import REASONS

Severity = Literal["error", "warning"]
#: Who can tell: the command line, a page's own browser, or both.
Seer = Literal["check", "diagnose", "both"]

#: Older ones are not supported; the same as in pyproject.toml.
OLDEST_JUPYTER_SERVER = "2.17"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    ``what`` is the sentence of the table, ``why`` how it was told here, ``fix`` literally what to
    write or to run; lines that begin with ``#`` say where.
    """

    code: str
    severity: Severity
    what: str
    why: str
    fix: str

    def as_json(self) -> dict[str, str]:
        """Return it as ``diagnose`` of ``connect.js`` has it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "what": self.what,
            "why": self.why,
            "fix": self.fix,
        }


@dataclass(frozen=True)
class Kind:
    """A row of the table."""

    what: str
    severity: Severity = "error"
    seen_by: Seer = "both"


#: Every code. Roughly from what keeps all else from being seen to what hardly matters.
FINDINGS: Mapping[str, Kind] = MappingProxyType(
    {
        # The page and the address, before anything is asked.
        "malformed_origin": Kind("This is not an origin.", seen_by="check"),
        "null_origin": Kind('The origin "null" can never be allowed.'),
        "insecure_page": Kind(
            "The page is not secure (https or localhost), "
            "and browsers let only secure pages do this.",
            seen_by="diagnose",
        ),
        "mixed_content": Kind(
            "A page on https cannot call a server on http that is not on the same machine."
        ),
        "blocked_by_page": Kind(
            "The page's own Content-Security-Policy does not let it call this address.",
            seen_by="diagnose",
        ),
        "local_network_denied": Kind(
            "The browser was told not to let this page reach the local network.",
            seen_by="diagnose",
        ),
        "local_network_not_asked": Kind(
            "The browser has not been asked yet whether this page may reach the local network.",
            seen_by="diagnose",
        ),
        # Something is at the address.
        "no_server": Kind("No Jupyter server of yours runs on this machine.", seen_by="check"),
        "unix_socket": Kind(
            "Your Jupyter server listens on a unix socket, which only a proxy can reach.",
            seen_by="check",
        ),
        "nothing_listens": Kind("Nothing answers at this address."),
        "ipv6_only": Kind(
            "The server listens on another address of the machine than the one that is asked.",
            seen_by="check",
        ),
        "wrong_scheme": Kind(
            "The address says http where the server speaks https, or the other way round."
        ),
        "certificate_untrusted": Kind("The server's certificate is not trusted."),
        "no_answer": Kind("Something takes connections at this address and does not answer."),
        "not_http": Kind("What answers at this address does not speak HTTP.", seen_by="check"),
        # Is it Jupyter, with this extension?
        "bad_gateway": Kind(
            "A proxy answers that cannot reach the server behind it.", seen_by="check"
        ),
        "redirected": Kind(
            "Something in front of the server redirects every request.", seen_by="check"
        ),
        "login_in_front": Kind(
            "Something in front of the server wants a login of its own.", seen_by="check"
        ),
        "wrong_base_url": Kind("The Jupyter server is there, but at another path."),
        "not_jupyter": Kind("What answers at this address is not a Jupyter server."),
        "host_refused": Kind(
            "Jupyter refuses requests whose Host is not a name of this machine.", seen_by="check"
        ),
        "old_jupyter_server": Kind(
            f"The Jupyter server is older than {OLDEST_JUPYTER_SERVER}, the oldest that will do.",
            seen_by="check",
        ),
        "extension_missing": Kind("The Jupyter server runs without this extension."),
        # Its settings.
        "config_unread": Kind(
            "A configuration file has an error, so that Jupyter leaves all of it out.",
            seen_by="check",
        ),
        "settings_invalid": Kind(
            "A setting of the server is wrong, and until it is fixed every other origin is refused."
        ),
        # What a proxy does to requests and answers.
        "origin_stripped": Kind(
            "A proxy takes the Origin off the requests, so that the server cannot tell who asks.",
            seen_by="check",
        ),
        "prefix_stripped": Kind(
            "A proxy takes the beginning off the path, so that the server is lost.",
            seen_by="check",
        ),
        "public_url_missing": Kind("Behind its proxy the server does not know its own address."),
        "public_url_wrong": Kind("The server believes it has another address than this one."),
        "restart_needed": Kind(
            "The configuration allows it, and the server that runs was started before.",
            seen_by="check",
        ),
        "insecure_origin": Kind(
            "The page came by http from another machine, and such origins are not allowed."
        ),
        "origin_not_listed": Kind("The server does not allow this origin."),
        "connect_off": Kind("Sites cannot ask for access: connecting is switched off.", "warning"),
        "connect_not_listed": Kind(
            "Only sites that the settings name can ask for access.", "warning", seen_by="check"
        ),
        "preflight_intercepted": Kind("A proxy answers preflights in the server's place."),
        "cors_twice": Kind(
            "CORS headers are added twice: by the server and by a proxy.", seen_by="check"
        ),
        "errors_replaced": Kind(
            "A proxy puts pages of its own in place of the server's refusals.", seen_by="check"
        ),
        "response_headers_stripped": Kind(
            "A proxy takes CORS headers off the answers.", seen_by="check"
        ),
        "authorization_stripped": Kind("A proxy takes the Authorization header off the requests."),
        "upgrade_dropped": Kind("A proxy does not let WebSockets through.", seen_by="check"),
        "protocol_stripped": Kind(
            "A proxy takes the subprotocols off WebSocket handshakes, and with them the token.",
            seen_by="check",
        ),
        "sockets_blocked": Kind("Requests get through, WebSockets do not."),
        "buffered": Kind(
            "A proxy holds back what goes over a WebSocket that is open.", seen_by="check"
        ),
        # The token.
        "authentication_off": Kind(
            "Authentication is switched off on the server, so that no token can be right."
        ),
        "no_token": Kind("No token was sent."),
        "unknown_token": Kind("The server does not accept the token."),
        "expired": Kind("The token has expired."),
        "revoked": Kind("The owner has revoked the token."),
        "not_yet_valid": Kind("The token is not good yet: a clock is wrong."),
        "wrong_origin": Kind("The token is good from another origin only."),
        "wrong_server": Kind("The token is good for another server of the same owner."),
        "registry_unavailable": Kind("The server cannot check grant tokens."),
        "scope_missing": Kind("The token was given for less than is needed."),
        "url_tokens": Kind(
            "Tokens in the address do not count, not even on WebSockets.", "warning", "check"
        ),
    }
)


def _code_of(reason: str) -> str:
    """Return the finding of a refused token: the same word, or the general one."""
    if reason == "key_unusable":
        return "registry_unavailable"
    return reason if reason in FINDINGS else "unknown_token"


#: The finding that a refusal stands for, by its error and reason. None where a client asked for
#: what nobody may have, which says nothing against the set-up.
OF_REFUSAL: Mapping[tuple[str, str], str | None] = MappingProxyType(
    {
        ("origin_refused", "origin_not_listed"): "origin_not_listed",
        ("origin_refused", "null_origin"): "null_origin",
        ("origin_refused", "malformed_origin"): "malformed_origin",
        ("origin_refused", "insecure_origin"): "insecure_origin",
        ("origin_refused", "settings_invalid"): "settings_invalid",
        ("missing_token", "no_token"): "no_token",
        ("missing_token", "cookie_ignored"): "no_token",
        ("missing_token", "unknown_scheme"): "no_token",
        ("missing_token", "authentication_off"): "authentication_off",
        ("token_in_url", "url_tokens"): "url_tokens",
        ("token_in_url", "token_in_body"): "no_token",
        ("invalid_token", "unknown_token"): "unknown_token",
        ("invalid_token", "not_given_to_site"): "unknown_token",
        ("invalid_token", "malformed_token"): "unknown_token",
        ("invalid_token", "token_not_proven"): "unknown_token",
        **{("invalid_token", reason): _code_of(reason) for reason in REASONS},
        ("insufficient_scope", "scope_missing"): "scope_missing",
        ("insufficient_scope", "folder_holds_secrets"): "scope_missing",
        ("insufficient_scope", "hidden_or_secret"): None,
        ("insufficient_scope", "out_of_reach"): None,
        ("not_across_origins", "no_login_check"): None,
        ("owner_only", "token_used"): None,
        ("owner_only", "not_navigated"): None,
    }
)


def make_finding(code: str, why: str, fix: str) -> Finding:
    """Return the finding of the table, with how it was told and what to write.

    Raises ``KeyError`` for a code that the table does not have.
    """
    kind = FINDINGS[code]
    return Finding(code, kind.severity, kind.what, why, fix)


def as_warning(finding: Finding) -> Finding:
    """Return a finding that keeps nobody out here."""
    return replace(finding, severity="warning")
