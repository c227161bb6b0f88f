"""The table of findings: everything that can be wrong between a page and a server.

``jupyter escherpad check``, ``diagnose`` of ``connect.js`` and docs/check.md use these codes.
If the server itself says why it refuses, the finding follows from its reason
(:mod:`.finding_of_refusal`). Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

Severity = Literal["error", "warning"]
#: Which tool can find it: the command, a page in a browser, or both.
Seer = Literal["check", "diagnose", "both"]

#: Older ones are not supported; the same as in pyproject.toml.
OLDEST_JUPYTER_SERVER = "2.17"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    ``what`` is the sentence of the table, ``why`` is the evidence, and ``fix`` is exactly what to
    write or run. Its lines that begin with ``#`` say where, or what to do next.
    """

    code: str
    severity: Severity
    what: str
    why: str
    fix: str

    def as_json(self) -> dict[str, str]:
        """Return the same members that ``diagnose`` of ``connect.js`` returns."""
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


#: Every code, in the order in which a request can fail.
FINDINGS: Mapping[str, Kind] = MappingProxyType(
    {
        # The page and the address, before anything is asked.
        "malformed_origin": Kind("This is not an origin.", seen_by="check"),
        "null_origin": Kind('The origin "null" can never be allowed.'),
        "insecure_page": Kind(
            "The page is not on https or localhost. "
            "Browsers allow this only for such secure pages.",
            seen_by="diagnose",
        ),
        "mixed_content": Kind(
            "A page on https cannot call a server on http, "
            "unless the server is on the same machine."
        ),
        "blocked_by_page": Kind(
            "The page's own Content-Security-Policy blocks requests to this address.",
            seen_by="diagnose",
        ),
        "local_network_denied": Kind(
            "The browser denies this page access to the local network.",
            seen_by="diagnose",
        ),
        "local_network_not_asked": Kind(
            "This page does not have the browser's permission to access the local network yet.",
            seen_by="diagnose",
        ),
        # Something is at the address.
        "no_server": Kind(
            "None of your Jupyter servers is running on this machine.", seen_by="check"
        ),
        "unix_socket": Kind(
            "Your Jupyter server listens on a unix socket, which only a proxy can reach.",
            seen_by="check",
        ),
        "nothing_listens": Kind("Nothing answers at this address."),
        "ipv6_only": Kind(
            "The server listens on a different IP address of the machine.",
            seen_by="check",
        ),
        "wrong_scheme": Kind(
            "The address says http, but the server speaks https, or the other way round."
        ),
        "certificate_untrusted": Kind("The server's certificate is not trusted."),
        "no_answer": Kind("Something at this address accepts connections but does not answer."),
        "not_http": Kind("What answers at this address does not speak HTTP.", seen_by="check"),
        # Is it Jupyter, with this extension?
        "bad_gateway": Kind(
            "A proxy answers, but it cannot reach the server behind it.", seen_by="check"
        ),
        "redirected": Kind(
            "Something in front of the server redirects every request.", seen_by="check"
        ),
        "login_in_front": Kind(
            "Something in front of the server asks for its own login.", seen_by="check"
        ),
        "tunnel_login": Kind("A tunnel asks for its own login before anything reaches the server."),
        "hub_address": Kind("This is the address of a JupyterHub, not of a Jupyter server on it."),
        "server_not_running": Kind("This server of the JupyterHub is not running."),
        "wrong_base_url": Kind("The Jupyter server is at a different path."),
        "not_jupyter": Kind("What answers at this address is not a Jupyter server."),
        "gateway_itself": Kind(
            "This is a Kernel Gateway or an Enterprise Gateway, which is not a Jupyter server."
        ),
        "host_refused": Kind("The server refuses the Host header of the requests."),
        "old_jupyter_server": Kind(
            f"The Jupyter server is older than {OLDEST_JUPYTER_SERVER}, "
            "the oldest supported version.",
            seen_by="check",
        ),
        "browser_answered_differently": Kind(
            "Something in front of the server answers browsers with a page of its own."
        ),
        "extension_missing": Kind("The Jupyter server runs without escherpad-ext."),
        # Its settings.
        "config_unread": Kind(
            "A configuration file has an error, so Jupyter ignores the whole file.",
            seen_by="check",
        ),
        "config_file_not_read": Kind(
            "A file has settings for the server, but Jupyter does not read them from that file.",
            seen_by="check",
        ),
        "settings_invalid": Kind(
            "A setting of the server is wrong. All other origins are refused until it is fixed."
        ),
        # What a proxy does to requests and answers.
        "origin_rewritten": Kind(
            "Something in front of the server puts another value into the Origin header.",
            seen_by="check",
        ),
        "origin_stripped": Kind(
            "A proxy removes the Origin header, "
            "so the server does not know which site sent a request.",
            seen_by="check",
        ),
        "prefix_stripped": Kind(
            "A proxy removes the beginning of the path, which the server needs.",
            seen_by="check",
        ),
        "public_url_missing": Kind(
            "The server is behind a proxy and does not know its own address."
        ),
        "public_url_wrong": Kind("The server's public_url is not this address."),
        "restart_needed": Kind(
            "The configuration allows this origin, but the server was started before the change.",
            seen_by="check",
        ),
        "legacy_origins_lost": Kind(
            "Jupyter's own settings allow this origin, but allowed_origins does not and wins.",
            seen_by="check",
        ),
        "insecure_origin": Kind(
            "The page was loaded over http from another machine, and such origins are not allowed."
        ),
        "origin_not_listed": Kind("The server does not allow this origin."),
        "connect_off": Kind("Sites cannot ask for access: connecting is switched off.", "warning"),
        "connect_not_listed": Kind(
            "Only sites that are listed in the settings can ask for access.",
            "warning",
            seen_by="check",
        ),
        "preflight_intercepted": Kind("A proxy answers preflight requests instead of the server."),
        "methods_refused": Kind("A proxy refuses requests that change something.", seen_by="check"),
        "cors_twice": Kind("CORS headers are added twice, by the server and by a proxy."),
        "errors_replaced": Kind(
            "A proxy replaces the server's error responses with its own pages."
        ),
        "response_headers_stripped": Kind(
            "A proxy removes CORS headers from the server's answers.", seen_by="check"
        ),
        "authorization_stripped": Kind("A proxy removes the Authorization header from requests."),
        "programs_off": Kind(
            "Programs cannot ask for access: that is switched off.", "warning", seen_by="check"
        ),
        "challenge_stripped": Kind(
            "A proxy does not tell programs where they can ask for access.", seen_by="check"
        ),
        "documents_blocked": Kind(
            "A proxy does not pass on the addresses where programs read how to ask for access.",
            seen_by="check",
        ),
        "upgrade_dropped": Kind("A proxy does not pass on WebSocket handshakes.", seen_by="check"),
        "protocol_stripped": Kind(
            "A proxy removes the subprotocols from WebSocket handshakes, and the token with them.",
            seen_by="check",
        ),
        "sockets_blocked": Kind("HTTP requests reach the server, but WebSockets do not."),
        "buffered": Kind("A proxy holds back messages on open WebSockets.", seen_by="check"),
        # The token.
        "authentication_off": Kind(
            "Authentication is switched off on the server, so no token can be valid."
        ),
        "no_token": Kind("No token was sent."),
        "unknown_token": Kind("The server does not accept the token."),
        "expired": Kind("The token has expired."),
        "revoked": Kind("The owner has revoked the token."),
        "not_yet_valid": Kind("The token is not valid yet, because a clock is wrong."),
        "wrong_origin": Kind("The token is valid only for another origin."),
        "wrong_server": Kind("The token is valid only for another server of the same owner."),
        "registry_unavailable": Kind("The server cannot check grant tokens."),
        "scope_unknown": Kind("The server does not have this scope.", seen_by="check"),
        "scope_missing": Kind("The token does not have all scopes that the site needs."),
        "url_tokens": Kind(
            "Tokens in URLs are not accepted, not even for WebSockets.", "warning", "check"
        ),
    }
)


def make_finding(code: str, why: str, fix: str) -> Finding:
    """Return a finding of the table, with its evidence and its fix.

    Raises ``KeyError`` for a code that the table does not have.
    """
    kind = FINDINGS[code]
    return Finding(code, kind.severity, kind.what, why, fix)


def as_warning(finding: Finding) -> Finding:
    """Return the finding as a warning, where it blocks nothing."""
    return replace(finding, severity="warning")
