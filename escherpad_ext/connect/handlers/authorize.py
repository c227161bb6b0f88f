"""The authorization endpoint (RFC 6749, 3.1) and its connect page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial

from jupyter_server.auth.decorator import allow_unauthenticated

from ...errors import GrantTokensUnavailable
from ...grants import Grant
from ...policy.interstitial import is_contained
from ..arrivals import split
from ..authorization_request import AuthorizationRequest
from ..choices import (
    choices_for,
    choices_of,
)
from ..client_ids import check_may_connect
from ..files_choice import FilesChoice
from ..forms import Form
from ..introduction import introduce
from ..page_headers import content_security_policy
from ..problems import ConnectError
from ..urls import other_loopback_name
from .consent import ConsentHandler, has_to_be_shown_again


class AuthorizeHandler(ConsentHandler):
    """Shows who wants to connect, and carries out the owner's decision."""

    needs_login = False  # what a site asks for is kept until after the login

    @allow_unauthenticated
    async def get(self) -> None:
        """Keep a site's request, or show the page of a request that was kept."""
        query, _ = split(self.request.query)
        request_id = query.removeprefix("ask=")
        try:
            if request_id != query and "&" not in request_id:
                await self._show(request_id)
            else:
                self._keep(query)
        except ConnectError as error:
            self.show_problem(error)
        except GrantTokensUnavailable as error:
            self.show_problem(ConnectError("no_grants", reason=error.what))

    def _keep(self, query: str) -> None:
        """Keep a request on this server, so that the query goes no further than this redirect."""
        settings = self.service.settings
        request = AuthorizationRequest.parse(query, self.issuer, settings.resource_paths)
        try:
            if self.urls.is_own(request.goes_to, self.request):
                raise ConnectError("own", client=request.goes_to)
            check_may_connect(request.client, settings, request.goes_to)
        except ConnectError as error:
            self.show_problem(error, client="" if request.program else str(request.client))
            return
        request_id = self.service.pending_requests.add(request, logged_in=bool(self.current_user))
        self.go_to_page(f"ask={request_id}")

    async def _show(self, request_id: str) -> None:
        if not self.current_user:
            self._ask_to_log_in(request_id)
            return
        request = self.service.pending_requests.get(request_id)
        await self.service.check_not_blocked(request.goes_to)
        if not self.arrive():
            return
        request = await self.service.resolve(request)
        self.telemetry.connect("shown")
        grant = await self._grant_to_extend(request)
        if grant is not None:
            self._show_short_page(request, grant)
            return
        await self._show_first(request)

    async def _show_first(self, request: AuthorizationRequest) -> None:
        """Show the page with what the site suggests."""
        await self._show_page(request, await self.files_at_first(request))

    async def _grant_to_extend(self, request: AuthorizationRequest) -> Grant | None:
        if request.extends is None:
            return None
        return await self.service.ask(partial(self.service.app_grants.to_extend, request))

    def _show_short_page(self, request: AuthorizationRequest, grant: Grant) -> None:
        """Show what goes on, until when it was allowed, and how long it may go on."""
        contained = is_contained(self.issuer)
        granted = self.service.app_grants.expand(request)
        self.set_header("Content-Security-Policy", content_security_policy(request.goes_to))
        self.show(
            "consent.html",
            asker=introduce(request),
            device=None,
            extends=True,
            first_time=False,
            expires=datetime.fromtimestamp(grant.expires, timezone.utc),
            folder=request.folder,
            resource=request.resource,
            files=None,
            action=self.request.path,
            nonce=self.open_form(Form(self.user_key, request, extends=True)),
            choices=choices_of(granted, request.folder, contained=contained),
            lifetimes=self.lifetimes(),
        )

    def _ask_to_log_in(self, request_id: str) -> None:
        """Say who asks, to whoever comes from the site; lead others to the login.

        Otherwise people would learn to type a password into any popup that a site opens. The id
        alone, found in a log or a history, does not tell who asks.
        """
        if not self.arrivals.take(self.request.query):
            self.log_in()
            return
        self.show(
            "log_in.html",
            asker=introduce(self.service.pending_requests.get(request_id)),
            twin=other_loopback_name(self.issuer),
            action=f"{self.request.path}?ask={request_id}",
        )

    async def _show_page(
        self,
        request: AuthorizationRequest,
        files: FilesChoice | None,
        chosen: Sequence[str] | None = None,
        seconds: int | None = None,
    ) -> None:
        """Show the page; ``chosen`` and ``seconds`` are what the owner chose already."""
        asker = introduce(request)
        choices = choices_for(request.scopes, contained=is_contained(self.issuer))
        first_time = await self.service.ask(
            partial(self.service.app_grants.is_first_time, request.client)
        )
        self.set_header("Content-Security-Policy", content_security_policy(request.goes_to))
        self.show(
            "consent.html",
            asker=asker,
            device=None,
            extends=False,
            first_time=first_time,
            action=self.request.path,
            nonce=self.open_form(Form(self.user_key, request)),
            choices=choices,
            ticked=[choice.name for choice in choices] if chosen is None else chosen,
            files=files,
            resource=request.resource,
            lifetimes=self.lifetimes(seconds or asker.seconds),
        )

    @allow_unauthenticated
    async def post(self) -> None:
        """Carry out the decision: redirect to the site with a code, or with a denial."""
        try:
            await self._decide()
        except ConnectError as error:
            self.show_problem(error)
        except GrantTokensUnavailable as error:
            self.show_problem(ConnectError("no_grants", reason=error.what))

    async def _decide(self) -> None:
        form = self.take_form()
        request = form.authorization_request
        if request is None:
            raise ConnectError("used")
        if self.get_body_argument("decision", "") == "allow":
            await (self._extend(request) if form.extends else self._allow(request))
            return
        self.telemetry.connect("denied")
        self.go_to(self.service.authorization_server.deny(request, issuer=self.issuer))

    async def _allow(self, request: AuthorizationRequest) -> None:
        scopes, lifetime = self.terms(request)
        files = await self.files(request)
        if files is not None and has_to_be_shown_again(files, request):
            await self._show_page(replace(request, folder=files.folder), files, scopes, lifetime)
            return
        await self._approve(request, scopes, lifetime, files.folder if files else None)

    async def _extend(self, request: AuthorizationRequest) -> None:
        """Allow what was shown on the short page. If it has ended meanwhile, show the full one."""
        lifetime = self.lifetime()
        if await self._grant_to_extend(request) is None:
            await self._show_first(request)
            return
        await self._approve(request, request.scopes, lifetime, request.folder)

    async def _approve(
        self,
        request: AuthorizationRequest,
        scopes: tuple[str, ...],
        lifetime: int,
        folder: str | None,
    ) -> None:
        location = await self.service.ask(
            partial(
                self.service.authorization_server.approve,
                request,
                issuer=self.issuer,
                scopes=scopes,
                lifetime_seconds=lifetime,
                folder=folder,
            )
        )
        self.telemetry.connect("allowed")
        self.go_to(location)
