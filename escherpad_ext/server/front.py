"""The front door: every request passes here before it is routed to any handler.

A tornado ``Router`` behind the first rule of the application. It returns None for what is not
its business, and the search for a handler goes on as if it were not there.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any
from urllib.parse import unquote, unquote_plus

from jupyter_server.base.handlers import JupyterHandler
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import AnyMatches, Router, Rule
from tornado.web import Application, RequestHandler

from ..policy import cors
from ..policy.credentials import Offer, Presented, header_token, present
from ..policy.own import is_foreign_subresource, is_own_origin
from ..policy.refusals import Refusal, refuse
from ..policy.settings import Settings
from ..policy.tokens import is_ours
from .accounting import Accounting
from .answers import PreflightHandler, RefusalHandler
from .context import RequestContext, attach, context_of, origin_of
from .responses import Public, Shared, VaryOnly, Withheld, set_rule

AT_HOME = VaryOnly()
FOR_ALL = Public()
# Without any of these, and without a token of ours, a request is a script's or a typed address.
_TELLING = frozenset(
    {"Origin", "Sec-Websocket-Origin", "Sec-Fetch-Site", "Sec-Websocket-Protocol", "Referer"}
)


class FrontDoor(Router):
    """Answers preflights and refused origins; lets allowed ones in, with a token or as nobody."""

    def __init__(
        self, application: Application, accounting: Accounting, lets_in: Callable[[str], bool]
    ) -> None:
        """``lets_in`` tells whether the owner let an origin in that the settings do not name."""
        self._application = application
        self._accounting = accounting
        self._lets_in = lets_in
        self._settings = Settings.denying()
        self._for_all: Set[str] = frozenset()

    def mount(self) -> None:
        """Stand before every other rule of the application."""
        self._application.default_router.rules.insert(0, Rule(AnyMatches(), self))

    def open(self, settings: Settings, *, for_all: Set[str] = frozenset()) -> None:
        """Go by these settings. Until then every other origin is refused.

        What is at the paths ``for_all`` is the same for everybody, and anybody may read it.
        """
        self._settings = settings
        self._for_all = frozenset() if settings.broken else for_all

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        """Return what handles a request from another origin, None for all other requests."""
        if context_of(request) is not None:
            return None  # let in just now, and looking for its handler
        if _says_nothing(request):
            set_rule(request, AT_HOME)
            return None
        origin = origin_of(request)
        if origin is None or self._is_own(origin, request):
            self._receive_at_home(request)
            return None
        return self._receive_foreign(request, origin)

    def _receive_foreign(
        self, request: HTTPServerRequest, origin: str
    ) -> HTTPMessageDelegate | None:
        preflight = cors.is_preflight(
            request.method, request.headers.get("Access-Control-Request-Method")
        )
        if request.path in self._for_all:
            return self._receive_anybody(request, origin, preflight)
        refusal = self._settings.refusal_of(origin)
        let_in = self._is_let_in(origin, refusal)
        if let_in:
            refusal = None
        if refusal is not None:
            _take_url_tokens(request)  # lest it be logged
            set_rule(request, Withheld(cors.PREFLIGHT_VARY if preflight else "Origin"))
            return self._refuse(request, origin, refusal)
        if preflight:
            set_rule(request, VaryOnly(cors.PREFLIGHT_VARY))
            return self._preflight(
                request, origin, allow_credentials=self._settings.allow_credentials
            )
        return self._receive_allowed(request, origin, let_in=let_in)

    def _is_let_in(self, origin: str, refusal: Refusal | None) -> bool:
        """Tell whether an origin may call only because the owner said so on the connect page."""
        if refusal is None or not self._settings.may_be_let_in(refusal):
            return False
        return self._lets_in(origin)

    def _receive_anybody(
        self, request: HTTPServerRequest, origin: str, preflight: bool
    ) -> HTTPMessageDelegate | None:
        _take_url_tokens(request)
        _delete(request, ("Cookie",))
        attach(request, RequestContext(origin, Presented()))
        if preflight:
            set_rule(request, VaryOnly(cors.PREFLIGHT_VARY))
            return self._preflight(request, "*", allow_credentials=False)
        set_rule(request, FOR_ALL)
        return None

    def _is_own(self, origin: str, request: HTTPServerRequest) -> bool:
        return is_own_origin(
            origin,
            host=request.headers.get("Host"),
            secure=request.protocol == "https",
            public_origin=self._settings.public_origin,
        )

    def _receive_at_home(self, request: HTTPServerRequest) -> None:
        """Leave a request alone that is not from another origin, but for two kinds of it."""
        headers = request.headers
        if is_foreign_subresource(headers.get("Sec-Fetch-Site"), headers.get("Sec-Fetch-Mode")):
            # Nobody knows which origin embeds it, so that no token can count.
            set_rule(request, Withheld())
            _take_url_tokens(request)
            _delete(request, ("Cookie", "Authorization", "Sec-WebSocket-Protocol"))
            attach(request, RequestContext(None, Presented(), subresource=True))
        elif _carries_token_of_ours(request):
            set_rule(request, Withheld(offer=self._admit(request, None).offer))
        else:
            set_rule(request, AT_HOME)
            self._translate_public_url(request)

    def _translate_public_url(self, request: HTTPServerRequest) -> None:
        """Let core, which compares with ``Host``, know a page of ``public_url`` as its own."""
        public = self._settings.public_origin
        if public is None:
            return
        home = f"{request.protocol}://{request.headers.get('Host', '')}"
        for name in ("Origin", "Sec-WebSocket-Origin", "Referer"):
            value = request.headers.get(name, "")
            if value == public or value.startswith(f"{public}/"):
                request.headers[name] = home + value[len(public) :]

    def _receive_allowed(
        self, request: HTTPServerRequest, origin: str, *, let_in: bool
    ) -> HTTPMessageDelegate:
        context = self._admit(request, origin)
        context.let_in = let_in
        set_rule(request, Shared(origin, context.offer, self._settings.allow_credentials))
        delegate = self._application.find_handler(request)
        handler_class = getattr(delegate, "handler_class", RequestHandler)
        asks_who = issubclass(handler_class, JupyterHandler)
        if not asks_who and (request.method not in cors.SAFE_METHODS or is_websocket(request)):
            return self._refuse(request, origin, refuse("not_across_origins", "no_login_check"))
        return delegate

    def _admit(self, request: HTTPServerRequest, origin: str | None) -> RequestContext:
        """Take the credentials off the request, but for the one token that counts."""
        offer = Offer.parse(request.headers.get("Sec-WebSocket-Protocol", ""))
        presented = present(
            authorization=request.headers.get("Authorization"),
            offer=offer,
            in_url=_take_url_tokens(request),
            websocket=is_websocket(request),
            url_tokens=self._settings.url_tokens,
            cookie="Cookie" in request.headers,
        )
        if header_token(request.headers.get("Authorization")) is None:
            _delete(request, ("Authorization",))
            if presented.token is not None:
                request.headers["Authorization"] = f"Bearer {presented.token}"
        _delete(request, ("Cookie", "Sec-WebSocket-Protocol"))
        if offer.protocols:
            request.headers["Sec-WebSocket-Protocol"] = ", ".join(offer.protocols)
        context = RequestContext(origin, presented, offer)
        attach(request, context)
        return context

    def _preflight(
        self, request: HTTPServerRequest, origin: str, *, allow_credentials: bool
    ) -> HTTPMessageDelegate:
        headers = request.headers
        private_network = headers.get("Access-Control-Request-Private-Network") == "true"
        answer = cors.preflight_headers(
            origin,
            requested_headers=headers.get("Access-Control-Request-Headers", ""),
            private_network=private_network,
            allow_credentials=allow_credentials,
            max_age_seconds=self._settings.preflight_max_age_seconds,
        )
        assert request.connection is not None
        return PreflightHandler(request.connection, answer)

    def _refuse(
        self, request: HTTPServerRequest, origin: str, refusal: Refusal
    ) -> HTTPMessageDelegate:
        self._accounting.refused(refusal, origin, request.method or "", request.path)
        return self._application.get_handler_delegate(request, RefusalHandler, {"refusal": refusal})


def is_websocket(request: HTTPServerRequest) -> bool:
    """Tell whether this is a WebSocket handshake (RFC 6455, section 4.2.1)."""
    return request.method == "GET" and request.headers.get("Upgrade", "").lower() == "websocket"


def _delete(request: HTTPServerRequest, names: tuple[str, ...]) -> None:
    for name in names:
        request.headers.pop(name, None)


def _says_nothing(request: HTTPServerRequest) -> bool:
    """Tell most requests that are none of the front door's business from all others, cheaply."""
    if not _TELLING.isdisjoint(request.headers) or "token" in request.query_arguments:
        return False
    return "." not in "".join(request.headers.get_list("Authorization"))


def _carries_token_of_ours(request: HTTPServerRequest) -> bool:
    """Tell whether a request shows, where core would look, a token that was given away."""
    in_url = [value.decode("latin-1") for value in request.query_arguments.get("token", ())]
    in_header = header_token(request.headers.get("Authorization")) or ""
    offered = Offer.parse(request.headers.get("Sec-WebSocket-Protocol", "")).tokens
    return any(is_ours(token) for token in (*in_url, in_header, *map(unquote, offered)))


def _take_url_tokens(request: HTTPServerRequest) -> list[bytes]:
    """Take ``token`` out of the query, so that no handler, log or proxied app sees it."""
    values = request.query_arguments.pop("token", [])
    request.arguments.pop("token", None)
    if values:
        kept = [p for p in request.query.split("&") if _name_of(p) != "token"]
        request.query = "&".join(kept)
        request.uri = request.path + ("?" + request.query if request.query else "")
    return [value for value in values if value]


def _name_of(parameter: str) -> str:
    return unquote_plus(parameter.partition("=")[0])
