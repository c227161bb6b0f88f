"""The rule on the side of identity: across origins, somebody is who the header's token says.

``compose`` puts ``HeaderTokenIdentity`` in front of whatever identity provider the server runs.
Requests that are not from another origin never notice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable
from typing import Any, NoReturn

from jupyter_server.auth.identity import IdentityProvider, User
from tornado.web import Finish, RequestHandler

from ..policy.credentials import Presented
from ..policy.refusals import Refusal, refuse
from .answers import write_refusal
from .concealment import Concealing, concealing
from .context import CONTEXT, RequestContext, attach, context_of
from .public_reads import is_public_read
from .remembered_users import RememberedUsers
from .repeated_refusals import RepeatedRefusals
from .request_credentials import delete, drop_authorization, has_limited_token_in_body
from .server_token import CORE, ProviderMethods, ServerToken
from .telemetry import Telemetry
from .token_kinds import TokenKind, TokenKinds

# By these headers a handler sees that a request comes from another origin.
_ORIGIN_HEADERS = frozenset(
    {
        "Origin",
        "Sec-Websocket-Origin",
        "Sec-Fetch-Site",
        "Sec-Fetch-Mode",
        "Sec-Fetch-Dest",
        "Sec-Fetch-User",
    }
)


class HeaderTokenIdentity:
    """The rule, in front of an identity provider. ``below`` is what that does by itself."""

    def __init__(
        self,
        provider: IdentityProvider,
        below: ProviderMethods,
        telemetry: Telemetry,
        kinds: TokenKinds,
        repeated: RepeatedRefusals,
    ) -> None:
        self._provider = provider
        self._below = below
        self._telemetry = telemetry
        self._kinds = kinds
        self._repeated = repeated
        self._users = RememberedUsers()
        self._server_token = ServerToken(provider, below, self._anonymous_user_of)

    @property
    def methods(self) -> Mapping[str, Callable[..., Any]]:
        """Return what stands for methods of the provider.

        Core's own are never asked for a user without a name (``ServerToken``), and know by a mark
        of the handler's whether a token was verified.
        """
        found = {"get_user": self.get_user, "should_check_origin": self.should_check_origin}
        if self._below.base not in CORE:
            found["generate_anonymous_user"] = self.generate_anonymous_user
            found["is_token_authenticated"] = self.is_token_authenticated
        return found

    def get_user(self, handler: RequestHandler) -> User | Awaitable[User | None] | None:
        """Return who makes the request; raises ``Finish`` after having answered a refusal."""
        request = handler.request
        if "token" in request.body_arguments and has_limited_token_in_body(request, self._kinds):
            if not hasattr(request, CONTEXT):
                attach(request, RequestContext(None, Presented()))
        elif not hasattr(request, CONTEXT):
            return self._below.get_user(handler)
        context = context_of(request)
        assert context is not None
        return self._get_cross_origin_user(handler, context)

    def _anonymous_user_of(self, handler: RequestHandler, token: str) -> User:
        """Return the user without a name that this token is, the same every time.

        Providers that share one token among all invent one at each request, and keep it in a
        cookie; without cookies it is kept here.
        """
        make = self._below.generate_anonymous_user
        return self._users.remember(token, lambda: make(handler))

    def should_check_origin(self, handler: RequestHandler) -> bool:
        """Return False across origins: the router has checked, and more strictly."""
        if hasattr(handler.request, CONTEXT):
            return False
        return self._below.should_check_origin(handler)

    def generate_anonymous_user(self, handler: RequestHandler) -> User:
        """Return a user without a name: for a token, the same every time."""
        context = context_of(handler.request)
        if context is None or context.presented.token is None:
            return self._below.generate_anonymous_user(handler)
        return self._anonymous_user_of(handler, context.presented.token)

    def is_token_authenticated(self, handler: RequestHandler) -> bool:
        """Return whether a token in the header identified the caller."""
        context = context_of(handler.request)
        if context is None:
            return self._below.is_token_authenticated(handler)
        return context.authenticated

    async def _get_cross_origin_user(
        self, handler: RequestHandler, context: RequestContext
    ) -> User | None:
        handler.current_user = None  # error pages ask, should the provider raise
        token = context.presented.token
        if token is None:
            self._refuse_anonymous(handler, context)
            return None
        waiting = self._repeated.refusal_of(context)
        if waiting is not None:
            self._refuse(handler, context, waiting)
        kind = context.kind or self._server_token
        if context.approved_by_grant and not kind.is_grant:
            self._refuse(handler, context, refuse("invalid_token", "not_given_to_site"))
        verdict = await self._authenticate(kind, handler, context)
        if isinstance(verdict, Refusal):
            if verdict.error == "insufficient_scope" and is_public_read(handler):
                return None  # served as an anonymous user
            if kind is not self._server_token:
                self._repeated.note(context, verdict)
            self._refuse(handler, context, verdict)
        self._repeated.forget(context)
        self._mark_authenticated(handler, context)
        self._telemetry.served(by_grant=kind.is_grant)
        return verdict

    async def _authenticate(
        self, kind: TokenKind, handler: RequestHandler, context: RequestContext
    ) -> User | Refusal:
        """Return who has a token. Only the server's token reaches the provider."""
        is_limited = kind is not self._server_token
        if is_limited:
            context.scopes = frozenset()  # until the kind sets them
        found = kind.authenticate(handler, context)
        verdict = await found if isawaitable(found) else found
        if is_limited and not isinstance(handler, Concealing):
            handler.__class__ = concealing(type(handler))  # type: ignore[arg-type]
        drop_authorization(handler.request)
        return verdict

    def _mark_authenticated(self, handler: RequestHandler, context: RequestContext) -> None:
        """Let the rest of the handler see a script's request, with a header token and no cookie.

        Whatever check of the origin it has of its own would only repeat the router's.
        """
        context.authenticated = True
        # Core's provider goes by this mark. JupyterHub's check of XSRF asks for the mark itself.
        handler._token_authenticated = True  # type: ignore[attr-defined]
        delete(handler.request.headers, _ORIGIN_HEADERS)

    def _refuse_anonymous(self, handler: RequestHandler, context: RequestContext) -> None:
        """Serve only public reads, and refuse all other requests before the handler runs."""
        if context.subresource:
            return  # no program could read a refusal: the handler has its own answer
        if is_public_read(handler):
            return
        refusal = self._refusal_of_anonymous(handler, context)
        ignored = context.presented.ignored.decode("latin-1")
        waiting = self._repeated.refusal_of(context) if ignored else None
        if waiting is None and self._kinds.find(ignored) is not None:
            self._repeated.note(context, refusal)
        self._refuse(handler, context, waiting or refusal)

    def _refusal_of_anonymous(self, handler: RequestHandler, context: RequestContext) -> Refusal:
        if not self._provider.auth_enabled:
            return refuse("missing_token", "authentication_off")
        if "token" in handler.request.body_arguments:
            return refuse("token_in_url", "token_in_body")
        return refuse(*context.presented.problem)

    def _refuse(
        self, handler: RequestHandler, context: RequestContext, refusal: Refusal
    ) -> NoReturn:
        request = handler.request
        self._telemetry.refused(refusal, context.origin, request.method or "", request.path)
        handler.current_user = handler._jupyter_current_user = None  # type: ignore[attr-defined]
        write_refusal(handler, refusal)
        raise Finish


def compose(
    provider: IdentityProvider,
    telemetry: Telemetry,
    kinds: TokenKinds,
    repeated: RepeatedRefusals,
) -> None:
    """Put the rule in front of an identity provider, whatever its class.

    The object gets other methods and stays the same: everybody who holds it holds the rule, too.
    Another class would make all that the provider does slower. What somebody does later to the
    provider's class does not count any more.
    """
    below = ProviderMethods.of(provider)
    rule = HeaderTokenIdentity(provider, below, telemetry, kinds, repeated)
    if type(provider) is IdentityProvider:
        # By this very class, core sees that a handler may decide in its place, and asks no rule.
        provider.__class__ = type(IdentityProvider.__name__, (IdentityProvider,), {})
    for name, method in rule.methods.items():
        setattr(provider, name, method)
    provider.login_pages = (  # type: ignore[attr-defined]
        provider.login_handler_class,
        provider.logout_handler_class,
    )
