"""The device flow (RFC 8628) in oauthlib's terms: the first request, and the errors of a poll."""

from __future__ import annotations

import json

from oauthlib.common import Request, extract_params
from oauthlib.oauth2 import (
    DeviceAuthorizationEndpoint,
    DeviceCodeGrant,
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
    RequestValidator,
)
from oauthlib.oauth2.rfc8628.errors import (
    AccessDenied,
    AuthorizationPendingError,
    ExpiredTokenError,
    SlowDownError,
)

from ..policy.resource_paths import ResourcePaths
from . import paths
from .device_codes import CODE_SECONDS, INTERVAL_SECONDS, DeviceCodes, shown_user_code
from .device_request import DeviceRequest
from .oauth_errors import InvalidTarget
from .problems import ConnectError

_ERRORS: dict[str, tuple[type[OAuth2Error], str]] = {
    "authorization_pending": (
        AuthorizationPendingError,
        "The owner of the server has not decided yet.",
    ),
    "slow_down": (SlowDownError, "Wait five seconds longer between two requests."),
    "expired_token": (ExpiredTokenError, "The code is too old, or the server was restarted."),
    "access_denied": (AccessDenied, "The owner of the server said no."),
}


_OF_PROBLEMS: dict[str, type[OAuth2Error]] = {
    "scope": InvalidScopeError,
    "resource": InvalidTarget,
}


class DeviceGrant(DeviceCodeGrant):
    """The device code grant, without refresh tokens."""

    refresh_token = False


def poll_error(status: str, request: Request) -> OAuth2Error:
    """Return the error of a poll that gives no token."""
    kind, description = _ERRORS.get(
        status, (InvalidGrantError, "The device code is not valid, or was used before.")
    )
    return kind(description=description, request=request)


def start_device_flow(
    codes: DeviceCodes,
    validator: RequestValidator,
    call: tuple[str, str, str, dict[str, str]],
    *,
    issuer: str,
    address: str,
    resource_paths: ResourcePaths,
) -> tuple[dict[str, str], str, int]:
    """Return the answer to a device authorization request, which ``call`` is for oauthlib.

    Raises an OAuth2Error for a request that is not valid.
    """
    endpoint = DeviceAuthorizationEndpoint(
        validator,
        f"{issuer}/{paths.DEVICE}",
        expires_in=int(CODE_SECONDS),
        interval=INTERVAL_SECONDS,
    )
    request = _parse(call[2], issuer=issuer, address=address, resource_paths=resource_paths)
    _, answer, status = endpoint.create_device_authorization_response(*call)
    device_code, user_code = codes.start(request)
    answer |= {"device_code": device_code, "user_code": shown_user_code(user_code)}
    return {"Content-Type": "application/json"}, json.dumps(answer), status


def _parse(body: str, *, issuer: str, address: str, resource_paths: ResourcePaths) -> DeviceRequest:
    fields = dict(extract_params(body) or ())
    try:
        return DeviceRequest.parse(fields, issuer=issuer, address=address, paths=resource_paths)
    except ConnectError as error:
        kind = _OF_PROBLEMS.get(error.code, InvalidRequestError)
        raise kind(description=error.sentence.replace('"', "'")) from None
