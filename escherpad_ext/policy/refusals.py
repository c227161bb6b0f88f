"""Why a request was not served: one value that the answer, the log and ``check`` read.

Nothing here knows of tornado; a refusal only *says* which status fits.
"""

from __future__ import annotations

from typing import NamedTuple

from .refusal_table import REFUSALS, STATUS


class Refusal(NamedTuple):
    """A request that is not served, and why.

    ``error`` is the code a program switches on, ``reason`` the finer one, ``message`` a
    sentence for whoever writes the client; ``detail`` one for the owner's log, where there is more
    to say. ``retry_seconds`` is how long to wait before the next request, 0 if there is no limit.
    ``resource_metadata`` is where a program learns how to ask for a token (RFC 9728), empty
    elsewhere.
    """

    error: str
    reason: str
    message: str
    scope: str = ""
    detail: str = ""
    retry_seconds: int = 0
    resource_metadata: str = ""

    @property
    def status(self) -> int:
        """The HTTP status: 401 where a (better) token would help, 429 after too many, else 403."""
        return STATUS[self.error]

    @property
    def challenge(self) -> str | None:
        """The ``WWW-Authenticate`` header (RFC 6750, section 3), or None where none is due."""
        parameters = []
        if self.error in {"invalid_token", "insufficient_scope"}:
            parameters.append(f'error="{self.error}"')
        elif self.error not in {"missing_token", "token_in_url"}:
            return None
        # "If the request lacks any authentication information […] the resource server SHOULD NOT
        # include an error code" (RFC 6750, section 3.1).
        if self.error == "invalid_token":
            parameters.append(f'error_description="{self.message}"')
        if self.scope:
            parameters.append(f'scope="{self.scope}"')
        if self.resource_metadata:
            parameters.append(f'resource_metadata="{self.resource_metadata}"')
        return f"Bearer {', '.join(parameters)}" if parameters else "Bearer"

    @property
    def says_ended(self) -> bool:
        """Whether a token is no good any more, and not just the registry unreadable."""
        return self.error == "invalid_token" and self.reason != "registry_unavailable"

    def as_json(self) -> dict[str, str]:
        """Return the body that goes over the wire."""
        body = {"error": self.error, "reason": self.reason, "message": self.message}
        return {**body, "scope": self.scope} if self.scope else body


def refuse(error: str, reason: str, *, scope: str = "", detail: str = "") -> Refusal:
    """Return the refusal of the table with its sentence.

    Raises ``KeyError`` for a pair that the table does not have.
    """
    return Refusal(error, reason, REFUSALS[error, reason].sentence, scope, detail)
