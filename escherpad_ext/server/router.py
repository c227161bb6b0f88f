"""The router: every request passes here before it is routed to any handler.

A tornado ``Router`` behind the first rule of the application. ``policy.decision`` decides about a
request, the router carries that out. It returns None for what another rule should handle.
"""

from __future__ import annotations

from collections.abc import Set
from functools import partial
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import AnyMatches, Router, Rule
from tornado.web import Application, RequestHandler

from ..grants.written_files import WrittenFiles
from ..policy import cors
from ..policy.credentials import Presented
from ..policy.decision import (
    Admitted,
    EmbeddedResource,
    Preflight,
    Public,
    Refused,
    RequestPolicy,
    refusal_of_handler,
)
from ..policy.refusals import Refusal
from ..policy.settings import Settings
from .answers import PreflightHandler, RefusalHandler
from .approved_origins import ApprovedOrigins
from .context import RequestContext, attach, context_of
from .delayed_delegate import DelayedDelegate
from .login_check import check_caller
from .navigation_guard import NavigationGuard
from .request_credentials import (
    drop_all,
    drop_cookies,
    has_limited_token,
    keep_one_token,
    take_url_tokens,
)
from .request_facts import facts_of, has_no_browser_headers, is_websocket
from .responses import PublicCors, VaryOnly, WithCors, WithoutCors, set_rule
from .telemetry import Telemetry
from .token_kinds import TokenKinds

SAME_ORIGIN = VaryOnly()
PUBLIC_CORS = PublicCors()
_LOOKED = "_escherpad_looked"


class CrossOriginRouter(Router):
    """Answers preflights and refused origins; hands on what is admitted."""

    def __init__(
        self,
        application: Application,
        telemetry: Telemetry,
        kinds: TokenKinds,
        approved: ApprovedOrigins,
        written: WrittenFiles,
    ) -> None:
        """``approved`` are the origins that no setting need allow."""
        self._written = written
        self._guard: NavigationGuard | None = None
        self._application = application
        self._telemetry = telemetry
        self._kinds = kinds
        self._approved = approved
        self._policy = RequestPolicy(Settings.denying(), approved.has)

    def mount(self) -> None:
        """Stand before every other rule of the application."""
        self._application.default_router.rules.insert(0, Rule(AnyMatches(), self))

    def open(
        self, settings: Settings, guard: NavigationGuard, *, public_paths: Set[str] = frozenset()
    ) -> None:
        """Go by these settings. Until then every other origin is refused.

        Whoever asks at one of ``public_paths`` gets the same, and anybody may read it.
        """
        self._guard = guard
        self._policy = RequestPolicy(settings, self._approved.has, public_paths)

    # One more function would cost every request.
    def find_handler(  # noqa: C901, PLR0911
        self, request: HTTPServerRequest, **kwargs: Any
    ) -> HTTPMessageDelegate | None:
        """Return what handles a request, None where the other rules find it."""
        if context_of(request) is not None:
            return None  # admitted just now, and looking for its handler
        if self._written.any and self._guard is not None:
            answer = self._guard.stop(request)
            if answer is not None:
                return answer
        if has_no_browser_headers(request):
            set_rule(request, SAME_ORIGIN)
            return None
        facts = facts_of(request, partial(has_limited_token, request, self._kinds))
        match decision := self._policy.decide(facts):
            case Admitted(origin=None):
                self._admit_script(request)
            case Admitted(origin=str(origin)):
                return self._admit(request, origin, approved_by_grant=decision.approved_by_grant)
            case Preflight():
                return self._answer_preflight(request, decision)
            case Refused() if self._may_be_new(request, decision):
                find = partial(self._application.find_handler, request)
                return DelayedDelegate(self._approved.look, find)
            case Refused():
                return self._answer_refused(request, decision)
            case EmbeddedResource():
                self._serve_embedded(request)
            case Public():
                self._serve_public(request, decision)
            case _:
                set_rule(request, SAME_ORIGIN)
                self._translate_public_url(request)
                return self._ask_of_other_servers(request, facts.fetch_mode)
        return None

    def _ask_of_other_servers(
        self, request: HTTPServerRequest, fetch_mode: str | None
    ) -> HTTPMessageDelegate | None:
        """Look what other servers of the owner noted just now: an app knows when it wrote."""
        if self._guard is None or self._written.any or fetch_mode != "navigate":
            return None
        self._written.look()
        return self._guard.stop(request) if self._written.any else None

    def _admit_script(self, request: HTTPServerRequest) -> None:
        context = keep_one_token(request, None, self._policy.settings.url_tokens)
        set_rule(request, WithoutCors(offer=context.offer))

    def _admit(
        self, request: HTTPServerRequest, origin: str, *, approved_by_grant: bool
    ) -> HTTPMessageDelegate:
        settings = self._policy.settings
        context = keep_one_token(request, origin, settings.url_tokens)
        context.approved_by_grant = approved_by_grant
        set_rule(request, WithCors(origin, context.offer, settings.allow_credentials))
        delegate = self._application.find_handler(request)
        checks_login = _checks_login(delegate)
        if not checks_login:
            check_caller(delegate)
        refusal = refusal_of_handler(
            request.method or "", websocket=is_websocket(request), checks_login=checks_login
        )
        return delegate if refusal is None else self._refuse(request, origin, refusal)

    def _may_be_new(self, request: HTTPServerRequest, decision: Refused) -> bool:
        """Return whether another process may have approved this site since the last look.

        Only for who presents a grant token, and once.
        """
        if decision.preflight or hasattr(request, _LOOKED):
            return False
        if not self._policy.settings.may_be_approved(decision.refusal):
            return False
        setattr(request, _LOOKED, True)
        return has_limited_token(request, self._kinds)

    def _answer_preflight(
        self, request: HTTPServerRequest, decision: Preflight
    ) -> HTTPMessageDelegate:
        set_rule(request, VaryOnly(cors.PREFLIGHT_VARY))
        headers = request.headers
        answer = cors.preflight_headers(
            decision.allow_origin,
            requested_headers=headers.get("Access-Control-Request-Headers", ""),
            private_network=headers.get("Access-Control-Request-Private-Network") == "true",
            allow_credentials=decision.allow_credentials,
            max_age_seconds=self._policy.settings.preflight_max_age_seconds,
        )
        assert request.connection is not None
        return PreflightHandler(request.connection, answer)

    def _answer_refused(self, request: HTTPServerRequest, decision: Refused) -> HTTPMessageDelegate:
        take_url_tokens(request)  # lest it be logged
        set_rule(request, WithoutCors(cors.PREFLIGHT_VARY if decision.preflight else "Origin"))
        return self._refuse(request, decision.origin, decision.refusal)

    def _serve_embedded(self, request: HTTPServerRequest) -> None:
        """Nobody knows which origin embeds it, so no token can count."""
        set_rule(request, WithoutCors())
        drop_all(request)
        attach(request, RequestContext(None, Presented(), subresource=True))

    def _serve_public(self, request: HTTPServerRequest, decision: Public) -> None:
        drop_cookies(request)
        attach(request, RequestContext(decision.origin, Presented()))
        set_rule(request, PUBLIC_CORS)

    def _translate_public_url(self, request: HTTPServerRequest) -> None:
        """Show core, which compares with ``Host``, that a page of ``public_url`` is its own."""
        public = self._policy.public_origin
        if public is None:
            return
        home = f"{request.protocol}://{request.headers.get('Host', '')}"
        for name in ("Origin", "Sec-WebSocket-Origin", "Referer"):
            value = request.headers.get(name, "")
            if value == public or value.startswith(f"{public}/"):
                request.headers[name] = home + value[len(public) :]

    def _refuse(
        self, request: HTTPServerRequest, origin: str, refusal: Refusal
    ) -> HTTPMessageDelegate:
        self._telemetry.refused(refusal, origin, request.method or "", request.path)
        return self._application.get_handler_delegate(request, RefusalHandler, {"refusal": refusal})


def _checks_login(delegate: HTTPMessageDelegate) -> bool:
    """Return whether Jupyter's own handler, which checks who calls, is behind this."""
    return issubclass(getattr(delegate, "handler_class", RequestHandler), JupyterHandler)
