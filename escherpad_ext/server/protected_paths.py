"""The paths of ``resource_paths`` in a server: who calls there must be somebody.

A handler behind such a path may check nobody, as that of an agents' endpoint. So the extension
does, where a request names no other origin. An anonymous program learns how to get a token (RFC
9728).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from inspect import isawaitable
from typing import TYPE_CHECKING

from jupyter_server.base.handlers import AuthenticatedHandler, JupyterHandler
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.log import app_log
from tornado.web import Application, Finish, RequestHandler

from ..policy.credentials import header_token
from ..policy.refusals import Refusal, refuse
from ..policy.resource_paths import Resource, ResourcePaths
from ..policy.scopes import NEVER
from .answers import RefusalHandler, write_refusal
from .challenge import Challenge, attach_challenge
from .request_facts import origin_of

#: Marks a request that looks for the handler behind a protected path.
WRAPPED = "_escherpad_protected"
_RESOURCE = "_escherpad_resource"

if TYPE_CHECKING:
    _Base = RequestHandler
else:
    _Base = object


class Protection:
    """Has the handlers at protected paths ask who calls, before they do anything."""

    def __init__(
        self,
        application: Application,
        paths: ResourcePaths,
        base_url: str,
        metadata_url: Callable[[HTTPServerRequest, str], str],
    ) -> None:
        """``base_url`` begins and ends with a slash.

        ``metadata_url`` returns where a resource is described; empty where nobody may ask.
        """
        self._application = application
        self._paths = paths
        self._base_url = base_url
        self._metadata_url = metadata_url

    def mark(self, request: HTTPServerRequest) -> None:
        """Note which resource a request is for, from whatever origin: see :func:`resource_of`."""
        below = below_base_url(request, self._base_url)
        resource = None if below is None else self._paths.find(below)
        if resource is not None:
            setattr(request, _RESOURCE, resource)

    def wrap(self, request: HTTPServerRequest) -> HTTPMessageDelegate | None:
        """Return what handles a request at a protected path, None for all others.

        The request names no other origin, and what counts of its credentials is settled.
        """
        below = below_base_url(request, self._base_url)
        if below is None or not self._paths.may_concern(below):
            return None
        setattr(request, WRAPPED, True)
        resource = resource_of(request)
        if resource is not None and resource.scope != NEVER and origin_of(request) is None:
            url = self._metadata_url(request, resource.path)
            attach_challenge(request, Challenge(resource.scope, url))
        delegate = self._application.find_handler(request)
        handler_class = getattr(delegate, "handler_class", None)
        if handler_class is None:  # nobody can be asked
            refusal = {"refusal": refuse("missing_token", "no_token")}
            return self._application.get_handler_delegate(request, RefusalHandler, refusal)
        delegate.handler_class = _protecting(handler_class)
        return delegate


def resource_of(request: HTTPServerRequest) -> Resource | None:
    """Return the protected path that a request is for, None where it is for none."""
    found: Resource | None = getattr(request, _RESOURCE, None)
    return found


def below_base_url(request: HTTPServerRequest, base_url: str) -> str | None:
    """Return the path of a request below the base URL, with a slash; None for another one."""
    return request.path[len(base_url) - 1 :] if request.path.startswith(base_url) else None


class _Protecting(_Base):
    log = app_log
    _escherpad_asked = False

    def check_xsrf_cookie(self) -> None:
        """Check it when it is known who calls: it concerns cookies, and a token is none."""
        if _is_jupyters(self):
            super().check_xsrf_cookie()  # it does the same
        elif self._escherpad_asked and not getattr(self, "_token_authenticated", False):
            super().check_xsrf_cookie()

    async def prepare(self) -> None:
        # It raises Finish where it refuses a token with limits.
        user = self.settings["identity_provider"].get_user(self)
        if isawaitable(user):
            user = await user
        if user is None:
            write_refusal(self, _refusal_of_stranger(self.request))
            raise Finish
        self._escherpad_asked = True
        if self.request.method not in {"GET", "HEAD", "OPTIONS"}:
            self._check_again()
        found = super().prepare()
        if isawaitable(found):
            await found

    def _check_again(self) -> None:
        if not _is_jupyters(self) and self.settings.get("xsrf_cookies"):
            self.check_xsrf_cookie()


def _is_jupyters(handler: object) -> bool:
    """Return whether a handler checks by itself who calls, and what comes with it."""
    return isinstance(handler, JupyterHandler)


def _refusal_of_stranger(request: HTTPServerRequest) -> Refusal:
    shown = header_token(request.headers.get("Authorization"))
    if shown or request.query_arguments.get("token"):
        return refuse("invalid_token", "unknown_token")
    return refuse("missing_token", "no_token")


@lru_cache(maxsize=256)
def _protecting(handler_class: type[RequestHandler]) -> type[RequestHandler]:
    # Core's metrics know handlers by these names.
    names = {"__module__": handler_class.__module__, "__qualname__": handler_class.__qualname__}
    # Identity providers ask a handler for what Jupyter's have; what the class defines comes first.
    plain = () if issubclass(handler_class, AuthenticatedHandler) else (AuthenticatedHandler,)
    bases: tuple[type, ...] = (_Protecting, handler_class, *plain)
    return type(handler_class.__name__, bases, names)
