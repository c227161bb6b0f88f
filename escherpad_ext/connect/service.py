"""What pages and endpoints do: who asks, what was approved, and the grants that come of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from prometheus_client import Counter

from ..errors import ConnectError, TokenRefused
from ..policy.scopes import expand
from ..policy.settings import Settings
from ..policy.tokens import UNSURE, is_grant_token
from ..server.grant_service import GrantService
from .authorization_request import AuthorizationRequest, Lifetime, lifetimes
from .expiring_store import ExpiringStore

if TYPE_CHECKING:
    from jupyter_server.auth.identity import User

    from ..grants import Grant
    from .authorization import AuthorizationServer
    from .validator import AuthorizationCode

#: How long a person may take to log in, and then to decide.
PATIENCE_SECONDS = 600.0
MAX_PARKED = 1000
MAX_OPEN_PAGES = 200
#: How many connected apps the page shows.
MAX_SHOWN = 500

#: On core's ``/metrics``: what came of requests to connect.
CONNECT = Counter(
    "escherpad_ext_connect",
    "Requests to connect an app, by what came of them.",
    ["outcome"],
)


@dataclass(frozen=True)
class Form:
    """A page with buttons, shown to somebody: good for one click of theirs.

    ``asked`` is None on the page of connected apps.
    """

    user: str
    asked: AuthorizationRequest | None = None


class ConnectService:
    """Everything that the pages and endpoints do."""

    def __init__(
        self, grants: GrantService, settings: Settings, clock: Callable[[], float] = time.time
    ) -> None:
        self.settings = settings
        self._grants = grants
        self._clock = clock
        # Anybody can ask without being logged in: when there is no room, nobody waiting is pushed
        # out. Whoever is logged in needs no room of strangers.
        self._strangers = ExpiringStore[AuthorizationRequest](
            clock, seconds=PATIENCE_SECONDS, limit=MAX_PARKED, makes_room=False
        )
        self._known = ExpiringStore[AuthorizationRequest](
            clock, seconds=PATIENCE_SECONDS, limit=MAX_OPEN_PAGES, makes_room=True
        )
        self._forms = ExpiringStore[Form](
            clock, seconds=PATIENCE_SECONDS, limit=MAX_OPEN_PAGES, makes_room=True
        )

    def check_is_owner(self, user: User) -> None:
        """Raise ConnectError for somebody whom the Hub lets in to a server of another's.

        What they allowed would go on when they may not enter any more.
        """
        hub = self._grants.hub
        if hub is None or (hub.is_owner(user) and hub.is_logged_in(user)):
            return
        if user.username == hub.owner:
            raise ConnectError(
                "You came to this server with a token in its address, or the server does not tell "
                "how you came (JUPYTERHUB_SINGLEUSER_EXTENSION=0). Log out, and log in to "
                "JupyterHub as yourself.",
                code="not_logged_in",
            )
        raise ConnectError(
            f"This server belongs to {hub.owner or 'nobody in particular'}, and you are "
            f"{user.username}. An app that you connected could still use it when you may not enter "
            "it any more. So only its owner can connect apps to it, and see which are connected.",
            code="not_owner",
        )

    def park(self, asked: AuthorizationRequest, *, logged_in: bool) -> str:
        """Keep a request while the person logs in, and return its id.

        Jupyter's login page changes the colons of where it leads to. Raises ConnectError.
        """
        name = (self._known if logged_in else self._strangers).put(asked)
        if name is None:
            raise ConnectError(
                "Too many sites ask to connect. Log in to this server first, then connect again.",
                code="crowded",
            )
        return name

    def parked(self, name: str) -> AuthorizationRequest:
        """Return the request of an id; raises ConnectError where it is not known any more."""
        asked = self._known.get(name) or self._strangers.get(name)
        if asked is None:
            raise ConnectError(
                "This request has waited too long, or the server was restarted. Go back to the "
                "site and connect again.",
                code="forgotten",
            )
        return asked

    def open_form(self, form: Form) -> str:
        """Return the nonce of a page with buttons."""
        nonce = self._forms.put(form)
        assert nonce is not None  # it makes room
        return nonce

    def take_form(self, nonce: str, user: str) -> Form:
        """Return the page that a click came from, once; raises ConnectError."""
        form = self._forms.take(nonce)
        if form is None or form.user != user:
            raise ConnectError(
                "This page was used already, or has waited too long. Go back and try again.",
                code="used",
            )
        return form

    def lifetimes(self) -> Sequence[Lifetime]:
        """Return the times that the owner may choose from."""
        return lifetimes(
            self.settings.grant_lifetime_seconds, self.settings.grant_lifetime_max_seconds
        )

    def is_first_time(self, asked: AuthorizationRequest) -> bool:
        """Return whether this site was never let in, as far as the registry remembers."""
        origin = str(asked.client)
        return next(self._list(ended=True, origin=origin), None) is None

    def connected(self) -> list[Grant]:
        """Return the grants that are live, the newest first. Raises GrantsUnavailable."""
        return list(islice(self._list(), MAX_SHOWN))

    def disconnect(self, grant_id: str) -> int:
        """End a grant, or ``all``; return how many ended. Raises TokenRefused."""
        issuer, now = self._grants.issuer, self._clock()
        if grant_id == "all":
            return issuer.registry.revoke_all(now, owner=issuer.owner)
        grant = issuer.registry.get(grant_id)
        if grant is None or not issuer.is_grant_token(grant):
            return 0
        return int(issuer.registry.revoke(grant_id, now))

    def _list(self, *, ended: bool = False, origin: str | None = None) -> Iterator[Grant]:
        """Yield the owner's grants, the newest first."""
        issuer = self._grants.issuer
        found = issuer.registry.list(self._clock(), ended=ended, origin=origin)
        return filter(issuer.is_grant_token, found)

    def grant_of(self, token: str, origin: str | None) -> Grant:
        """Return the grant of a token that is ours. Raises TokenRefused."""
        return self._grants.issuer.verify(token, origin=origin, now=self._clock())

    @cached_property
    def protocol(self) -> AuthorizationServer:
        """The OAuth endpoints; their library is not imported before somebody connects."""
        from .authorization import AuthorizationServer  # noqa: PLC0415
        from .validator import Validator  # noqa: PLC0415

        return AuthorizationServer(
            Validator(self._clock, give=self._give, end=self._end, end_token=self._end_token)
        )

    def deny(self, asked: AuthorizationRequest, issuer: str) -> str:
        """Return where to send the browser back to after a no."""
        from .authorization import denial  # noqa: PLC0415

        return denial(asked, issuer)

    def _give(self, approved: AuthorizationCode) -> tuple[str, str]:
        from ..grants import GrantRequest, owner_name  # noqa: PLC0415 - SQLite, which most never need

        now = int(self._clock())
        request = GrantRequest(
            origin=approved.client_id.removesuffix("/"),
            scopes=expand(approved.scopes),
            owner=owner_name(),
            created=now,
            expires=now + approved.lifetime_seconds,
            via="connect",
        )
        grant, token = self._grants.issuer.issue(request, server=self._grants.server)
        return grant.id, token

    def _end(self, grant_id: str) -> None:
        self._grants.issuer.registry.revoke(grant_id, self._clock())

    def _end_token(self, token: str, origin: str) -> None:
        """End the grant of a token; one that is good for nothing is as good as ended (RFC 7009)."""
        if not is_grant_token(token):
            return
        try:
            grant = self.grant_of(token, origin)
        except TokenRefused as error:
            if error.code in UNSURE:
                raise
            return
        self._end(grant.id)
