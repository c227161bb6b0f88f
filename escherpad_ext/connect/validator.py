"""What oauthlib asks while it runs the protocol: who the client is, whether a code is valid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oauthlib.common import Request
from oauthlib.oauth2 import InvalidClientError, RequestValidator

from ..errors import UnknownScope
from ..policy.scopes import expand
from .app_grants import AppGrants
from .authorization_code import AuthorizationCode, AuthorizationCodes
from .client_ids import check_redirect, destination, read_client
from .device_codes import DeviceApproval, DeviceCodes
from .device_flow import poll_error
from .device_request import is_device_client, program_id
from .metadata import DEVICE_CODE_GRANT
from .oauth_client import Client, is_from_program
from .oauth_errors import check_resource
from .problems import ConnectError


class Validator(RequestValidator):
    """Checks requests, keeps the codes, and issues grants for them."""

    def __init__(
        self, app_grants: AppGrants, timer: Callable[[], float], device_codes: DeviceCodes
    ) -> None:
        self._app_grants = app_grants
        self._device_codes = device_codes
        self._codes = AuthorizationCodes(timer)

    # The authorization request

    def validate_client_id(self, client_id: str, request: Request, *_: Any) -> bool:
        """Return whether it names a site or a program. The page has verified which program."""
        if is_device_client(client_id):
            return True
        try:
            read_client(client_id)
        except ConnectError:
            return False
        return True

    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: Request, *_: Any
    ) -> bool:
        """Return whether the client's answer may go there."""
        try:
            check_redirect(redirect_uri, read_client(client_id))
        except ConnectError:
            return False
        return True

    def get_default_redirect_uri(self, client_id: str, request: Request, *_: Any) -> str:
        """Return none: the request must name its redirect_uri."""
        return ""

    def validate_response_type(
        self, client_id: str, response_type: str, client: object, request: Request, *_: Any
    ) -> bool:
        """Return whether a code is requested."""
        return response_type == "code"

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        """Return True: PKCE is always required."""
        return True

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: object, request: Request, *_: Any
    ) -> bool:
        """Return whether there are scopes, all of them known."""
        try:
            expand(scopes, self._app_grants.scopes_of_paths)
        except UnknownScope:
            return False
        return True

    def get_default_scopes(self, client_id: str, request: Request, *_: Any) -> list[str]:
        """Return none: the request must name its scopes."""
        return []

    def save_authorization_code(self, client_id: str, code: Any, request: Request, *_: Any) -> None:
        """Keep what was approved until the code is redeemed."""
        approved = AuthorizationCode(
            client_id=client_id,
            redirect_uri=request.redirect_uri,
            scopes=tuple(request.scopes),
            lifetime_seconds=request.lifetime_seconds,
            code_challenge=request.code_challenge,
            folder=request.folder,
            resource=request.audience_path,
            resource_url=f"{request.issuer}{request.audience_path or ''}",
            program=request.program,
        )
        self._codes.add(code["code"], approved)

    # The token request

    def client_authentication_required(self, request: Request, *_: Any) -> bool:
        """Return False: neither a page nor a program can keep a secret."""
        return False

    def authenticate_client_id(self, client_id: str, request: Request, *_: Any) -> bool:
        """Return whether the request comes from a page of the client, by its ``Origin``.

        A program's comes from no page at all.
        """
        if program_id(client_id) is not None:
            request.client = Client(client_id)
            return is_from_program(request)
        request.client = Client(f"{request.headers.get('Origin', '')}/")
        return client_id == request.client.client_id and self.validate_client_id(client_id, request)

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: object, request: Request, *_: Any
    ) -> bool:
        """Return whether this kind of client uses that grant."""
        if grant_type == DEVICE_CODE_GRANT:
            return program_id(client_id) is not None
        return grant_type == "authorization_code" and not is_device_client(client_id)

    def use_code(self, request: Request) -> dict[str, object]:
        """Use a code up, before anything else in the request is checked.

        A code is good for one attempt, successful or not. A second attempt ends the grant of the
        first: one of the two callers has stolen the code (RFC 6749, 4.1.2).
        """
        request.authorization_code = self._codes.take(request.code)
        grant_id = self._codes.grant_of(request.code)
        if grant_id is not None:
            self._app_grants.end(grant_id)
            self._codes.forget_grant(request.code)
        return {}

    def validate_code(
        self, client_id: str, code: str, client: object, request: Request, *_: Any
    ) -> bool:
        """Return whether the code was issued to this client."""
        approved: AuthorizationCode | None = request.authorization_code
        if approved is None or approved.client_id != client_id:
            return False
        goes_to = destination(read_client(client_id), approved.redirect_uri)
        if self._app_grants.is_blocked(str(goes_to)):  # since Allow was pressed
            return False
        check_resource(request, approved)
        request.scopes = list(approved.scopes)
        if approved.folder is not None:  # a member of the answer
            request.extra_credentials = {"folder": approved.folder}
        return True

    def use_device_code(self, request: Request) -> None:
        """Read what the owner decided about a device code. Raises an error of RFC 8628, 3.5.

        As with other codes, a second use ends the grant of the first.
        """
        client_id = request.client_id or ""
        if not self.authenticate_client_id(client_id, request):
            raise InvalidClientError(request=request)
        polled = self._device_codes.poll(request.device_code or "", client_id)
        if polled.grant_id is not None:
            self._app_grants.end(polled.grant_id)
        if polled.approval is None:
            raise poll_error(polled.status, request)
        check_resource(request, polled.approval)
        request.authorization_code = polled.approval
        request.scopes = list(polled.approval.scopes)
        if polled.approval.folder is not None:
            request.extra_credentials = {"folder": polled.approval.folder}

    def authenticate_client(self, request: Request, *_: Any) -> bool:
        """Return whether it is a program, for versions of oauthlib that ask in this way."""
        return self.authenticate_client_id(request.client_id, request)

    def validate_device_code(self, client_id: str, code: str, request: Request, *_: Any) -> str:
        """Return that it is approved: `use_device_code` has read it."""
        return "authorized"

    def get_code_challenge(self, code: str, request: Request) -> str:
        """Return the challenge that the verifier must match."""
        challenge: str = request.authorization_code.code_challenge
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
        """Return whether it is the one of the authorization request."""
        same: bool = redirect_uri == request.authorization_code.redirect_uri
        return same

    def issue_token(self, request: Request) -> str:
        """Return the token of a new grant, for a valid token request."""
        approved: AuthorizationCode | DeviceApproval = request.authorization_code
        if isinstance(approved, DeviceApproval):
            grant_id, token = self._app_grants.issue_to_program(approved)
            self._device_codes.set_grant(approved, grant_id)
            return token
        grant_id, token = self._app_grants.issue(approved)
        self._codes.set_grant(request.code, grant_id)
        return token

    def save_token(self, token: object, request: Request, *_: Any) -> None:
        """End the grants that the new one replaces. The new one is in the registry already."""
        if program_id(request.client_id) is not None:
            return
        origin = request.headers["Origin"]
        token = getattr(request, "previous_token", None)
        grant_id = getattr(request, "previous_grant", None)
        if token:
            self._app_grants.end_replaced(token, origin)
        if grant_id:
            self._app_grants.end_earlier(grant_id, origin)

    def invalidate_authorization_code(
        self, client_id: str, code: str, request: Request, *_: Any
    ) -> None:
        """Do nothing: `use_code` has used it up."""

    # The revocation request

    def revoke_token(self, token: str, token_type_hint: str, request: Request, *_: Any) -> None:
        """End the grant of a token that belongs to this client."""
        program = program_id(request.client_id)
        if program is None:
            self._app_grants.end_token(token, request.headers["Origin"])
        else:
            self._app_grants.end_token_of_program(token, program)
