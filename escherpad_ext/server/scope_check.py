"""Which scope a request needs, and the refusal of a token that lacks it.

Decided before the handler runs, from what the handler's class declares. Many handlers only check
that somebody is logged in, and ``@authorized`` remembers the first class that it was asked for.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from ..policy import scopes
from ..policy.refusals import Refusal, refuse
from ..policy.required_scopes import action_of, required_scope
from .protected_paths import resource_of


def needed_scope(handler: RequestHandler) -> str:
    """Return the one scope that a request needs, see ``policy.required_scopes``.

    Where a handler declares no resource, that of the path counts, if it has one.
    """
    if isinstance(handler, handler.application.settings["identity_provider"].login_pages):
        return scopes.NEVER
    resource = getattr(handler, "auth_resource", None)
    declared = resource if isinstance(resource, str) else None
    needed: str = _scope_of(type(handler), declared, handler.request.method or "")  # type: ignore[arg-type]
    if declared is None and needed == scopes.FULL:
        found = resource_of(handler.request)
        return needed if found is None else found.scope
    return needed


@lru_cache(maxsize=256)
def refusal_of_scopes(granted: frozenset[str], needed: str) -> Refusal | None:
    """Return the refusal of a token that lacks the needed scope, None if it has the scope."""
    if scopes.covers(granted, needed):
        return None
    if needed == scopes.NEVER:
        return refuse("insufficient_scope", "out_of_reach")
    detail = f"The token lacks the scope {needed}."
    return refuse("insufficient_scope", "scope_missing", scope=needed, detail=detail)


@lru_cache(maxsize=1024)
def _scope_of(handler_class: type[RequestHandler], resource: str | None, method: str) -> str:
    action = action_of(method, websocket=issubclass(handler_class, WebSocketHandler))
    return required_scope(resource, action, names_of(handler_class))  # type: ignore[arg-type]


@lru_cache(maxsize=1024)
def names_of(handler_class: Any) -> tuple[str, ...]:
    """Return the dotted names of a class and all its bases."""
    return tuple(f"{base.__module__}.{base.__qualname__}" for base in handler_class.__mro__)
