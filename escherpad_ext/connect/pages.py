"""The pages that only the owner sees: who asks for what, and which apps are connected.

What protects them depends on no setting: an owner may have switched XSRF off, loosened the headers
of every page, or let any origin in.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import ensure_async
from markupsafe import Markup
from tornado.httputil import url_concat
from tornado.web import Finish

from ..errors import ConnectError
from ..policy.credentials import header_token
from ..policy.origin import Origin
from ..policy.refusals import Refusal, refuse
from ..policy.scopes import CONNECT_RESOURCE
from ..server.answers import write_refusal
from ..server.context import context_of
from ..server.telemetry import Telemetry
from . import metadata
from .browsers import is_safari, opener_policy
from .service import CONNECT, ConnectService, Form
from .urls import ServerUrls

_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Not `no-referrer`, which makes the form's `Origin` null (https://fetch.spec.whatwg.org/
    # #append-a-request-origin-header).
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_CORS = "Access-Control-"


def content_security_policy(form_target: Origin | None = None) -> str:
    """Return the pages' policy. Their form may lead on to ``form_target``.

    Chromium asks it about redirects after a form, too.
    """
    target = ""
    if form_target is not None:
        # A policy cannot name an IPv6 address (CSP3, 2.3.1, host-part).
        target = " http:" if form_target.host.startswith("[") else f" {form_target}"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"base-uri 'none'; frame-ancestors 'none'; form-action 'self'{target}"
    )


class PageHandler(JupyterHandler):
    """A page that opens by itself, in front of whoever is logged in with a cookie."""

    auth_resource = CONNECT_RESOURCE

    def initialize(self, service: ConnectService, urls: ServerUrls, telemetry: Telemetry) -> None:
        """Take what the extension put together."""
        self.service = service
        self.urls = urls
        self.telemetry = telemetry

    def set_default_headers(self) -> None:
        """Add the headers that protect the page, after those that settings add or loosen."""
        super().set_default_headers()
        for name in [name for name, _ in self._headers.get_all() if name.startswith(_CORS)]:
            self.clear_header(name)
        for name, value in _HEADERS.items():
            self.set_header(name, value)
        # An opener must not script the page: notebooks run on this very origin.
        self.set_header("Cross-Origin-Opener-Policy", opener_policy(self._user_agent))
        self.set_header("Content-Security-Policy", content_security_policy())

    @property
    def _user_agent(self) -> str:
        return str(self.request.headers.get("User-Agent", ""))

    def set_cors_headers(self) -> None:
        """Do nothing: no other origin may read this, whatever ``allow_origin`` says."""

    async def prepare(self) -> None:  # type: ignore[override]
        """Answer only a person in front of the page."""
        await super().prepare()
        if self._finished:
            return
        refusal = self._refusal_of_request()
        if refusal is not None:
            self._count_refusal(refusal)
            write_refusal(self, refusal)
            raise Finish
        if "Sec-Fetch-Mode" not in self.request.headers:
            self.show_problem(_no_metadata())
            raise Finish
        try:
            await self._check_may_decide()
        except ConnectError as error:
            self.show_problem(error, status=403)
            raise Finish from None

    def _refusal_of_request(self) -> Refusal | None:
        request = self.request
        # Not any `Authorization`: browsers add `Basic` by themselves, for a proxy that asks for it.
        in_header = header_token(request.headers.get("Authorization")) is not None
        if in_header or "token" in request.arguments or self.token_authenticated:
            return refuse("owner_only", "token_used")
        if context_of(request) is not None:  # another origin
            return refuse("owner_only", "not_navigated")
        if "Sec-Fetch-Mode" not in request.headers:
            return None
        wanted = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        if request.method == "POST":
            # By a click, on this origin. Who has not seen the page does not know its nonce.
            wanted["Sec-Fetch-Site"] = "same-origin"
            if not is_safari(self._user_agent):
                wanted["Sec-Fetch-User"] = "?1"
        if any(request.headers.get(name) != value for name, value in wanted.items()):
            return refuse("owner_only", "not_navigated")
        if request.method == "POST" and "Origin" not in request.headers:
            return refuse("owner_only", "not_navigated")
        return None

    async def _check_may_decide(self) -> None:
        """Raise ConnectError for those who are logged in, but have nothing to decide here."""
        if not self.current_user:
            return
        self.service.check_is_owner(self.current_user)
        if not await self._is_authorized():
            raise _not_authorized()

    async def _is_authorized(self) -> bool:
        """Ask the server's own authorizer, where several people share a server."""
        allowed = self.authorizer.is_authorized(self, self.current_user, "write", CONNECT_RESOURCE)
        return bool(await ensure_async(cast(Any, allowed)))

    def _count_refusal(self, refusal: Refusal) -> None:
        request = self.request
        origin = request.headers.get("Origin")
        self.telemetry.refused(refusal, origin, request.method or "", request.path)

    @property
    def issuer(self) -> str:
        """The address of this server, as the browser reached it."""
        return self.urls.issuer(self.request)

    @property
    def user_key(self) -> str:
        """Who is logged in, to tell one person's pages from another's."""
        return str(self.current_user.username)

    def take_form(self) -> Form:
        """Return the page that the click came from; raises ConnectError."""
        if not self.current_user:
            raise ConnectError("You are not logged in any more.", code="logged_out")
        return self.service.take_form(self.get_body_argument("nonce", ""), self.user_key)

    def go_to(self, url: str) -> None:
        """Redirect; what was asked with is not logged (RFC 9110, 15.4.4)."""
        self.request.uri = self.request.path
        self.redirect(url, status=303)

    def log_exception(self, *args: Any) -> None:
        """Log what went wrong, but not what was asked with it."""
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
        from ..grants import owner_name  # noqa: PLC0415 - SQLite, which most never need

        self.request.uri = self.request.path  # lest it be logged
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        page = _environment().get_template(template)
        common = {
            "static": self.urls.static,
            "xsrf": Markup(self.xsrf_form_html()),  # noqa: S704  (tornado's own)
            "server": self.issuer,
            "user": owner_name(),
            "connections_url": self.urls.path(metadata.CONNECTIONS),
        }
        self.finish(page.render(**common, **values))

    def show_problem(self, error: ConnectError, *, status: int = 400, client: str = "") -> None:
        """Say what is wrong, and what to write. Never a redirect, as nobody knows to whom."""
        CONNECT.labels("refused").inc()
        self.telemetry.connect_refused(error, client, self.request.method or "", self.request.path)
        self.show(
            "problem.html",
            status,
            title=TITLES.get(error.code, "This site cannot be connected"),
            what=error.what,
            fix=error.suggestion or "",
            client=client,
        )


#: Headings of the pages that say what is wrong; the rest have the first one's.
TITLES = {
    "off": "Connecting is switched off",
    "not_listed": "This site is not on the list",
    "forgotten": "This request has ended",
    "used": "This page has ended",
    "logged_out": "You are not logged in",
    "not_logged_in": "You are not logged in",
    "not_owner": "You are not the owner of this server",
    "nothing_ticked": "Nothing was allowed",
    "not_ended": "It could not be disconnected",
    "settings_invalid": "A setting of this server is wrong",
    "no_grants": "This server cannot read its grants",
}


def _no_metadata() -> ConnectError:
    return ConnectError(
        "The browser does not say how this page was opened. Browsers say so on https and on "
        "localhost only; open this server at such an address, or give the site a token with: "
        "jupyter escherpad token create",
        code="no_fetch_metadata",
    )


def _not_authorized() -> ConnectError:
    return ConnectError(
        "You may use this server, but its authorizer does not let you connect apps to it.",
        code="not_authorized",
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
