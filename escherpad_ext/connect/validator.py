"""What oauthlib asks while it runs the protocol: who a client is, what a code is good for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from oauthlib.common import Request
from oauthlib.oauth2 import RequestValidator

from ..errors import ConnectError, UnknownScope
from ..policy.scopes import expand
from .clients import check_redirect_uri, client_origin
from .expiring_store import ExpiringStore

CODE_SECONDS = 60.0
#: For how long a second use of a code still ends what the first one gave.
SPENT_SECONDS = 600.0
MAX_CODES = 1000


@dataclass(frozen=True)
class Client:
    """As oauthlib wants to have it."""

    client_id: str


@dataclass(frozen=True)
class AuthorizationCode:
    """What the owner said yes to; it waits for its code. ``scopes`` are names as asked for."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    lifetime_seconds: int
    code_challenge: str


#: Makes a grant, and returns its id and its token.
Give = Callable[[AuthorizationCode], tuple[str, str]]
#: Ends the grant of an id.
End = Callable[[str], None]
#: Ends the grant of a token, if that was given to this origin.
EndToken = Callable[[str, str], None]


class Validator(RequestValidator):
    """Knows what is approved, what a code is good for, and that it is good once."""

    def __init__(
        self, clock: Callable[[], float], *, give: Give, end: End, end_token: EndToken
    ) -> None:
        self._give = give
        self._end = end
        self._end_token = end_token
        self._codes = ExpiringStore[AuthorizationCode](
            clock, seconds=CODE_SECONDS, limit=MAX_CODES, makes_room=True
        )
        self._spent = ExpiringStore[str](
            clock, seconds=SPENT_SECONDS, limit=MAX_CODES, makes_room=True
        )

    # The authorization request

    def validate_client_id(self, client_id: str, request: Request, *_: Any) -> bool:
        """Return whether it names an origin: then it is a client."""
        try:
            client_origin(client_id)
        except ConnectError:
            return False
        return True

    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: Request, *_: Any
    ) -> bool:
        """Return whether it is a page of the client."""
        try:
            check_redirect_uri(redirect_uri, client_origin(client_id))
        except ConnectError:
            return False
        return True

    def get_default_redirect_uri(self, client_id: str, request: Request, *_: Any) -> str:
        """Return none: where to go back to must be said."""
        return ""

    def validate_response_type(
        self, client_id: str, response_type: str, client: object, request: Request, *_: Any
    ) -> bool:
        """Return whether a code is asked for."""
        return response_type == "code"

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        """Return that it is, always."""
        return True

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: object, request: Request, *_: Any
    ) -> bool:
        """Return whether there are some, and all are known."""
        try:
            expand(scopes)
        except UnknownScope:
            return False
        return True

    def get_default_scopes(self, client_id: str, request: Request, *_: Any) -> list[str]:
        """Return none: what is asked for must be said."""
        return []

    def save_authorization_code(self, client_id: str, code: Any, request: Request, *_: Any) -> None:
        """Keep what was approved until its code comes back."""
        approved = AuthorizationCode(
            client_id=client_id,
            redirect_uri=request.redirect_uri,
            scopes=tuple(request.scopes),
            lifetime_seconds=request.lifetime_seconds,
            code_challenge=request.code_challenge,
        )
        self._codes.put_as(code["code"], approved)

    # The token request

    def client_authentication_required(self, request: Request, *_: Any) -> bool:
        """Return that it is not: pages can keep no secret."""
        return False

    def authenticate_client_id(self, client_id: str, request: Request, *_: Any) -> bool:
        """Return whether the request comes from the client: its browser says from where."""
        request.client = Client(f"{request.headers.get('Origin', '')}/")
        return client_id == request.client.client_id and self.validate_client_id(client_id, request)

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: object, request: Request, *_: Any
    ) -> bool:
        """Return whether it is the one that there is."""
        return grant_type == "authorization_code"

    def spend_code(self, request: Request) -> dict[str, object]:
        """Take what a code stands for, before anything else of the request is looked at.

        Right or wrong, it was the only attempt. A second one, whoever makes it, ends what the
        first one gave: one of the two has stolen it (RFC 6749, 4.1.2).
        """
        request.approved = self._codes.take(request.code)
        given = self._spent.get(request.code)
        if given is not None:
            self._end(given)
            self._spent.take(request.code)
        return {}

    def validate_code(
        self, client_id: str, code: str, client: object, request: Request, *_: Any
    ) -> bool:
        """Return whether the code is good for this client."""
        approved: AuthorizationCode | None = request.approved
        if approved is None or approved.client_id != client_id:
            return False
        request.scopes = list(approved.scopes)
        return True

    def get_code_challenge(self, code: str, request: Request) -> str:
        """Return what the verifier must hash to."""
        challenge: str = request.approved.code_challenge
        return challenge

    def get_code_challenge_method(self, code: str, request: Request) -> str:
        """Return the only method."""
        return "S256"

    def confirm_redirect_uri(
        self,
        client_id: str,
        code: str,
        redirect_uri: str,
        client: object,
        request: Request,
        *_: Any,
    ) -> bool:
        """Return whether it is the one that the code was sent to."""
        same: bool = redirect_uri == request.approved.redirect_uri
        return same

    def give_token(self, request: Request) -> str:
        """Return the token of a new grant, for a token request that is right."""
        grant_id, token = self._give(request.approved)
        self._spent.put_as(request.code, grant_id)
        return token

    def save_token(self, token: object, request: Request, *_: Any) -> None:
        """Do nothing: the grant is in the registry."""

    def invalidate_authorization_code(
        self, client_id: str, code: str, request: Request, *_: Any
    ) -> None:
        """Do nothing: `spend_code` did."""

    # The revocation request

    def revoke_token(self, token: str, token_type_hint: str, request: Request, *_: Any) -> None:
        """End the token's grant, if the token is this client's."""
        self._end_token(token, request.headers["Origin"])
