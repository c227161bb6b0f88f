"""The endpoint at which a client asks about its own grant."""

from __future__ import annotations

from functools import partial

from jupyter_server.auth.decorator import allow_unauthenticated

from ...errors import GrantTokensUnavailable, TokenRefused
from ...policy.credentials import header_token
from ...policy.refusals import refuse
from ...policy.scope_words import names
from ...policy.tokens import is_grant_token
from ...server.answers import write_refusal
from ...server.context import context_of
from ...server.request_facts import lone_fetch_site
from ..service import ConnectService
from .endpoint import Endpoint


class GrantHandler(Endpoint):
    """The caller's own grant: what it allows, or why it has ended."""

    def initialize(self, service: ConnectService) -> None:
        """Take the shared parts."""
        self.service = service

    @allow_unauthenticated
    async def get(self) -> None:
        """Return client, scopes, folder and end of the grant. Times are seconds since 1970."""
        token = header_token(self.request.headers.get("Authorization"))
        if token is None:
            write_refusal(self, refuse("missing_token", "no_token"))
        elif not is_grant_token(token):
            write_refusal(self, refuse("invalid_token", "unknown_token"))
        else:
            await self._describe(token)

    async def _describe(self, token: str) -> None:
        context = context_of(self.request)
        origin = context.origin if context else None
        site = lone_fetch_site(self.request)
        look = partial(self.service.app_grants.of_token, token, origin, fetch_site=site)
        try:
            grant = await self.service.ask(look)
        except GrantTokensUnavailable as error:
            self.write_oauth_error(
                503, "temporarily_unavailable", refuse("invalid_token", error.code).message
            )
            return
        except TokenRefused as error:
            write_refusal(self, refuse("invalid_token", error.code, detail=error.what))
            return
        description = {
            "client_id": grant.program or f"{grant.origin}/",
            "scope": " ".join(names(grant.scopes, grant.folder)),
            **({} if grant.folder is None else {"folder": grant.folder}),
            **({} if grant.resource is None else {"resource": grant.resource}),
            "created": grant.created,
            "expires_at": grant.expires,
        }
        self.write_json(200, description)
