"""What the handlers share: the settings, what waits for a person, and the owner's grants."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from ..policy.settings import Settings
from ..server.grant_service import GrantService
from .app_grants import AppGrants
from .arrivals import Arrivals
from .forms import OpenForms
from .pending_requests import PendingRequests

if TYPE_CHECKING:
    from ..server.hub import Hub
    from .authorization_server import AuthorizationServer


class ConnectService:
    """The parts of the authorization server, put together."""

    def __init__(
        self, grants: GrantService, settings: Settings, clock: Callable[[], float]
    ) -> None:
        self.settings = settings
        self.pending_requests = PendingRequests(clock)
        self.forms = OpenForms(clock)
        self.arrivals = Arrivals(clock)
        self.app_grants = AppGrants(grants, clock)
        self.written = grants.written
        self._grants = grants
        self._clock = clock

    @property
    def hub(self) -> Hub | None:
        """The JupyterHub whose single-user server this is, None for all other servers."""
        return self._grants.hub

    @cached_property
    def authorization_server(self) -> AuthorizationServer:
        """The OAuth protocol. Its library is imported when the first site connects."""
        from .authorization_server import AuthorizationServer  # noqa: PLC0415
        from .validator import Validator  # noqa: PLC0415

        return AuthorizationServer(Validator(self.app_grants, self._clock))
