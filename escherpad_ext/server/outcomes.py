"""What the router does with a request once ``policy.decision`` has decided about it."""

from __future__ import annotations

from jupyter_server.base.handlers import JupyterHandler
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.web import Application, RequestHandler

from ..policy import cors
from ..policy.credentials import Presented
from ..policy.decision import Admitted, Preflight, Public, Refused, refusal_of_handler
from ..policy.refusals import Refusal
from ..policy.settings import Settings
from .answers import PreflightHandler, RefusalHandler
from .concealment import concealing
from .context import RequestContext, attach
from .kernel_protocol import speak_offered_protocol
from .login_check import check_caller
from .request_credentials import drop_all, drop_cookies, keep_one_token, take_url_tokens
from .request_facts import is_websocket
from .responses import PublicCors, VaryOnly, WithCors, WithoutCors, set_rule
from .telemetry import Telemetry
from .token_kinds import TokenKinds

SAME_ORIGIN = VaryOnly()
PUBLIC_CORS = PublicCors()


class Outcomes:
    """Prepares a request for the handler that it is admitted to, or answers it."""

    def __init__(self, application: Application, telemetry: Telemetry, kinds: TokenKinds) -> None:
        self._application = application
        self._kinds = kinds
        self._telemetry = telemetry

    def admit(
        self, request: HTTPServerRequest, decision: Admitted, settings: Settings
    ) -> HTTPMessageDelegate | None:
        """Leave the one token that counts; return what handles the request.

        None where the other rules find it: without ``Origin``, all but the token is as ever.
        """
        origin = decision.origin
        context = keep_one_token(request, origin, settings.url_tokens, self._kinds)
        if origin is None:
            set_rule(request, WithoutCors(offer=context.offer))
            return None
        context.approved_by_grant = decision.approved_by_grant
        set_rule(request, WithCors(origin, context.offer, settings.allow_credentials))
        delegate = self._application.find_handler(request)
        checks_login = _checks_login(delegate)
        if not checks_login:
            check_caller(delegate)
        handler_class = getattr(delegate, "handler_class", None)
        if context.kind is not None and handler_class is not None:
            # From the start: an object that changes its class is slower from then on.
            delegate.handler_class = concealing(handler_class)
        if context.offer.bare:  # last: a handler may give up what this adds, and nothing else
            speak_offered_protocol(delegate, context.offer)
        refusal = refusal_of_handler(
            request.method or "", websocket=is_websocket(request), checks_login=checks_login
        )
        return delegate if refusal is None else self._refuse(request, origin, refusal)

    def answer_preflight(
        self, request: HTTPServerRequest, decision: Preflight, settings: Settings
    ) -> HTTPMessageDelegate:
        """Return what answers a preflight of an allowed origin."""
        set_rule(request, VaryOnly(cors.PREFLIGHT_VARY))
        headers = request.headers
        answer = cors.preflight_headers(
            decision.allow_origin,
            requested_headers=headers.get("Access-Control-Request-Headers", ""),
            private_network=headers.get("Access-Control-Request-Private-Network") == "true",
            allow_credentials=decision.allow_credentials,
            max_age_seconds=settings.preflight_max_age_seconds,
        )
        assert request.connection is not None
        return PreflightHandler(request.connection, answer)

    def refuse(self, request: HTTPServerRequest, decision: Refused) -> HTTPMessageDelegate:
        """Return what answers a request with a refusal."""
        take_url_tokens(request)  # lest it be logged
        set_rule(request, WithoutCors(cors.PREFLIGHT_VARY if decision.preflight else "Origin"))
        return self._refuse(request, decision.origin, decision.refusal)

    def _refuse(
        self, request: HTTPServerRequest, origin: str, refusal: Refusal
    ) -> HTTPMessageDelegate:
        self._telemetry.refused(refusal, origin, request.method or "", request.path)
        return self._application.get_handler_delegate(request, RefusalHandler, {"refusal": refusal})


def serve_embedded(request: HTTPServerRequest) -> None:
    """Drop all credentials: nobody knows which origin embeds it, so no token can count."""
    set_rule(request, WithoutCors())
    drop_all(request)
    attach(request, RequestContext(None, Presented(), subresource=True))


def serve_public(request: HTTPServerRequest, decision: Public) -> None:
    """Let anybody read the answer, which is the same for all."""
    drop_cookies(request)
    attach(request, RequestContext(decision.origin, Presented()))
    set_rule(request, PUBLIC_CORS)


def serve_own(request: HTTPServerRequest, public_origin: str | None) -> None:
    """Show core, which compares with ``Host``, that a page of ``public_url`` is its own."""
    set_rule(request, SAME_ORIGIN)
    if public_origin is None:
        return
    home = f"{request.protocol}://{request.headers.get('Host', '')}"
    for name in ("Origin", "Sec-WebSocket-Origin", "Referer"):
        value = request.headers.get(name, "")
        if value == public_origin or value.startswith(f"{public_origin}/"):
            request.headers[name] = home + value[len(public_origin) :]


def _checks_login(delegate: HTTPMessageDelegate) -> bool:
    """Return whether Jupyter's own handler, which checks who calls, is behind this."""
    return issubclass(getattr(delegate, "handler_class", RequestHandler), JupyterHandler)
