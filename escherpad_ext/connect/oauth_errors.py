"""Errors of OAuth that oauthlib does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oauthlib.common import Request
from oauthlib.oauth2 import OAuth2Error

if TYPE_CHECKING:
    from .authorization_code import AuthorizationCode
    from .device_codes import DeviceApproval


class InvalidTarget(OAuth2Error):  # noqa: N818 - as oauthlib has it
    """A token is asked for another resource than there is, or than the owner allowed.

    See RFC 8707, section 2.
    """

    error = "invalid_target"
    description = "The resource is not the one of the authorization request."


def check_resource(request: Request, approved: AuthorizationCode | DeviceApproval) -> None:
    """Raise InvalidTarget where a token request names another resource, for a token of one."""
    named = getattr(request, "resource", None)
    if approved.resource is not None and named and named.rstrip("/") != approved.resource_url:
        raise InvalidTarget(request=request)
