"""Identity providers and authorizers as other people write them."""

from __future__ import annotations

import re
from typing import Any

from jupyter_server.auth import Authorizer, IdentityProvider, User
from jupyter_server.auth.login import LegacyLoginHandler
from tornado.web import HTTPError, RequestHandler

HEADER_TOKEN = "the-provider's-own-token"


class RemoteUser(IdentityProvider):
    """Believes a header that a single-sign-on proxy adds to every request."""

    async def get_user(self, handler: RequestHandler) -> User | None:  # type: ignore[override]
        name = handler.request.headers.get("X-Remote-User")
        return User(username=name) if name else None


class RemoteUserOrToken(RemoteUser):
    """Believes the proxy, and else the server's token."""

    async def get_user(self, handler: RequestHandler) -> User | None:  # type: ignore[override]
        user = await super().get_user(handler)
        return user or await IdentityProvider._get_user(self, handler)


class OwnTokens(IdentityProvider):
    """Knows tokens of its own in the header, and does not say that it was one; synchronous."""

    def get_user(self, handler: RequestHandler) -> User | None:
        found = re.fullmatch(
            r"(?:token|bearer) (.+)",
            handler.request.headers.get("Authorization", ""),
            re.IGNORECASE,
        )
        return User(username="ana") if found and found[1] == HEADER_TOKEN else None


class Everybody(IdentityProvider):
    """Knows everybody who comes."""

    def get_user(self, handler: RequestHandler) -> User | None:
        return User(username="everybody")


class Liar(Everybody):
    """Knows everybody, and says that everybody had a token."""

    def is_token_authenticated(self, handler: RequestHandler) -> bool:
        return True


class Raising(IdentityProvider):
    """Refuses in its own way."""

    async def get_user(self, handler: RequestHandler) -> User | None:  # type: ignore[override]
        raise HTTPError(403, "not you")


class Failing(IdentityProvider):
    """Has a mistake in it."""

    async def get_user(self, handler: RequestHandler) -> User | None:  # type: ignore[override]
        raise RuntimeError("a mistake")


class FromUrl(IdentityProvider):
    """Reads a token of the URL by itself, under another name."""

    async def get_user(self, handler: RequestHandler) -> User | None:  # type: ignore[override]
        given = handler.get_argument("access", "")
        return User(username="ana") if given == HEADER_TOKEN else None


class CustomLogin(LegacyLoginHandler):
    """A login handler from before identity providers."""

    @classmethod
    def get_user(cls, handler: Any) -> str | None:
        return super().get_user(handler) and "legacy-ana"


class DenyWrites(Authorizer):
    """Lets everybody read, and nobody write."""

    def is_authorized(self, handler: Any, user: User, action: str, resource: str) -> bool:
        return action == "read"


class LoginThatCallsItAToken(LegacyLoginHandler):
    """Takes the person from a proxy's header, as people did before there were providers."""

    @classmethod
    def get_user(cls, handler: Any) -> str | None:
        found: str | None = handler.request.headers.get("X-Remote-User")
        handler._token_authenticated = found is not None
        return found


class RemoteUserThatCallsItAToken(RemoteUser):
    """Takes the person from a proxy's header, and marks every request as one with a token."""

    async def get_user(self, handler: RequestHandler) -> User | None:
        user = await super().get_user(handler)
        handler._token_authenticated = user is not None  # type: ignore[attr-defined]
        return user
