"""What the owner's pages share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from markupsafe import Markup
from tornado.httputil import url_concat
from tornado.web import Finish

from ...errors import GrantTokensUnavailable
from ...grants import owner_name
from ...server.answers import write_refusal
from .. import paths
from ..arrivals import REDIRECT_POLICY, Arrivals, split
from ..forms import Form
from ..languages import Language, language_of
from ..lately import opens_files
from ..navigation import has_fetch_metadata, refusal_of
from ..owner import check_may_decide
from ..problems import ConnectError
from ..rendering import render
from .owner_handler import OwnerHandler


class PageHandler(OwnerHandler, JupyterHandler):
    """A page that opens in a tab of its own, for a person who is logged in with a cookie."""

    #: Whether GET leads to the login first. A form asks by `take_form`.
    needs_login = True
    #: Whether the page works only where browsers say how it was opened.
    needs_fetch_metadata = True

    async def prepare(self) -> None:  # type: ignore[override]
        """Answer only a person in front of the page."""
        await super().prepare()
        if self._finished:
            return
        refusal = refusal_of(self.request, token_authenticated=self.token_authenticated)
        if refusal is not None:
            self.count_refusal(refusal)
            write_refusal(self, refusal)
            raise Finish
        if self.needs_fetch_metadata and not has_fetch_metadata(self.request):
            self.show_problem(ConnectError("no_fetch_metadata"))
            raise Finish
        try:
            if self.current_user:
                await check_may_decide(self, self.service.hub)
        except ConnectError as error:
            self.show_problem(error)
            raise Finish from None
        if self.needs_login and not self.current_user and self.request.method == "GET":
            self.log_in()
            raise Finish

    @property
    def issuer(self) -> str:
        """The address of this server, as the browser reached it."""
        return self.urls.issuer(self.request)

    @property
    def opens_files(self) -> str:
        """The address below which a file opens in the interface that this server starts with."""
        return self.urls.path(opens_files(self.settings["serverapp"].default_url))

    @property
    def arrivals(self) -> Arrivals:
        """The redirects to this page, of people who are logged in or of those who are not."""
        return self.service.arrivals if self.current_user else self.service.anonymous_arrivals

    @property
    def language(self) -> Language:
        """The language that the reader asks for. Without ``Vary``, as no cache keeps a page."""
        return language_of(self.request.headers.get("Accept-Language", ""))

    @property
    def user_key(self) -> str:
        """Who is logged in: a form is good for the person who saw it."""
        return str(self.current_user.username)

    def open_form(self, form: Form) -> str:
        """Return the nonce of a form on this page."""
        return self.service.forms.open(form)

    def take_form(self) -> Form:
        """Return the form that was submitted. Raises ConnectError."""
        if not self.current_user:
            raise ConnectError("logged_out")
        return self.service.forms.take(self.get_body_argument("nonce", ""), self.user_key)

    async def take_press(self, act: Callable[[Form], Awaitable[str]]) -> None:
        """Do what was pressed on a page about connected apps, and show that page again.

        ``act`` returns the query of that, empty where it shows a page itself. It may raise
        ConnectError and GrantTokensUnavailable.
        """
        try:
            form = self.take_form()
            if form.authorization_request is not None or form.address is not None:
                raise ConnectError("used")
            query = await act(form)
        except GrantTokensUnavailable as error:
            self.show_problem(ConnectError("not_ended", reason=error.what))
        except ConnectError as error:
            self.show_problem(error)
        else:
            if query:
                self.go_to_page(query)

    def go_to(self, url: str) -> None:
        """Redirect (RFC 9110, 15.4.4) without logging the query."""
        self.request.uri = self.request.path
        self.redirect(url, status=303)

    def arrive(self) -> bool:
        """Return whether the page may be shown; redirects to itself where that comes first."""
        if self.arrivals.take(self.request.query):
            return True
        page, _ = split(self.request.query)
        # What has no value says what a press did. Only the redirect after it may.
        self.go_to_page("&".join(part for part in page.split("&") if "=" in part))
        return False

    def go_to_page(self, query: str) -> None:
        """Redirect to the page with ``query``, so that no opener can script it."""
        self.set_header("Cross-Origin-Opener-Policy", REDIRECT_POLICY)
        self.go_to(f"{self.request.path}?{self.arrivals.expect(query)}")

    def log_exception(self, *args: Any) -> None:
        """Log an exception without the query."""
        self.request.uri = self.request.path
        super().log_exception(*args)

    def log_in(self) -> None:
        """Send the person to the server's own login page and back here, as tornado does."""
        url = self.get_login_url()  # it may look at where we are
        if "?" not in url:
            url = url_concat(url, {"next": self.request.uri})
        self.go_to(url)

    def show(self, template: str, status: int = 200, **values: object) -> None:
        """Write a page."""
        self.request.uri = self.request.path  # lest it be logged
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        common = {
            "static": self.urls.static,
            "xsrf": Markup(self.xsrf_form_html()),  # noqa: S704  (tornado's own)
            "server": self.issuer,
            "user": owner_name() if self.current_user else "",  # strangers see these pages, too
            "connected_apps_url": self.urls.path(paths.CONNECTED_APPS),
        }
        self.finish(render(template, self.language, **common, **values))

    def show_problem(self, error: ConnectError, *, client: str = "") -> None:
        """Show what is wrong. Never a redirect, which could lead to an address nobody checked."""
        self.telemetry.connect_refused(error, client, self.request.method or "", self.request.path)
        self.show(
            "problem.html",
            error.status,
            title=error.title,
            sentence=error.sentence,
            fix=error.fix,
            line=error.suggestion or "",
            client=client,
        )
