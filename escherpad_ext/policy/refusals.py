"""Why a request was not served: one value that the answer, the log and ``check`` read.

Nothing here knows of tornado; a refusal only *says* which status fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from .tokens import REASONS


@dataclass(frozen=True)
class Refusal:
    """A request that is not served, and why.

    ``error`` is the code a program switches on, ``reason`` the finer one, ``message`` a
    sentence for whoever writes the client; ``detail`` one for the owner's log, where there is more
    to say.
    """

    error: str
    reason: str
    message: str
    scope: str = ""
    detail: str = ""

    @property
    def status(self) -> int:
        """The HTTP status: 401 where a (better) token would help, else 403."""
        return STATUS[self.error]

    @property
    def challenge(self) -> str | None:
        """The ``WWW-Authenticate`` header (RFC 6750, section 3), or None where none is due."""
        if self.error in {"missing_token", "token_in_url"}:
            # "If the request lacks any authentication information […] the resource server
            # SHOULD NOT include an error code" (RFC 6750, section 3.1).
            return "Bearer"
        if self.error == "invalid_token":
            return f'Bearer error="invalid_token", error_description="{self.message}"'
        if self.error == "insufficient_scope":
            scope = f', scope="{self.scope}"' if self.scope else ""
            return f'Bearer error="insufficient_scope"{scope}'
        return None

    def as_json(self) -> dict[str, str]:
        """Return the body that goes over the wire."""
        body = {"error": self.error, "reason": self.reason, "message": self.message}
        return {**body, "scope": self.scope} if self.scope else body


STATUS = MappingProxyType(
    {
        "origin_refused": 403,
        "missing_token": 401,
        "invalid_token": 401,
        "token_in_url": 401,
        "insufficient_scope": 403,
        "not_across_origins": 403,
        "owner_only": 403,
    }
)

#: Every (error, reason) that can be answered, with the sentence a client's author reads.
MESSAGES = MappingProxyType(
    {
        ("origin_refused", "origin_not_listed"): (
            "This Jupyter server does not allow this origin."
        ),
        ("origin_refused", "null_origin"): (
            'The origin "null" (a file, a sandboxed frame, a data: URL) can never be allowed. '
            "Serve the page over https or from localhost."
        ),
        ("origin_refused", "malformed_origin"): (
            "The Origin header is not one that a browser sends."
        ),
        ("origin_refused", "insecure_origin"): (
            "This Jupyter server does not allow insecure (http) origins other than localhost. "
            "Serve the page over https."
        ),
        ("origin_refused", "settings_invalid"): (
            "This Jupyter server refuses all other origins until a mistake in its settings is "
            "fixed; its log names it."
        ),
        ("missing_token", "no_token"): (
            "Send the token in the header: Authorization: Bearer <token> "
            "(on a WebSocket, as the subprotocol v1.token.websocket.jupyter.org.<token>)."
        ),
        ("missing_token", "cookie_ignored"): (
            "Cookies do not count across origins. Send the token in the header: "
            "Authorization: Bearer <token>."
        ),
        ("missing_token", "unknown_scheme"): (
            "The Authorization header must read Bearer <token> or token <token>."
        ),
        ("missing_token", "authentication_off"): (
            "Authentication is switched off on this server, so no token can be right. Other "
            "origins need one: the owner has to set IdentityProvider.token."
        ),
        ("token_in_url", "url_tokens"): (
            "A token in the URL does not count here. Send it in the header: "
            "Authorization: Bearer <token> (on a WebSocket, as the subprotocol "
            "v1.token.websocket.jupyter.org.<token>)."
        ),
        ("token_in_url", "token_in_body"): (
            "A token in the body does not count. Send it in the header: "
            "Authorization: Bearer <token>."
        ),
        ("invalid_token", "unknown_token"): "The token is not one that this server accepts.",
        ("invalid_token", "not_given_to_site"): (
            "This site may use only the token that it received on the connect page."
        ),
        ("invalid_token", "malformed_token"): (
            "The token subprotocol must be offered once, its token percent-encoded."
        ),
        ("invalid_token", "token_not_proven"): (
            "This server's identity provider did not say that it was the token that identified "
            "the caller."
        ),
        **{("invalid_token", reason): message for reason, message in REASONS.items()},
        ("insufficient_scope", "scope_missing"): (
            "The token was given for less than this request needs; scope says what is missing."
        ),
        ("insufficient_scope", "folder_holds_secrets"): (
            "This server's folder holds Jupyter's own secrets, so that files are only for tokens "
            "that may run code anyway."
        ),
        ("insufficient_scope", "hidden_or_secret"): (
            "Hidden files, files outside the server's folder and Jupyter's own secrets are only "
            "for tokens that may run code anyway."
        ),
        ("insufficient_scope", "out_of_reach"): (
            "No grant token reaches this, whatever its scopes."
        ),
        ("not_across_origins", "no_login_check"): (
            "This address does not check who calls it, so it cannot be changed from another origin."
        ),
        ("owner_only", "token_used"): (
            "This page is for the server's owner, logged in with a browser. No token counts here."
        ),
        ("owner_only", "not_navigated"): (
            "Open this page directly in a tab; it can't be fetched, framed or submitted from "
            "elsewhere."
        ),
    }
)


def refuse(error: str, reason: str, *, scope: str = "", detail: str = "") -> Refusal:
    """Return the refusal of the table with its sentence.

    Raises ``KeyError`` for a pair that the table does not have.
    """
    return Refusal(error, reason, MESSAGES[error, reason], scope, detail)
