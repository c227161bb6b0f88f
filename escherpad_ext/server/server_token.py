"""The server's token: the identity provider says whose it is, and must prove that it looked at it.

A provider may identify callers by other things that come along unasked, such as the header of a
single-sign-on proxy or a client certificate. Across origins only the token counts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hmac import compare_digest
from inspect import isawaitable
from typing import NamedTuple

from jupyter_server.auth.identity import IdentityProvider, PasswordIdentityProvider, User
from jupyter_server.base.handlers import AuthenticatedHandler
from tornado.web import RequestHandler

from ..policy.refusals import Refusal, refuse
from .context import RequestContext
from .request_credentials import without_argument, without_authorization, without_known_user

# Their providers mark a request as token-authenticated only if they checked the token.
_TRUSTED_MODULES = ("jupyter_server.auth.", "jupyterhub.")
#: Where these very classes provide identities, the token is right if it is the provider's.
CORE = (IdentityProvider, PasswordIdentityProvider)

_MaybeUser = User | Awaitable[User | None] | None


class ProviderMethods(NamedTuple):
    """What an identity provider of class ``base`` does by itself."""

    base: type[IdentityProvider]
    get_user: Callable[[RequestHandler], _MaybeUser]
    generate_anonymous_user: Callable[[RequestHandler], User]
    is_token_authenticated: Callable[[RequestHandler], bool]
    should_check_origin: Callable[[RequestHandler], bool]

    @classmethod
    def of(cls, provider: IdentityProvider) -> ProviderMethods:
        """Return what a provider does now."""
        base = type(provider)
        return cls(
            base,
            _asking_handlers(provider.get_user) if base is IdentityProvider else provider.get_user,
            provider.generate_anonymous_user,
            provider.is_token_authenticated,
            provider.should_check_origin,
        )


def _asking_handlers(
    get_user: Callable[[RequestHandler], _MaybeUser],
) -> Callable[[RequestHandler], _MaybeUser]:
    """Do what core does for handlers from before identity providers, for the plain one only."""
    return lambda handler: (
        User(handler.get_current_user()) if _decides(handler) else get_user(handler)
    )


class ServerToken:
    """The kind of all tokens that no other kind recognises. See :class:`.token_kinds.TokenKind`.

    ``below`` is what the identity provider does by itself, without the rule in front of it.
    ``user_of`` returns who has a token that is right, for a provider that tells nobody apart.
    """

    is_grant = False

    def __init__(
        self,
        provider: IdentityProvider,
        below: ProviderMethods,
        user_of: Callable[[RequestHandler, str], User],
    ) -> None:
        self._provider = provider
        self._below = below
        self._compares = below.base in CORE
        self._asks_handlers = below.base is IdentityProvider
        # A login handler of the older kind decides in its provider's place.
        deciding = (below.base, provider.login_handler_class)
        self._is_trusted = all(each.__module__.startswith(_TRUSTED_MODULES) for each in deciding)
        self._user_of = user_of

    def recognises(self, token: str) -> bool:
        """Return True: the provider knows whether a token is right."""
        return True

    async def authenticate(
        self, handler: RequestHandler, context: RequestContext
    ) -> User | Refusal:
        """Return who the provider says the caller is, or why the request is refused."""
        if not self._provider.auth_enabled:
            return refuse("missing_token", "authentication_off")
        if self._compares and not self._is_decided_by(handler):
            return self._compare(handler, context)
        # It was removed if a handler asks a second time.
        headers = handler.request.headers
        headers.setdefault("Authorization", f"Bearer {context.presented.token}")
        with without_argument(handler.request, "token"):
            user = await self._ask_with_either_scheme(handler, context)
            proven = user is not None and await self._is_proven(handler, user)
        if user is None:
            return refuse("invalid_token", "unknown_token")
        return user if proven else refuse("invalid_token", "token_not_proven")

    def _is_decided_by(self, handler: RequestHandler) -> bool:
        """Return whether a handler says by itself who the caller is, as core lets it."""
        return self._asks_handlers and _decides(handler)

    def _compare(self, handler: RequestHandler, context: RequestContext) -> User | Refusal:
        """Compare as Jupyter Server does. It would then also sign a cookie that nobody gets."""
        own, token = self._provider.token, context.presented.token or ""
        if own and compare_digest(_as_bytes(own), _as_bytes(token)):
            return self._user_of(handler, token)
        return refuse("invalid_token", "unknown_token")

    async def _ask(self, handler: RequestHandler) -> User | None:
        user = self._below.get_user(handler)
        return await user if isawaitable(user) else user

    async def _ask_with_either_scheme(
        self, handler: RequestHandler, context: RequestContext
    ) -> User | None:
        """Ask with the scheme of the request, then the other: some providers know only one."""
        user = await self._ask(handler)
        if user is not None:
            return user
        headers = handler.request.headers
        came = headers["Authorization"]
        other = "token" if came.lower().startswith("bearer") else "Bearer"
        headers["Authorization"] = f"{other} {context.presented.token}"
        user = await self._ask(handler)
        if user is None:
            headers["Authorization"] = came
        return user

    async def _is_proven(self, handler: RequestHandler, user: User) -> bool:
        """Return whether the token identified the caller.

        A trusted provider says so itself. Any other one, and a handler that decides, is asked again
        without the token, and must then identify nobody: the word of either could come from
        something other than the token.
        """
        if self._is_trusted and not self._is_decided_by(handler):
            try:
                handler.current_user = user
                if self._below.is_token_authenticated(handler):
                    return True
            finally:
                handler.current_user = None  # an error page must not show a logged-in user
        with without_authorization(handler.request), without_known_user(handler):
            return await self._ask(handler) is None


def _decides(handler: RequestHandler) -> bool:
    """Return whether a handler would say by itself who the caller is."""
    return type(handler).get_current_user is not AuthenticatedHandler.get_current_user


def _as_bytes(token: str) -> bytes:
    return token.encode("utf-8", "surrogatepass")
