"""The router: every request passes here before it is routed to any handler.

A tornado ``Router`` behind the first rule of the application. ``policy.decision`` decides about a
request, ``outcomes`` carries that out. It returns None for what another rule should handle.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Set
from functools import partial
from typing import Any

from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import Matcher, Router, Rule
from tornado.web import Application

from ..grants.written_files import WrittenFiles
from ..policy.decision import (
    Admitted,
    EmbeddedResource,
    Preflight,
    Public,
    Refused,
    RequestPolicy,
)
from ..policy.settings import Settings
from .approved_origins import ApprovedOrigins
from .context import CONTEXT
from .delayed_delegate import DelayedDelegate
from .navigation_guard import NavigationGuard
from .outcomes import SAME_ORIGIN, Outcomes, serve_embedded, serve_own, serve_public
from .protected_paths import WRAPPED, Protection
from .request_credentials import has_limited_token
from .request_facts import facts_of, has_no_browser_headers
from .responses import set_rule
from .telemetry import Telemetry
from .token_kinds import TokenKinds

_LOOKED = "_escherpad_looked"


class CrossOriginRouter(Router, Matcher):
    """Answers preflights and refused origins; hands on what is admitted.

    It is a matcher, too: for most requests without ``Origin``, the next rule is asked at once.
    """

    def __init__(
        self,
        application: Application,
        telemetry: Telemetry,
        kinds: TokenKinds,
        approved: ApprovedOrigins,
        written: WrittenFiles,
        look_at_written: Callable[[], Awaitable[None]],
    ) -> None:
        """``approved`` are the origins that no setting need allow."""
        self._written = written
        self._look_at_written = look_at_written
        self._guard: NavigationGuard | None = None
        self._protection: Protection | None = None
        self._application = application
        self._outcomes = Outcomes(application, telemetry, kinds)
        self._kinds = kinds
        self._approved = approved
        self._policy = RequestPolicy(Settings.denying(), approved.has)

    def mount(self) -> None:
        """Stand before every other rule of the application."""
        self._application.default_router.rules.insert(0, Rule(self, self))

    def protect(self, protection: Protection) -> None:
        """Have requests at these paths answered only to those who are somebody."""
        self._protection = protection

    def open(
        self, settings: Settings, guard: NavigationGuard, *, public_paths: Set[str] = frozenset()
    ) -> None:
        """Go by these settings. Until then every other origin is refused.

        Whoever asks at one of ``public_paths`` gets the same, and anybody may read it.
        """
        self._guard = guard
        self._policy = RequestPolicy(settings, self._approved.has, public_paths)

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Return None where there is nothing to decide, so that the other rules are asked."""
        if hasattr(request, CONTEXT) or hasattr(request, WRAPPED):
            return None  # admitted just now, and looking for its handler
        if self._protection is not None:
            self._protection.mark(request)
        is_guarded = self._written.any and self._guard is not None
        if is_guarded or self._protection is not None or not has_no_browser_headers(request):
            return {}
        set_rule(request, SAME_ORIGIN)
        return None

    # One more function would cost every request.
    def find_handler(  # noqa: C901, PLR0911
        self, request: HTTPServerRequest, **kwargs: Any
    ) -> HTTPMessageDelegate | None:
        """Return what handles a request, None where the other rules find it."""
        if self._written.any and self._guard is not None:
            answer = self._guard.stop(request)
            if answer is not None:
                return answer
        if has_no_browser_headers(request):
            set_rule(request, SAME_ORIGIN)
            return None if self._protection is None else self._protection.wrap(request)
        facts = facts_of(request, partial(has_limited_token, request, self._kinds))
        match decision := self._policy.decide(facts):
            case Admitted(origin):
                found = self._outcomes.admit(request, decision, self._policy.settings)
                if origin is not None:
                    return found
            case Preflight():
                return self._outcomes.answer_preflight(request, decision, self._policy.settings)
            case Refused() if self._may_be_new(request, decision):
                return self._looked_first(request, self._approved.look)
            case Refused():
                return self._outcomes.refuse(request, decision)
            case EmbeddedResource():
                serve_embedded(request)
            case Public():
                serve_public(request, decision)
                return None
            case _ if facts.fetch_mode == "navigate" and not self._knows_what_was_written(request):
                return self._looked_first(request, self._look_at_written)
            case _:
                serve_own(request, self._policy.public_origin)
        return None if self._protection is None else self._protection.wrap(request)

    def _knows_what_was_written(self, request: HTTPServerRequest) -> bool:
        """Return whether it is known by now, since other servers of the owner note it, too.

        An app knows when it wrote, and may send the browser here at once.
        """
        return self._written.any or self._guard is None or hasattr(request, _LOOKED)

    def _looked_first(
        self, request: HTTPServerRequest, look: Callable[[], Awaitable[object]]
    ) -> HTTPMessageDelegate:
        setattr(request, _LOOKED, True)
        return DelayedDelegate(look, partial(self._application.find_handler, request))

    def _may_be_new(self, request: HTTPServerRequest, decision: Refused) -> bool:
        """Return whether another process may have approved this site since the last look.

        Only for who presents a grant token, and once.
        """
        if decision.preflight or hasattr(request, _LOOKED):
            return False
        if not self._policy.settings.may_be_approved(decision.refusal):
            return False
        return has_limited_token(request, self._kinds)
