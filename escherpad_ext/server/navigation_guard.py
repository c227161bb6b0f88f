"""Leads navigations from elsewhere to the page that asks first; see ``policy.interstitial``."""

from __future__ import annotations

import hmac
from collections.abc import Set
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, HTTPServerRequest
from tornado.web import RequestHandler

from ..policy.credentials import header_token
from ..policy.interstitial import (
    Navigation,
    Source,
    is_unconcerned,
    opens_directly,
    runs_files,
    source_of,
)
from ..policy.own import is_own_origin
from .answers import RefusalHandler
from .context import context_of
from .responses import VaryOnly, set_rule
from .scope_check import names_of

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

_LOOKED_AT = "_escherpad_navigation"


class NotStored(VaryOnly):
    """As the handler answers, and kept by nobody: what goes back in the history asks again."""

    def apply(self, status: int, headers: HTTPHeaders) -> None:
        """See the base class."""
        super().apply(status, headers)
        headers["Cache-Control"] = "no-store"


class AskFirstHandler(RequestHandler):
    """Redirects to the page that asks. It reveals nothing, not even whether the address exists."""

    def initialize(self, location: str) -> None:
        """Take where the page is."""
        self._location = location

    def check_xsrf_cookie(self) -> None:
        """Do nothing: nothing is changed here."""

    @allow_unauthenticated
    def get(self) -> None:
        """Redirect (RFC 9110, 15.4.4)."""
        self.set_header("Cache-Control", "no-store")
        self.redirect(self._location, status=303)

    head = get


class NavigationGuard:
    """Knows the server's addresses. The router asks it while there is something to ask about."""

    def __init__(
        self, server: ServerApp, public_origin: str | None, *, page: str, owner_pages: Set[str]
    ) -> None:
        """``page`` is the path of the page that asks. ``owner_pages`` protect themselves."""
        self._application = server.web_app
        self._provider = server.identity_provider
        self._base_url: str = server.base_url
        default = _below(self._base_url, server.default_url)
        self._starts = frozenset({default} if "/" not in default else ())
        self._page = page
        self._owner_pages = owner_pages
        self._public_origin = public_origin
        settings = server.web_app.settings
        hub = getattr(self._provider, "hub_auth", None) or settings.get("hub_auth")
        self._is_on_hub = hub is not None
        paths = (f"{server.base_url}login", str(getattr(hub, "hub_prefix", "")))
        self._login_paths = tuple(path for path in paths if path.strip("/"))

    def stop(self, request: HTTPServerRequest) -> HTTPMessageDelegate | None:
        """Return what answers instead of the handler, None where the request goes on."""
        if hasattr(request, _LOOKED_AT) or not request.path.startswith(self._base_url):
            return None
        source = source_of(
            self._navigation(request), self._login_paths, needs_referrer=self._is_on_hub
        )
        if source is Source.NO_NAVIGATION:
            return None
        setattr(request, _LOOKED_AT, True)
        found = self._application.find_handler(request)
        if context_of(request) is not None or _is(found, RefusalHandler):
            return found  # no cookie counts here
        return self._ask_or(found, request, source)

    def _ask_or(
        self, found: HTTPMessageDelegate, request: HTTPServerRequest, source: Source
    ) -> HTTPMessageDelegate:
        names = names_of(_class_of(found))  # type: ignore[arg-type]
        if source is Source.EMBEDDED:
            return self._ask(request, request.uri or "") if runs_files(names) else found
        is_login = _is(found, self._provider.login_handler_class)
        address = self._next_of(request) if is_login else request.uri or ""
        if not is_login and is_unconcerned(names):
            return found
        if source is Source.OWN_PAGE or self._opens_directly(address):
            set_rule(request, NotStored())
            return found
        return self._ask(request, address)

    def _ask(self, request: HTTPServerRequest, address: str) -> HTTPMessageDelegate:
        location = f"{self._page}?address={quote(address, safe='')}"
        return self._application.get_handler_delegate(
            request, AskFirstHandler, {"location": location}
        )

    def _navigation(self, request: HTTPServerRequest) -> Navigation:
        headers = request.headers
        return Navigation(
            method="" if "Upgrade" in headers else request.method or "",
            fetch_site=headers.get("Sec-Fetch-Site"),
            fetch_mode=headers.get("Sec-Fetch-Mode"),
            accept=headers.get("Accept", ""),
            referrer=self._own_referrer(request),
            has_token_header=header_token(headers.get("Authorization")) is not None,
        )

    def _own_referrer(self, request: HTTPServerRequest) -> str | None:
        """Return the path of the page of this server that led here."""
        try:
            referrer = urlsplit(request.headers.get("Referer", ""))
        except ValueError:
            return None
        own = is_own_origin(
            f"{referrer.scheme}://{referrer.netloc}",
            host=request.headers.get("Host"),
            secure=request.protocol == "https",
            public_origin=None,
        )
        public = f"{referrer.scheme}://{referrer.netloc}" == self._public_origin
        return referrer.path or "/" if own or public else None

    def _next_of(self, request: HTTPServerRequest) -> str:
        """Return where the login leads on to."""
        values = request.query_arguments.get("next") or [self._base_url.encode()]
        return values[-1].decode("utf-8", "replace")

    def _opens_directly(self, address: str) -> bool:
        try:
            parts = urlsplit(address)
        except ValueError:
            return False
        if parts.scheme or parts.netloc:
            return False
        if parts.path in self._owner_pages:
            return True
        below = _below(self._base_url, parts.path)
        is_base = f"{parts.path}/" == self._base_url or parts.path.startswith(self._base_url)
        token = self._has_server_token(parts.query)
        return is_base and opens_directly(below, parts.query, self._starts, has_server_token=token)

    def _has_server_token(self, query: str) -> bool:
        known = str(getattr(self._provider, "token", "") or "")
        given = parse_qs(query).get("token", [""])[-1]
        return bool(known) and hmac.compare_digest(given.encode(), known.encode())


def is_own_address(base_url: str, address: str) -> bool:
    """Return whether an address is a path of this server, however browsers read it."""
    is_plain = address.isprintable() and "\\" not in address and not address.startswith("//")
    return is_plain and address.startswith(base_url)


def _is(found: HTTPMessageDelegate, handler_class: Any) -> bool:
    return issubclass(_class_of(found), handler_class)


def _class_of(found: HTTPMessageDelegate) -> type[RequestHandler]:
    handler_class: type[RequestHandler] = getattr(found, "handler_class", RequestHandler)
    return handler_class


def _below(base_url: str, path: str) -> str:
    return urlsplit(path).path.removeprefix(base_url).strip("/")
