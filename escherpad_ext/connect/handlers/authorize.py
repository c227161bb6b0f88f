"""The authorization endpoint (RFC 6749, 3.1) and its consent page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from jupyter_server.auth.decorator import allow_unauthenticated

from ...errors import GrantTokensUnavailable
from ...policy.interstitial import is_contained
from ..arrivals import split
from ..authorization_request import AuthorizationRequest
from ..choices import Lifetime, choices_for, lifetimes
from ..clients import check_may_connect
from ..forms import Form
from ..page_headers import content_security_policy
from ..problems import ConnectError
from .page import PageHandler


class AuthorizeHandler(PageHandler):
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
        request = AuthorizationRequest.parse(query, self.issuer)
        try:
            self.urls.check_is_other(request.client, self.request)
            check_may_connect(request.client, self.service.settings)
        except ConnectError as error:
            self.show_problem(error, client=str(request.client))
            return
        request_id = self.service.pending_requests.add(request, logged_in=bool(self.current_user))
        if self.current_user:
            self.go_to_page(f"ask={request_id}")
        else:
            self.go_to(f"{self.request.path}?ask={request_id}")

    async def _show(self, request_id: str) -> None:
        if not self.current_user:
            self.log_in()
            return
        request = self.service.pending_requests.get(request_id)
        if not self.arrive():
            return
        first_time = await self.service.ask(
            partial(self.service.app_grants.is_first_time, request.client)
        )
        self.telemetry.connect("shown")
        self.set_header("Content-Security-Policy", content_security_policy(request.client))
        self.show(
            "consent.html",
            client=str(request.client),
            first_time=first_time,
            action=self.request.path,
            nonce=self.open_form(Form(self.user_key, request)),
            choices=choices_for(request.scopes, contained=is_contained(self.issuer)),
            lifetimes=self._lifetimes(),
        )

    def _lifetimes(self) -> Sequence[Lifetime]:
        settings = self.service.settings
        return lifetimes(settings.grant_lifetime_seconds, settings.grant_lifetime_max_seconds)

    @allow_unauthenticated
    async def post(self) -> None:
        """Carry out the decision: redirect to the site with a code, or with a denial."""
        try:
            self.go_to(await self._decide())
        except ConnectError as error:
            self.show_problem(error)
        except GrantTokensUnavailable as error:
            self.show_problem(ConnectError("no_grants", reason=error.what))

    async def _decide(self) -> str:
        request = self.take_form().authorization_request
        if request is None:
            raise ConnectError("used")
        if self.get_body_argument("decision", "") == "allow":
            location = await self._allow(request)
            self.telemetry.connect("allowed")
            return location
        self.telemetry.connect("denied")
        return self.service.authorization_server.deny(request, issuer=self.issuer)

    async def _allow(self, request: AuthorizationRequest) -> str:
        ticked = tuple(dict.fromkeys(self.get_body_arguments("scope")))
        if not ticked:
            raise ConnectError("nothing_ticked")
        offered = {choice.name for choice in choices_for(request.scopes)}
        seconds = {str(lifetime.seconds): lifetime.seconds for lifetime in self._lifetimes()}
        lifetime = seconds.get(self.get_body_argument("lifetime", ""))
        if not offered.issuperset(ticked) or lifetime is None:
            raise ConnectError("not_offered")
        server = self.service.authorization_server
        return await self.service.ask(
            partial(
                server.approve,
                request,
                issuer=self.issuer,
                scopes=ticked,
                lifetime_seconds=lifetime,
            )
        )
