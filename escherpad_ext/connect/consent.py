"""The consent page: who asks for what, and the click that decides."""

from __future__ import annotations

from jupyter_server.auth.decorator import allow_unauthenticated

from ..errors import ConnectError, TokenRefused
from .authorization_request import AuthorizationRequest, check_may_ask
from .pages import PageHandler, content_security_policy
from .service import CONNECT, Form


class AuthorizeHandler(PageHandler):
    """The authorization endpoint (RFC 6749, 3.1) and its page."""

    @allow_unauthenticated
    def get(self) -> None:
        """Park what is asked, or show the page of what was parked."""
        query = self.request.query
        name = query.removeprefix("ask=")
        try:
            if name != query and "&" not in name:
                self._show(name)
            else:
                self._park(query)
        except ConnectError as error:
            self.show_problem(error)
        except TokenRefused as error:
            self.show_problem(ConnectError(error.what, code="no_grants"), status=503)

    def _park(self, query: str) -> None:
        asked = AuthorizationRequest.parse(query, self.issuer)
        client = str(asked.client)
        try:
            self.urls.check_is_other(asked.client, self.request)
            check_may_ask(asked.client, self.service.settings)
        except ConnectError as error:
            self.show_problem(error, status=403, client=client)
            return
        name = self.service.park(asked, logged_in=bool(self.current_user))
        self.go_to(f"{self.request.path}?ask={name}")

    def _show(self, name: str) -> None:
        if not self.current_user:
            self.log_in()
            return
        asked = self.service.parked(name)
        CONNECT.labels("shown").inc()
        self.set_header("Content-Security-Policy", content_security_policy(asked.client))
        self.show(
            "consent.html",
            client=str(asked.client),
            first_time=self.service.is_first_time(asked),
            action=self.request.path,
            nonce=self.service.open_form(Form(self.user_key, asked)),
            choices=asked.choices(),
            lifetimes=self.service.lifetimes(),
        )

    @allow_unauthenticated
    def post(self) -> None:
        """Carry out the click: back to the site, with a code or a no."""
        try:
            self.go_to(self._decide())
        except ConnectError as error:
            self.show_problem(error)

    def _decide(self) -> str:
        asked = self.take_form().asked
        if asked is None:
            raise ConnectError("This was not the page of a site.", code="used")
        if self.get_body_argument("decision", "") == "allow":
            location = self._allow(asked)
            CONNECT.labels("allowed").inc()
            return location
        CONNECT.labels("denied").inc()
        return self.service.deny(asked, self.issuer)

    def _allow(self, asked: AuthorizationRequest) -> str:
        ticked = tuple(dict.fromkeys(self.get_body_arguments("scope")))
        if not ticked:
            raise ConnectError(
                "Nothing was ticked, so there is nothing to allow. Go back to the site and connect "
                "again.",
                code="nothing_ticked",
            )
        offered = {choice.name for choice in asked.choices()}
        seconds = {str(lifetime.seconds): lifetime.seconds for lifetime in self.service.lifetimes()}
        lifetime = seconds.get(self.get_body_argument("lifetime", ""))
        if not offered.issuperset(ticked) or lifetime is None:
            raise ConnectError("The page did not offer that.", code="not_offered")
        return self.service.protocol.approve(
            asked, issuer=self.issuer, scopes=ticked, lifetime_seconds=lifetime
        )
