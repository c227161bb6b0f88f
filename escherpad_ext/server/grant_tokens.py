"""Requests with a grant token: what they need, and whether the grant covers it.

Worked out before the handler runs, from what the handler's class declares: many check only that
somebody is logged in, and ``@authorized`` remembers the first class it was asked for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache

from jupyter_server.auth.identity import User
from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from ..errors import GrantTokensUnavailable, TokenRefused
from ..grants import Grant, Issuer
from ..policy import scopes
from ..policy.refusals import Refusal, refuse
from ..policy.required_scopes import action_of, required_scope
from .context import RequestContext
from .hub import Hub
from .path_guard import PathGuard
from .redaction import redact
from .sockets import LiveSockets
from .telemetry import Telemetry

#: Who may do this has whatever the files hold.
RUNS_CODE = "kernels:execute"


class GrantTokens:
    """Judges requests with grant tokens, for the identity provider."""

    def __init__(
        self,
        issuer: Issuer,
        sockets: LiveSockets,
        telemetry: Telemetry,
        *,
        guard: PathGuard,
        folder_holds_secrets: bool = False,
        hub: Hub | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._guard = guard
        self._folder_holds_secrets = folder_holds_secrets
        self._hub = hub
        self._issuer = issuer
        self._sockets = sockets
        self._telemetry = telemetry
        self._clock = clock

    def authenticate(self, handler: RequestHandler, context: RequestContext) -> User | Refusal:
        """Return who the caller is, or why the request is refused."""
        assert context.presented.token is not None
        now = self._clock()
        try:
            grant = self._issuer.verify(context.presented.token, origin=context.origin, now=now)
        except (TokenRefused, GrantTokensUnavailable) as error:
            return refuse("invalid_token", error.code, detail=error.what)
        needed = needed_scope(handler)
        if not scopes.covers(grant.scopes, needed):
            return _lacking(needed)
        refusal = self._contain(handler, needed, grant)
        if refusal is not None:
            return refusal
        self._note_use(handler, grant, now)
        context.scopes = grant.scopes
        user = user_of(grant)
        return user if self._hub is None else self._hub.as_hub_user(user)

    def _contain(self, handler: RequestHandler, needed: str, grant: Grant) -> Refusal | None:
        """Keep secrets from a grant that may not run code, which could read them anyway."""
        if scopes.covers(grant.scopes, RUNS_CODE):
            return None
        if self._folder_holds_secrets and needed.startswith("contents:"):
            return refuse("insufficient_scope", "folder_holds_secrets", scope=RUNS_CODE)
        if self._guard.forbids(handler, needed):
            return refuse("insufficient_scope", "hidden_or_secret", scope=RUNS_CODE)
        redact(handler, needed)
        return None

    def _note_use(self, handler: RequestHandler, grant: Grant, now: float) -> None:
        if self._issuer.registry.touch(grant, now):
            self._telemetry.first_used(grant, handler.request.remote_ip)
        if isinstance(handler, WebSocketHandler):
            self._sockets.watch(grant, handler)


def needed_scope(handler: RequestHandler) -> str:
    """Return the one scope that a request needs, as ``policy.required_scopes`` says it."""
    action = action_of(
        handler.request.method or "", websocket=isinstance(handler, WebSocketHandler)
    )
    if _is_login(handler):
        return scopes.NEVER
    resource = getattr(handler, "auth_resource", None)
    return required_scope(resource, action, _names(type(handler)))  # type: ignore[arg-type]


def user_of(grant: Grant) -> User:
    """Return the user that every request with this grant's token is."""
    name = grant.name or grant.origin
    return User(username=f"grant-{grant.id}", name=name, display_name=name)


@lru_cache(maxsize=1024)
def _names(handler_class: type[RequestHandler]) -> tuple[str, ...]:
    return tuple(f"{base.__module__}.{base.__qualname__}" for base in handler_class.__mro__)


def _is_login(handler: RequestHandler) -> bool:
    """Return whether this is the identity provider's page to log in or out."""
    provider = handler.settings["identity_provider"]
    return isinstance(handler, (provider.login_handler_class, provider.logout_handler_class))


def _lacking(needed: str) -> Refusal:
    if needed == scopes.NEVER:
        return refuse("insufficient_scope", "out_of_reach")
    detail = f"The token lacks the scope {needed}."
    return refuse("insufficient_scope", "scope_missing", scope=needed, detail=detail)
