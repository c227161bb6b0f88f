"""Requests with a grant token: who the caller is, and whether the grant covers the request."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache

from jupyter_server.auth.identity import User
from tornado.web import RequestHandler

from ..errors import GrantsUnavailable, GrantTokensUnavailable, TokenRefused
from ..grants import Grant
from ..policy import scopes
from ..policy.refusals import Refusal, refuse
from ..policy.resource_paths import is_below
from . import own_events, path_guard, redaction, writes
from .context import RequestContext
from .folder_guard import end_with_folder, stays_in_folder
from .grant_checks import GrantChecks
from .header_reading import read_fast
from .hub import Hub
from .own_events import keep_own_events
from .path_guard import PathGuard
from .protected_paths import below_base_url
from .redaction import redact
from .request_facts import lone_fetch_site
from .scope_check import needed_scope, refusal_of_scopes
from .sockets import LiveSockets
from .started import set_caller
from .telemetry import Telemetry
from .writes import Writes

#: Whoever has this scope can read all files anyway.
RUNS_CODE = "kernels:execute"
# How the scopes begin whose handlers name files, show what starts kernels, or send events. Other
# requests need no further look.
_CONTAINED = (*own_events.SCOPES, *path_guard.SCOPES, *redaction.SCOPES, *writes.SCOPES)


class GrantTokens:
    """Authenticates requests with grant tokens; see :class:`.token_kinds.TokenKind`."""

    def __init__(
        self,
        checks: GrantChecks,
        sockets: LiveSockets,
        telemetry: Telemetry,
        *,
        guard: PathGuard,
        writes: Writes,
        folder_holds_secrets: bool = False,
        hub: Hub | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._guard = guard
        self._writes = writes
        self._folder_holds_secrets = folder_holds_secrets
        self._hub = hub
        self._checks = checks
        self._sockets = sockets
        self._telemetry = telemetry
        self._clock = clock

    async def authenticate(
        self, handler: RequestHandler, context: RequestContext
    ) -> User | Refusal:
        """Return who the caller is, or why the request is refused."""
        token, origin, now = context.presented.token, context.origin, self._clock()
        assert token is not None
        site = lone_fetch_site(handler.request)
        try:
            grant = self._checks.recall(token, origin=origin, now=now, fetch_site=site)
            if grant is None:
                grant = await self._checks.verify(token, origin=origin, fetch_site=site)
                read_fast(handler.request.connection)  # at each request, that would cost as much
        except (TokenRefused, GrantTokensUnavailable) as error:
            return refuse("invalid_token", error.code, detail=error.what)
        needed = needed_scope(handler)
        refusal = refusal_of_scopes(grant.scopes, needed)
        if grant.resource is not None and not _is_for(handler, grant.resource):
            refusal = refuse("invalid_token", "wrong_resource")
        elif refusal is None and (grant.folder is not None or needed.startswith(_CONTAINED)):
            refusal = await self._refusal_of_content(handler, needed, grant)
        self._telemetry.activity.note(handler, grant, needed, now, refusal)
        if refusal is not None:
            return refusal
        if grant.folder is not None:
            end_with_folder(handler, grant.folder)
        if self._checks.note_use(grant, now):
            self._telemetry.first_used(grant, handler.request.remote_ip)
        self._sockets.watch(grant, handler)
        set_caller(grant)
        context.scopes = grant.scopes
        user = _user(grant.id, grant.name, grant.origin, grant.program)
        return user if self._hub is None else self._hub.as_hub_user(user)

    async def _refusal_of_content(
        self, handler: RequestHandler, needed: str, grant: Grant
    ) -> Refusal | None:
        """Return why a grant does not cover what a request names, shows or sends."""
        try:
            refusal = await self._contain(handler, needed, grant)
            if refusal is None:
                await self._writes.before(handler, needed, grant)
        except GrantsUnavailable as error:
            return refuse("invalid_token", error.code, detail=error.what)
        return refusal

    async def _contain(self, handler: RequestHandler, needed: str, grant: Grant) -> Refusal | None:
        """Keep a grant to its folder, and hide secrets from one that can't run code.

        Code could read them anyway. This extension's own events are out of reach for all.
        """
        if needed.startswith(own_events.SCOPES) and not keep_own_events(handler):
            return refuse("insufficient_scope", "out_of_reach")
        if grant.folder is not None and not stays_in_folder(handler, needed, grant.folder):
            return refuse("insufficient_scope", "outside_folder")
        if scopes.covers(grant.scopes, RUNS_CODE):
            return None
        if self._folder_holds_secrets and needed.startswith("contents:"):
            return refuse("insufficient_scope", "folder_holds_secrets", scope=RUNS_CODE)
        if await self._guard.forbids(handler, needed):
            return refuse("insufficient_scope", "hidden_or_secret", scope=RUNS_CODE)
        redact(handler, needed)
        return None


def _is_for(handler: RequestHandler, path: str) -> bool:
    """Return whether a request is for a path, below the base URL, or for what is below it."""
    below = below_base_url(handler.request, handler.settings["base_url"])
    return below is not None and is_below(below, path)


@lru_cache(maxsize=256)
def _user(grant_id: str, name: str, origin: str, program: str | None) -> User:
    """Return the user of every request with the token of a grant."""
    name = name or (origin if program is None else "a program")
    return User(username=f"grant-{grant_id}", name=name, display_name=name)
