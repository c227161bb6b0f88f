"""Errors of OAuth that oauthlib does not have."""

from __future__ import annotations

from oauthlib.oauth2 import OAuth2Error


class InvalidTarget(OAuth2Error):  # noqa: N818 - as oauthlib has it
    """A token is asked for another resource than there is, or than the owner allowed.

    See RFC 8707, section 2.
    """

    error = "invalid_target"
    description = "The resource is not the one of the authorization request."
