"""The paths of the OAuth server's endpoints and of the owner's pages, below the base URL."""

from __future__ import annotations

AUTHORIZATION_SERVER_METADATA = ".well-known/oauth-authorization-server"
PROTECTED_RESOURCE_METADATA = ".well-known/oauth-protected-resource"
OPENID_CONFIGURATION = ".well-known/openid-configuration"
KEYS = "escherpad/keys"
AUTHORIZE = "escherpad/authorize"
TOKEN = "escherpad/token"  # noqa: S105  (a path)
REVOKE = "escherpad/revoke"
GRANT = "escherpad/grant"
DEVICE_AUTHORIZATION = "escherpad/device_authorization"
DEVICE = "escherpad/device"
REGISTER = "escherpad/register"
OPEN = "escherpad/open"
CONNECTED_APPS = "escherpad/"
APP = "escherpad/app"
APPS = "escherpad/apps"
LIVE = "escherpad/live"
STATIC = "escherpad/static/"
#: The owner's pages. Each decides by itself how it may be opened.
OWNER_PAGES = (AUTHORIZE, DEVICE, OPEN, CONNECTED_APPS, APP, LIVE)
