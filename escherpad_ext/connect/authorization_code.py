"""Authorization codes (RFC 6749, 4.1.2): what the owner approved, until the client redeems it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .expiring_store import ExpiringStore
from .programs import Program

CODE_SECONDS = 60.0
#: For how long a second use of a code still ends the grant that the first use made.
REDEEMED_SECONDS = 600.0
MAX_CODES = 1000


@dataclass(frozen=True)
class AuthorizationCode:
    """What a code stands for. ``scopes`` are names as they were requested.

    ``folder`` is the only folder that the owner allowed; None is all files. ``resource`` is the
    path at which alone the token is good, None is everywhere; ``resource_url`` is its address.
    ``program`` is the program that gets it, None for a site.
    """

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    lifetime_seconds: int
    code_challenge: str
    folder: str | None = None
    resource: str | None = None
    resource_url: str = ""
    program: Program | None = None


class AuthorizationCodes:
    """The codes that wait, and the grants of those that were redeemed."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._waiting = ExpiringStore[AuthorizationCode](
            timer, seconds=CODE_SECONDS, limit=MAX_CODES, makes_room=True
        )
        self._redeemed = ExpiringStore[str](
            timer, seconds=REDEEMED_SECONDS, limit=MAX_CODES, makes_room=True
        )

    def add(self, text: str, code: AuthorizationCode) -> None:
        """Keep what the owner approved under the code that the site gets."""
        self._waiting.put_as(text, code)

    def take(self, text: str) -> AuthorizationCode | None:
        """Return what a code stands for, once; None where it is unknown, used or expired."""
        return self._waiting.take(text)

    def set_grant(self, text: str, grant_id: str) -> None:
        """Remember which grant a code was redeemed for."""
        self._redeemed.put_as(text, grant_id)

    def grant_of(self, text: str) -> str | None:
        """Return the grant that a code was redeemed for, None where there is none."""
        return self._redeemed.get(text)

    def forget_grant(self, text: str) -> None:
        """Forget the grant, once it has ended."""
        self._redeemed.take(text)
