"""The rule on the side of authorization."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from jupyter_server.auth.authorizer import AllowAllAuthorizer, Authorizer
from jupyter_server.auth.identity import User
from jupyter_server.services.api.handlers import IdentityHandler
from tornado.httputil import HTTPServerRequest
from traitlets import Instance, Type, default

from ..policy.own import is_own_origin
from ..policy.required_scopes import required_scope
from ..policy.scopes import covers
from .context import RequestContext, context_of
from .request_facts import origin_of

if TYPE_CHECKING:
    from jupyter_server.base.handlers import JupyterHandler


class HeaderTokenAuthorizer(Authorizer):
    """Lets across origins only those whom a header's token identified; then asks another one.

    The extension wraps it around the server's own authorizer. It can also be set by hand::

        c.ServerApp.authorizer_class = "escherpad_ext.HeaderTokenAuthorizer"

    and then refuses every other origin where the extension is not there to judge them.
    """

    authorizer_class = Type(
        AllowAllAuthorizer,
        klass=Authorizer,
        config=True,
        help="The authorizer that has the last word, where this one is set by hand.",
    )
    wrapped: Instance[Authorizer] = Instance(Authorizer)

    #: Whether every request passes the extension's router before it comes here.
    behind_router = False

    @default("wrapped")
    def _default_wrapped(self) -> Authorizer:
        return self.authorizer_class(parent=self.parent, identity_provider=self.identity_provider)

    @classmethod
    def wrap(cls, authorizer: Authorizer) -> HeaderTokenAuthorizer:
        """Return ``authorizer`` behind the rule; itself if it already holds it."""
        if not isinstance(authorizer, cls):
            authorizer = cls(
                parent=authorizer.parent,
                identity_provider=authorizer.identity_provider,
                wrapped=authorizer,
            )
        authorizer.behind_router = True
        return authorizer

    def is_authorized(
        self, handler: JupyterHandler, user: User, action: str, resource: str
    ) -> Awaitable[bool] | bool:
        """Return whether the request may go on: the rule first, then the wrapped authorizer."""
        context = context_of(handler.request)
        if context is None:
            may_pass = self.behind_router or _is_same_origin(handler.request)
        else:
            may_pass = context.authenticated and _may_claim(handler, context, action, resource)
        return may_pass and self.wrapped.is_authorized(handler, user, action, resource)


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
    """Return whether what ``/api/me`` asks on behalf of the caller is within the token's scopes.

    What a request itself needs was judged before it came here, and by better facts:
    ``@authorized`` names the first class that it saw.
    """
    if not isinstance(handler, IdentityHandler) or not context.scopes:
        return True
    return covers(context.scopes, required_scope(resource, action))
