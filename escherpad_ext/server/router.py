"""The router: every request passes here before it is routed to any handler.

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
from ..policy.tokens import is_grant_token
from .answers import PreflightHandler, RefusalHandler
from .context import RequestContext, attach, context_of, origin_of
from .responses import Public, VaryOnly, WithCors, WithoutCors, set_rule
from .telemetry import Telemetry

SAME_ORIGIN = VaryOnly()
PUBLIC = Public()
# Without any of these, and without a grant token, a request is a script's or a typed address.
_BROWSER_HEADERS = frozenset(
    {"Origin", "Sec-Websocket-Origin", "Sec-Fetch-Site", "Sec-Websocket-Protocol", "Referer"}
)


class CrossOriginRouter(Router):
    """Answers preflights and refused origins; lets allowed ones in, with a token or as nobody."""

    def __init__(
        self, application: Application, telemetry: Telemetry, is_approved: Callable[[str], bool]
    ) -> None:
        """``is_approved`` says whether an origin that no setting allows has a live grant."""
        self._application = application
        self._telemetry = telemetry
        self._is_approved_origin = is_approved
        self._settings = Settings.denying()
        self._public_paths: Set[str] = frozenset()

    def mount(self) -> None:
        """Stand before every other rule of the application."""
        self._application.default_router.rules.insert(0, Rule(AnyMatches(), self))

    def open(self, settings: Settings, *, public_paths: Set[str] = frozenset()) -> None:
        """Go by these settings. Until then every other origin is refused.

        What is at the paths ``public_paths`` is the same for everybody, and anybody may read it.
        """
        self._settings = settings
        self._public_paths = frozenset() if settings.broken else public_paths

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        """Return what handles a request from another origin, None for all other requests."""
        if context_of(request) is not None:
            return None  # admitted just now, and looking for its handler
        if _has_no_browser_headers(request):
            set_rule(request, SAME_ORIGIN)
            return None
        origin = origin_of(request)
        if origin is None or self._is_own(origin, request):
            self._receive_same_origin(request)
            return None
        return self._receive_cross_origin(request, origin)

    def _receive_cross_origin(
        self, request: HTTPServerRequest, origin: str
    ) -> HTTPMessageDelegate | None:
        preflight = cors.is_preflight(
            request.method, request.headers.get("Access-Control-Request-Method")
        )
        if request.path in self._public_paths:
            return self._receive_public(request, origin, preflight)
        refusal = self._settings.refusal_of(origin)
        approved_by_grant = self._is_approved(origin, refusal)
        if approved_by_grant:
            refusal = None
        if refusal is not None:
            _take_url_tokens(request)  # lest it be logged
            set_rule(request, WithoutCors(cors.PREFLIGHT_VARY if preflight else "Origin"))
            return self._refuse(request, origin, refusal)
        if preflight:
            set_rule(request, VaryOnly(cors.PREFLIGHT_VARY))
            return self._preflight(
                request, origin, allow_credentials=self._settings.allow_credentials
            )
        return self._receive_allowed(request, origin, approved_by_grant=approved_by_grant)

    def _is_approved(self, origin: str, refusal: Refusal | None) -> bool:
        """Return whether an origin may call only because the owner said so on the connect page."""
        if refusal is None or not self._settings.may_be_approved(refusal):
            return False
        return self._is_approved_origin(origin)

    def _receive_public(
        self, request: HTTPServerRequest, origin: str, preflight: bool
    ) -> HTTPMessageDelegate | None:
        _take_url_tokens(request)
        _delete(request, ("Cookie",))
        attach(request, RequestContext(origin, Presented()))
        if preflight:
            set_rule(request, VaryOnly(cors.PREFLIGHT_VARY))
            return self._preflight(request, "*", allow_credentials=False)
        set_rule(request, PUBLIC)
        return None

    def _is_own(self, origin: str, request: HTTPServerRequest) -> bool:
        public_origin = self._settings.public_origin
        return is_own_origin(
            origin,
            host=request.headers.get("Host"),
            secure=request.protocol == "https",
            public_origin=public_origin,
            port=None if public_origin is None else listening_port(request),
        )

    def _receive_same_origin(self, request: HTTPServerRequest) -> None:
        """Leave a request alone that is not from another origin, but for two kinds of it."""
        headers = request.headers
        if is_foreign_subresource(headers.get("Sec-Fetch-Site"), headers.get("Sec-Fetch-Mode")):
            # Nobody knows which origin embeds it, so that no token can count.
            set_rule(request, WithoutCors())
            _take_url_tokens(request)
            _delete(request, ("Cookie", "Authorization", "Sec-WebSocket-Protocol"))
            attach(request, RequestContext(None, Presented(), subresource=True))
        elif _carries_grant_token(request):
            set_rule(request, WithoutCors(offer=self._admit(request, None).offer))
        else:
            set_rule(request, SAME_ORIGIN)
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
        self, request: HTTPServerRequest, origin: str, *, approved_by_grant: bool
    ) -> HTTPMessageDelegate:
        context = self._admit(request, origin)
        context.approved_by_grant = approved_by_grant
        set_rule(request, WithCors(origin, context.offer, self._settings.allow_credentials))
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
        self._telemetry.refused(refusal, origin, request.method or "", request.path)
        return self._application.get_handler_delegate(request, RefusalHandler, {"refusal": refusal})


def is_websocket(request: HTTPServerRequest) -> bool:
    """Return whether this is a WebSocket handshake (RFC 6455, section 4.2.1)."""
    return request.method == "GET" and request.headers.get("Upgrade", "").lower() == "websocket"


def listening_port(request: HTTPServerRequest) -> int | None:
    """Return the port at which the server took this request, None on a unix socket.

    Not the server's setting, which is 0 where the system chose the port.
    """
    socket = getattr(getattr(request.connection, "stream", None), "socket", None)
    name = socket.getsockname() if socket is not None else None
    return int(name[1]) if isinstance(name, tuple) else None


def _delete(request: HTTPServerRequest, names: tuple[str, ...]) -> None:
    for name in names:
        request.headers.pop(name, None)


def _has_no_browser_headers(request: HTTPServerRequest) -> bool:
    """Tell most requests that are none of the router's business from all others, cheaply."""
    if not _BROWSER_HEADERS.isdisjoint(request.headers) or "token" in request.query_arguments:
        return False
    return "." not in "".join(request.headers.get_list("Authorization"))


def _carries_grant_token(request: HTTPServerRequest) -> bool:
    """Return whether a request shows, where core would look, a grant token."""
    in_url = [value.decode("latin-1") for value in request.query_arguments.get("token", ())]
    in_header = header_token(request.headers.get("Authorization")) or ""
    offered = Offer.parse(request.headers.get("Sec-WebSocket-Protocol", "")).tokens
    return any(is_grant_token(token) for token in (*in_url, in_header, *map(unquote, offered)))


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
