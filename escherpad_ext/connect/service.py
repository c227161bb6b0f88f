"""What the handlers share: the settings, what waits for a person, and the owner's grants."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..policy.origin import Origin
from ..policy.settings import Settings
from ..server.grant_service import GrantService
from ..server.running import Running
from .app_grants import AppGrants
from .arrivals import Arrivals
from .client_ids import check_redirect
from .device_codes import DeviceCodes
from .forms import OpenForms
from .guesses import Guesses
from .known_documents import KnownDocuments
from .pending_requests import PendingRequests
from .problems import ConnectError
from .registrar import Registrar

if TYPE_CHECKING:
    from ..grants.written_files import WrittenFile
    from ..server.folder_choices import FolderFinder
    from ..server.hub import Hub
    from .authorization_request import AuthorizationRequest
    from .authorization_server import AuthorizationServer
    from .client_documents import Fetched


_Result = TypeVar("_Result")


def _fetch(url: str) -> Fetched:
    from .document_fetch import DocumentFetch  # noqa: PLC0415 - most servers never see a program

    return DocumentFetch()(url)


class ConnectService:
    """The parts of the authorization server, put together."""

    def __init__(
        self,
        grants: GrantService,
        settings: Settings,
        *,
        running: Running,
        folder: Path,
        clock: Callable[[], float],
        timer: Callable[[], float],
    ) -> None:
        """``folder`` is that of the grants.

        ``clock`` gives grants their times; what lives here for minutes goes by ``timer``.
        """
        self.settings = settings
        self.pending_requests = PendingRequests(timer)
        self.forms = OpenForms(timer)
        self.device_codes = DeviceCodes(timer)
        self.guesses = Guesses(timer)
        self.arrivals = Arrivals(timer)
        # Anyone can cause these. They take no room of those who are logged in.
        self.anonymous_arrivals = Arrivals(timer)
        self.app_grants = AppGrants(grants, clock, settings.resource_paths.scopes)
        self._registrar = Registrar(folder, clock)
        self.documents = KnownDocuments(_fetch, timer)
        #: What of the apps runs on this server.
        self.running = running
        #: The time of day, in seconds since 1970.
        self.now = clock
        self._grants = grants
        self._timer = timer

    async def ask(self, work: Callable[[], _Result]) -> _Result:
        """Return what ``work`` returns, off the event loop.

        What uses ``app_grants`` or ``authorization_server`` must be done so: they wait for the
        registry. Raises GrantsUnavailable, too, where that does not answer in time.
        """
        return await self._grants.pages.run(work)

    async def change(self, work: Callable[[], _Result]) -> _Result:
        """Do the same, and have the next request go by what changed."""
        try:
            return await self.ask(work)
        finally:
            await self._grants.others.look_now()

    async def check_not_blocked(self, goes_to: Origin) -> None:
        """Raise ConnectError for a site that the owner has blocked, or GrantsUnavailable."""
        if await self.ask(partial(self.app_grants.is_blocked, str(goes_to))):
            raise ConnectError("blocked", client=str(goes_to))

    async def register(self, asked: object) -> dict[str, Any]:
        """Return the answer to a program that registers.

        Raises RegistrationError, KeyUnusable and GrantsUnavailable.
        """
        if not self._registrar.is_ready:
            await self.ask(self._registrar.prepare)
        return self._registrar.register(asked)

    async def resolve(self, request: AuthorizationRequest) -> AuthorizationRequest:
        """Return a request once it is verified which program asks. Raises ConnectError."""
        program = request.program
        if program is not None and program.document:
            program = await self.documents.find(program.document)
            check_redirect(request.redirect_uri, program)
            return replace(request, client=program)
        if program is not None and not await self.is_registered(program.client_id):
            raise ConnectError("unknown_program")
        return request

    async def is_registered(self, client_id: str) -> bool:
        """Return whether a program's id is one that registration gave here."""
        return await self.ask(partial(self._registrar.is_registered, client_id))

    async def written(self) -> list[WrittenFile]:
        """Return what apps wrote. Raises GrantsUnavailable."""
        return await self._grants.run(self._grants.written.list)

    async def forget(self, ids: Iterable[str]) -> None:
        """Trust what apps wrote, as the owner was shown it. Raises GrantsUnavailable."""
        await self._grants.run(partial(self._grants.written.forget, ids))

    @property
    def hub(self) -> Hub | None:
        """The JupyterHub whose single-user server this is, None for all other servers."""
        return self._grants.hub

    @property
    def folder_finder(self) -> FolderFinder | None:
        """Finds the folders that an app can be limited to; None if apps cannot be."""
        return self._grants.folder_finder

    @cached_property
    def authorization_server(self) -> AuthorizationServer:
        """The OAuth protocol. Its library is imported when the first site connects."""
        from .authorization_server import AuthorizationServer  # noqa: PLC0415
        from .validator import Validator  # noqa: PLC0415

        return AuthorizationServer(Validator(self.app_grants, self._timer, self.device_codes))
