"""What to do with a request: its facts in, one decision out.

Pure: no tornado, no I/O, no clock. ``server.request_facts`` collects the facts and
``server.router`` carries the decision out.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from functools import lru_cache
from typing import NamedTuple

from . import cors
from .own import is_foreign_subresource, is_own_form, is_own_origin
from .refusals import Refusal, refuse
from .settings import Settings

#: How many origins are remembered, and how long they may be. The settings never change; whether
#: the owner approved an origin is asked at each request.
MAX_REMEMBERED_ORIGINS = 256
MAX_REMEMBERED_LENGTH = 256


class RequestFacts(NamedTuple):
    """What decides about a request.

    ``origin`` is None where the request names none. ``secure`` says whether it came by https,
    as far as the server knows. ``fetch_site``, ``fetch_mode`` and ``requested_method`` are the
    headers ``Sec-Fetch-Site``, ``Sec-Fetch-Mode`` and ``Access-Control-Request-Method``.

    Two facts take time to find, so they are functions. ``has_limited_token`` says whether there
    is a token with limits of its own, as grant tokens are; it is not called for other origins.
    ``listening_port`` is where the server took the request, None on a unix socket.
    """

    method: str
    path: str
    origin: str | None
    host: str | None
    secure: bool
    fetch_site: str | None
    fetch_mode: str | None
    requested_method: str | None
    has_limited_token: Callable[[], bool]
    listening_port: Callable[[], int | None]


class SameOrigin:
    """From the server's own pages, or from a script: handled as without the extension."""


class EmbeddedResource:
    """An ``<img>`` or a ``<script>`` on another site's page: no credentials count."""


class Public(NamedTuple):
    """For a path that is the same for everybody: any origin may read it, no credentials count."""

    origin: str


class Refused(NamedTuple):
    """From an origin that is not allowed."""

    origin: str
    refusal: Refusal
    preflight: bool


class Preflight(NamedTuple):
    """A preflight to answer at once: ``allow_origin`` may call."""

    allow_origin: str
    allow_credentials: bool


class Admitted(NamedTuple):
    """Handled with the request's one token and without cookies.

    ``origin`` is the allowed origin, None for a script's request with a token that has limits.
    ``approved_by_grant`` is true where only the owner's approval on the connect page allows it.
    """

    origin: str | None
    approved_by_grant: bool = False


SAME_ORIGIN, EMBEDDED_RESOURCE = SameOrigin(), EmbeddedResource()
# Ask for the class: values of different classes may be equal, as tuples are.
Decision = SameOrigin | EmbeddedResource | Public | Refused | Preflight | Admitted


class RequestPolicy:
    """Decides about requests."""

    def __init__(
        self,
        settings: Settings,
        is_approved: Callable[[str], bool],
        public_paths: Set[str] = frozenset(),
    ) -> None:
        """Whoever asks at one of ``public_paths`` gets the same.

        ``is_approved`` says whether an origin that the settings do not allow has a live grant. It
        is called for no other origin.
        """
        self.settings = settings
        self.is_approved = is_approved
        self.public_paths = public_paths
        #: The origin of ``public_url``, None where that is not set.
        self.public_origin = settings.public_origin
        # What the settings say about an origin, remembered for the latest ones.
        self._known_refusal = lru_cache(MAX_REMEMBERED_ORIGINS)(settings.refusal_of)

    def _refusal_of(self, origin: str) -> Refusal | None:
        if len(origin) > MAX_REMEMBERED_LENGTH:
            return self.settings.refusal_of(origin)
        return self._known_refusal(origin)

    def decide(self, facts: RequestFacts) -> Decision:
        """Return what to do with a request."""
        origin = facts.origin
        if origin is not None and not self._is_own(origin, facts):
            return self._decide_cross_origin(origin, facts)
        if is_foreign_subresource(facts.fetch_site, facts.fetch_mode):
            return EMBEDDED_RESOURCE
        return Admitted(None) if facts.has_limited_token() else SAME_ORIGIN

    def _is_own(self, origin: str, facts: RequestFacts) -> bool:
        if is_own_form(origin, facts.fetch_site):
            return self._may_be_at(facts)
        public_origin = self.public_origin
        return is_own_origin(
            origin,
            host=facts.host,
            secure=facts.secure,
            public_origin=public_origin,
            port=None if public_origin is None else facts.listening_port(),
        )

    def _may_be_at(self, facts: RequestFacts) -> bool:
        """Return whether the server's own page can be at ``Host``, which may be a stranger's."""
        if self.public_origin is None:
            return True
        pages = (f"{scheme}://{facts.host}" for scheme in ("http", "https"))
        return any(self._is_own(page, facts) for page in pages)

    def _decide_cross_origin(self, origin: str, facts: RequestFacts) -> Decision:
        preflight = cors.is_preflight(facts.method, facts.requested_method)
        if facts.path in self.public_paths and not self.settings.broken:
            return Preflight("*", allow_credentials=False) if preflight else Public(origin)
        refusal = self._refusal_of(origin)
        approved_by_grant = refusal is not None and self._approves(origin, refusal)
        if refusal is not None and not approved_by_grant:
            return Refused(origin, refusal, preflight)
        if preflight:
            return Preflight(origin, self.settings.allow_credentials)
        return Admitted(origin, approved_by_grant)

    def _approves(self, origin: str, refusal: Refusal) -> bool:
        """Return whether the owner approved this origin on the connect page."""
        return self.settings.may_be_approved(refusal) and self.is_approved(origin)


def refusal_of_handler(method: str, *, websocket: bool, checks_login: bool) -> Refusal | None:
    """Return why an admitted origin may not use a handler, None where it may.

    A handler that never checks who calls may be read, but not made to change anything.
    """
    if checks_login or (method in cors.SAFE_METHODS and not websocket):
        return None
    return refuse("not_across_origins", "no_login_check")
