"""Everything about grants in a running server, opened when it is needed first.

Most servers never see a token that was given away: they do not wait for SQLite at their start.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_server.auth.identity import User
from tornado.web import RequestHandler

from ..policy.refusals import Refusal
from .accounting import Accounting
from .context import RequestContext
from .exposure import holds

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp
    from tornado.ioloop import IOLoop

    from .given_away import GivenAwayTokens
    from .watcher import Watcher

OPENS_AFTER_SECONDS = 0.5


class GrantDesk:
    """Judges tokens that were given away, and watches what becomes of their grants."""

    def __init__(self, server: ServerApp, accounting: Accounting) -> None:
        self._server = server
        self._accounting = accounting
        self._opened = False

    def start(self, loop: IOLoop) -> None:
        """Open as soon as the server has started."""
        loop.call_later(OPENS_AFTER_SECONDS, self._open)

    def stop(self) -> None:
        """Watch no more, and free the registry's file."""
        if "_parts" in vars(self):  # also where a token came before the first look
            self._parts[1].stop()
        self._opened = True  # and never again

    def judge(self, handler: RequestHandler, context: RequestContext) -> User | Refusal:
        """See :meth:`.given_away.GivenAwayTokens.judge`."""
        return self._parts[0].judge(handler, context)

    def _open(self) -> None:
        if not self._opened:
            self._parts[1].start()
            self._opened = True

    def _shows(self, folder: Path) -> bool:
        """Tell whether reading files is reading Jupyter's secrets, and warn where it is."""
        server = self._server
        secret = holds(
            server.root_dir,
            (folder, server.runtime_dir, server.config_dir),
            allow_hidden=getattr(server.contents_manager, "allow_hidden", False),
        )
        if secret is not None:
            server.log.warning(
                "The server's folder %s shows %s: whoever reads it has everything. Tokens that "
                "were given away for files only are refused. Start the server in another folder.",
                server.root_dir,
                secret,
            )
        return secret is not None

    @cached_property
    def _parts(self) -> tuple[GivenAwayTokens, Watcher]:
        from ..grants import Issuer, Server, data_folder  # noqa: PLC0415
        from .given_away import GivenAwayTokens  # noqa: PLC0415
        from .sockets import LiveSockets  # noqa: PLC0415
        from .watcher import Watcher  # noqa: PLC0415

        server = Server.at(self._server.root_dir, self._server.base_url)
        folder = data_folder(self._server.data_dir)
        issuer = Issuer(folder, server=server)
        sockets = LiveSockets()
        return (
            GivenAwayTokens(
                issuer, sockets, self._accounting, folder_holds_secrets=self._shows(folder)
            ),
            Watcher(issuer.registry, sockets, self._accounting),
        )
