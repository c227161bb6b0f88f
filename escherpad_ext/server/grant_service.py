"""Everything about grants in a running server, opened when it is first needed.

Most servers never see a grant token. Their start does not wait for the registry.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_server.auth.identity import User
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.web import RequestHandler

from ..errors import GrantTokensUnavailable
from ..grants import Issuer, Server, data_folder, owner_name
from ..grants.written_files import WrittenFiles
from ..policy.refusals import Refusal
from ..policy.tokens import is_grant_token
from .context import RequestContext
from .exposure import shown_secret
from .hub import Hub
from .telemetry import Telemetry

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from .grant_tokens import GrantTokens
    from .sockets import LiveSockets
    from .watcher import Watcher

OPENS_AFTER_SECONDS = 0.5
LOOKS_EVERY_SECONDS = 0.5


class GrantService:
    """Grant tokens as a :class:`.token_kinds.TokenKind`, and the watch over their grants."""

    is_grant = True

    def __init__(
        self, serverapp: ServerApp, telemetry: Telemetry, clock: Callable[[], float]
    ) -> None:
        self._serverapp = serverapp
        self._telemetry = telemetry
        self._clock = clock
        self._stopped = False
        self._looking = PeriodicCallback(self._look_at_written, LOOKS_EVERY_SECONDS * 1000)

    def start(self, loop: IOLoop) -> None:
        """Watch as soon as the server has started."""
        loop.call_later(OPENS_AFTER_SECONDS, self._watch)

    def stop(self) -> None:
        """Stop watching, and close the registry's file."""
        self._stopped = True
        self._looking.stop()
        if "issuer" in vars(self):  # it may have been needed before the first look
            self._watcher.stop()

    def recognises(self, token: str) -> bool:
        """Return whether a text claims to be a grant token, valid or not."""
        return is_grant_token(token)

    def authenticate(self, handler: RequestHandler, context: RequestContext) -> User | Refusal:
        """See :meth:`.grant_tokens.GrantTokens.authenticate`."""
        return self._tokens.authenticate(handler, context)

    def is_approved(self, origin: str) -> bool:
        """Return whether an origin has a live grant from the connect page."""
        try:
            server = self.issuer.server_id()
            return self.issuer.registry.is_origin_live(origin, server, self._clock())
        except GrantTokensUnavailable:  # when in doubt, refuse
            return False

    async def _look_at_written(self) -> None:
        """See what other servers of the owner noted, without waiting for the disk."""
        written = self.written
        changes = written.changes
        ids = await IOLoop.current().run_in_executor(None, written.read_ids)
        if written.changes == changes:  # what was noted meanwhile may be missing
            written.take(ids)

    def _watch(self) -> None:
        if not self._stopped:
            self._watcher.start()
            self._looking.start()

    def _shows(self, folder: Path) -> bool:
        """Return whether the served files include Jupyter's secrets, and warn if so."""
        shown = shown_secret(self._serverapp, folder)
        if shown is not None:
            self._serverapp.log.warning(
                "The server's folder %s contains %s. Who reads that has full access, so grant "
                "tokens without code execution are refused. Start the server in another folder.",
                *shown,
            )
        return shown is not None

    @property
    def _folder(self) -> Path:
        return data_folder(self._serverapp.data_dir)

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
        """What makes and checks tokens."""
        return Issuer(self._folder, server=self.server, owner=self._owner)

    @property
    def _owner(self) -> str | None:
        # Users of a Hub may share one folder. Elsewhere it is one user's, under whatever name.
        return None if self.hub is None else owner_name()

    @cached_property
    def written(self) -> WrittenFiles:
        """The files that grants without code execution wrote, read once by now."""
        written = WrittenFiles(self._folder, self._owner)
        written.look()
        return written

    # The next three import 7 ms worth of modules, when they are first needed.
    @cached_property
    def _sockets(self) -> LiveSockets:
        from .sockets import LiveSockets  # noqa: PLC0415

        return LiveSockets()

    @cached_property
    def _tokens(self) -> GrantTokens:
        from .grant_tokens import GrantTokens  # noqa: PLC0415
        from .path_guard import PathGuard  # noqa: PLC0415
        from .secret_places import SecretPlaces  # noqa: PLC0415
        from .writes import Writes  # noqa: PLC0415

        return GrantTokens(
            self.issuer,
            self._sockets,
            self._telemetry,
            guard=PathGuard(SecretPlaces.of(self._serverapp, self._folder)),
            folder_holds_secrets=self._shows(self._folder),
            writes=Writes(self.written, str(self.server)),
            hub=self.hub,
            clock=self._clock,
        )

    @cached_property
    def _watcher(self) -> Watcher:
        from .watcher import Watcher  # noqa: PLC0415

        return Watcher(self.issuer.registry, self._sockets, self._telemetry, self._clock)
