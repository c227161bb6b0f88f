"""Everything about grants in a running server, opened when it is first needed.

Most servers never see a grant token. Their start does not wait for the registry.
"""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar

from jupyter_server.auth.identity import User
from tornado.ioloop import IOLoop
from tornado.web import RequestHandler

from ..errors import GrantsUnavailable
from ..grants import Issuer, Server, data_folder, owner_name
from ..grants.own_writes import OwnWrites
from ..grants.place_watch import PlaceWatch
from ..grants.registry import FILE_NAME
from ..grants.written_files import WrittenFiles
from ..policy.refusals import Refusal, refuse
from ..policy.tokens import is_grant_token
from .approved_origins import ApprovedOrigins
from .context import RequestContext
from .expiries import Expiries
from .exposure import warn_of_shown_secret
from .hub import Hub
from .other_servers import OtherServers
from .registry_thread import PAGES_WAIT_TURNS, RegistryThread
from .responses import WithoutCors, set_rule
from .resting import ticker_of
from .sockets import LiveSockets
from .telemetry import Telemetry
from .uses import Uses

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from .folder_choices import FolderFinder
    from .grant_tokens import GrantTokens
    from .secret_places import SecretPlaces
    from .ticker import Ticker
    from .watcher import Watcher

_Result = TypeVar("_Result")
_Found = User | Refusal

OPENS_AFTER_SECONDS = 0.5


class GrantService:
    """Grant tokens as a :class:`.token_kinds.TokenKind`, and the watch over their grants."""

    is_grant = True
    #: Return whether a text claims to be a grant token, valid or not.
    recognises = staticmethod(is_grant_token)

    def __init__(
        self, serverapp: ServerApp, telemetry: Telemetry, clock: Callable[[], float]
    ) -> None:
        self._serverapp = serverapp
        self._folder = data_folder(serverapp.data_dir)
        self._telemetry = telemetry
        self._clock = clock
        self._stopped = False
        self._thread = RegistryThread()
        #: For the owner's pages: a long list holds up no request with a grant token.
        self.pages = RegistryThread(PAGES_WAIT_TURNS)
        #: For the folders of secrets. What is copied may take long to look through.
        self._places = RegistryThread(PAGES_WAIT_TURNS)
        self._own_writes = OwnWrites()
        self.sockets = LiveSockets()
        self._tokens: GrantTokens | None = None
        self._making = Lock()
        self._ticker: Ticker | None = None

    def start(self, loop: IOLoop) -> None:
        """Look once: what changes from now on is told. Watch as soon as the server has started."""
        loop.add_callback(self.others.look)
        loop.add_callback(self._watcher.look)
        loop.call_later(OPENS_AFTER_SECONDS, self._watch)

    async def stop(self) -> None:
        """Stop watching, and close the registry's files. A disk that hangs is not waited for."""
        self._stopped, self._tokens = True, None
        if self._ticker is not None:
            self._ticker.stop()
            await self._watcher.finish()
        own = (self._thread, self.others.places.close), (self._thread, self._checker.close)
        for thread, last in (*own, (self.pages, self._finish_pages)):
            with suppress(GrantsUnavailable):
                await thread.run(last)
        for thread in (self._thread, self.pages, self._places):
            thread.stop()

    def _finish_pages(self) -> None:
        if "issuer" in vars(self):
            self.issuer.registry.flush(self._clock(), at_once=True)
            self.issuer.close()

    def authenticate(self, handler: RequestHandler, context: RequestContext) -> Awaitable[_Found]:
        """See :meth:`.grant_tokens.GrantTokens.authenticate`, mostly without one more coroutine."""
        if self._tokens is None or context.approved_by_grant:
            return self._authenticate(handler, context)
        return self._tokens.authenticate(handler, context)

    async def _authenticate(self, handler: RequestHandler, context: RequestContext) -> _Found:
        try:
            tokens = self._tokens or await self._make_tokens()
        except GrantsUnavailable as error:
            return refuse("invalid_token", error.code, detail=error.what)
        found = await tokens.authenticate(handler, context)
        if context.approved_by_grant and isinstance(found, Refusal) and found.says_ended:
            return await self._refusal_of_ended(handler, context, found)
        return found

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """Return what ``work`` returns, in the thread to which ``written`` belongs."""
        return await self._thread.run(work)

    async def _refusal_of_ended(
        self, handler: RequestHandler, context: RequestContext, refusal: Refusal
    ) -> Refusal:
        """Return the refusal of a token, unless it was the last: then its site is a stranger."""
        await self.approved.look()
        if context.origin is not None and self.approved.has(context.origin):
            return refusal
        set_rule(handler.request, WithoutCors())
        return refuse("origin_refused", "origin_not_listed")

    def _watch(self) -> None:
        if not self._stopped:
            shared = self._thread, self._checker.registry, self._telemetry, self._clock
            parts = self._watcher, self.others, self._uses, Expiries(*shared)
            self._ticker = ticker_of(*parts, self._telemetry.activity, self.sockets)
            self._ticker.start()

    @cached_property
    def hub(self) -> Hub | None:
        """The JupyterHub whose single-user server this is, None for all other servers."""
        server = self._serverapp
        return Hub.of(server.identity_provider, server.web_app.settings)

    @cached_property
    def server(self) -> Server:
        """Which of the owner's servers this is."""
        return Server.at(self._serverapp.root_dir, self._serverapp.base_url)

    @cached_property
    def issuer(self) -> Issuer:
        """What makes tokens, for the owner's pages. It belongs to the thread of the pages.

        Only that thread writes, so a slow disk holds up no request with a grant token.
        """
        return self._make_issuer()

    @cached_property
    def _checker(self) -> Issuer:
        """What checks the tokens of requests, in the thread."""
        return self._make_issuer()

    def _make_issuer(self) -> Issuer:
        return Issuer(
            self._folder, server=self.server, owner=self._owner, own_writes=self._own_writes
        )

    @cached_property
    def approved(self) -> ApprovedOrigins:
        """The origins that have a live grant from the connect page."""
        return ApprovedOrigins(self._thread, self._checker, self._clock)

    @cached_property
    def others(self) -> OtherServers:
        """What other servers of the owner change."""
        places = PlaceWatch((self._folder, self._folder / FILE_NAME, self.written.folder))
        return OtherServers(self._thread, self.approved, self.written, places)

    @cached_property
    def _uses(self) -> Uses:
        """When grants were used; the thread of the pages writes it."""
        return Uses(self.pages, self.issuer.registry, self._clock)

    @property
    def _owner(self) -> str | None:
        # Users of a Hub may share one folder. Elsewhere it is one user's, under whatever name.
        return None if self.hub is None else owner_name()

    @cached_property
    def written(self) -> WrittenFiles:
        """The files that grants without code execution wrote, read once by now.

        From then on they belong to the thread: see :meth:`run`.
        """
        written = WrittenFiles(self._folder, self._owner)
        written.look()
        return written

    # These import modules that most servers never need.
    @cached_property
    def folder_finder(self) -> FolderFinder | None:
        """Finds the folders that a grant can be limited to; None if grants cannot be."""
        from .folder_choices import FolderFinder  # noqa: PLC0415
        from .folder_place import known_manager  # noqa: PLC0415

        manager = known_manager(self._serverapp.contents_manager)
        return None if manager is None else FolderFinder(manager, lambda: self._secret_places)

    @cached_property
    def _secret_places(self) -> SecretPlaces:
        from .secret_places import SecretPlaces  # noqa: PLC0415

        return SecretPlaces.of(self._serverapp, self._folder)

    async def _make_tokens(self) -> GrantTokens:
        """Return what authenticates, made once, off the event loop. Raises GrantsUnavailable."""
        async with self._making:
            if self._tokens is None:
                make = partial(self._new_tokens, self._uses)  # lest the thread make a second one
                self._tokens = await self._places.run(make)
        return self._tokens

    def _new_tokens(self, uses: Uses) -> GrantTokens:
        from .grant_checks import GrantChecks  # noqa: PLC0415
        from .grant_tokens import GrantTokens  # noqa: PLC0415
        from .path_guard import PathGuard  # noqa: PLC0415
        from .writes import Writes  # noqa: PLC0415

        return GrantTokens(
            GrantChecks(self._thread, self._checker, uses, self._clock),
            self.sockets,
            self._telemetry,
            guard=PathGuard(self._secret_places, self._places),
            folder_holds_secrets=warn_of_shown_secret(self._serverapp, self._folder),
            writes=Writes(self._thread, self.written, str(self.server)),
            hub=self.hub,
            clock=self._clock,
        )

    @cached_property
    def _watcher(self) -> Watcher:
        from .watcher import Watcher  # noqa: PLC0415

        shared = self.sockets, self._telemetry, self._clock
        return Watcher(self._thread, self._checker.registry, self.others.places, *shared)
