"""The rule of the header's token, in front of the server's authorizer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from jupyter_server.auth.authorizer import AllowAllAuthorizer, Authorizer
from jupyter_server.auth.identity import User
from jupyter_server.services.api.handlers import IdentityHandler
from tornado.httputil import HTTPServerRequest
from traitlets import Instance, Type, default

from ..policy.own import is_own_origin
from ..policy.required_scopes import required_scope
from ..policy.scopes import covers
from .context import CONTEXT, RequestContext, context_of
from .request_facts import origin_of

if TYPE_CHECKING:
    from jupyter_server.base.handlers import JupyterHandler


class HeaderTokenAuthorizer(Authorizer):
    """Denies cross-origin requests unless a header token authenticated them; then asks another.

    The extension puts the same rule in front of the server's own authorizer. Set by hand::

        c.ServerApp.authorizer_class = "escherpad_ext.HeaderTokenAuthorizer"

    it denies every other origin while the extension isn't loaded.
    """

    authorizer_class = Type(
        AllowAllAuthorizer,
        klass=Authorizer,
        config=True,
        help="The authorizer that decides last, where this one is set by hand.",
    )
    wrapped: Instance[Authorizer] = Instance(Authorizer)

    #: Whether every request passes the extension's router before it comes here.
    behind_router = False

    @default("wrapped")
    def _default_wrapped(self) -> Authorizer:
        return self.authorizer_class(parent=self.parent, identity_provider=self.identity_provider)

    def is_authorized(
        self, handler: JupyterHandler, user: User, action: str, resource: str
    ) -> Awaitable[bool] | bool:
        """Return whether both the rule and the wrapped authorizer allow the request."""
        may_pass = _may_pass(handler, action, resource, behind_router=self.behind_router)
        return may_pass and self.wrapped.is_authorized(handler, user, action, resource)


class _BehindRouter:
    """The same rule, in front of what an authorizer of any class does by itself."""

    def __init__(self, below: Callable[..., Awaitable[bool] | bool]) -> None:
        self._below = below

    def is_authorized(
        self, handler: JupyterHandler, user: User, action: str, resource: str
    ) -> Awaitable[bool] | bool:
        if hasattr(handler.request, CONTEXT) and not _may_pass(
            handler, action, resource, behind_router=True
        ):
            return False
        return self._below(handler, user, action, resource)


def compose_authorizer(authorizer: Authorizer) -> None:
    """Put the rule in front of an authorizer, whatever its class.

    The object gets another method and stays the same: everybody who holds it holds the rule, too.
    """
    if isinstance(authorizer, HeaderTokenAuthorizer):
        authorizer.behind_router = True
    else:
        rule = _BehindRouter(authorizer.is_authorized)
        authorizer.is_authorized = rule.is_authorized  # type: ignore[method-assign]


def _may_pass(handler: JupyterHandler, action: str, resource: str, *, behind_router: bool) -> bool:
    context = context_of(handler.request)
    if context is None:
        return behind_router or _is_same_origin(handler.request)
    return context.authenticated and _may_claim(handler, context, action, resource)


def _is_same_origin(request: HTTPServerRequest) -> bool:
    """Return whether a request is from the server's own pages, or from no page."""
    origin = origin_of(request)
    return origin is None or is_own_origin(
        origin,
        host=request.headers.get("Host"),
        secure=request.protocol == "https",
        public_origin=None,
    )


def _may_claim(
    handler: JupyterHandler, context: RequestContext, action: str, resource: str
) -> bool:
    """Return whether a permission that ``/api/me`` asks for is within the token's scopes.

    ``identity`` has checked the scope of the request itself. It can't be checked here, because
    ``@authorized`` names the first class that it saw.
    """
    if not isinstance(handler, IdentityHandler) or context.scopes is None:
        return True
    return covers(context.scopes, required_scope(resource, action))
