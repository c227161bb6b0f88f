"""The extension: traits in, everything mounted. The only place where the parts are put together."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_core.paths import jupyter_config_path
from jupyter_server.extension.application import ExtensionApp
from tornado.web import Application

from .config.resolve import LegacySettings, Written, line_of, resolve
from .config.traits import LEGACY, SECTION, SettingTraits
from .config.unread import unmoved, unread_files
from .connect import paths
from .connect.mount import Route, drop_empty_rules, mount, public_paths, resource_metadata_url
from .connect.urls import ServerUrls
from .grants import data_folder
from .policy.refusals import Refusal
from .policy.settings import SETTINGS, Settings
from .server.activity import ActivityRecorder
from .server.authorizer import compose_authorizer
from .server.folder_listing import compose_listing
from .server.grant_log import GrantLog
from .server.grant_service import GrantService
from .server.identity import compose
from .server.navigation_guard import NavigationGuard
from .server.notebook_trust import compose_contents_manager
from .server.protected_paths import Protection
from .server.refusal_log import RefusalLog
from .server.repeated_refusals import RepeatedRefusals
from .server.router import CrossOriginRouter
from .server.started import Started
from .server.telemetry import Telemetry
from .server.token_kinds import TokenKind, TokenKinds

if TYPE_CHECKING:
    from .connect.service import ConnectService


class EscherpadExt(SettingTraits, ExtensionApp):  # type: ignore[misc]  # traits have no types
    """Lets web applications on other origins use this server, as far as its owner allows."""

    name = "escherpad_ext"
    extension_url = "/"
    load_other_extensions = True

    #: The time of day, in seconds since 1970; a test may put its own clock here.
    clock = staticmethod(time.time)
    #: Seconds that pass whatever the time of day is set to; a test may put its own here.
    timer = staticmethod(time.monotonic)

    _grants: GrantService | None = None
    #: What the router goes by: nothing is allowed until all of it is known.
    _settings = Settings.denying()

    def initialize_settings(self) -> None:
        """Put the router before every handler, closed, and then read the settings.

        Should anything fail from here on, the server runs and refuses every other origin.
        """
        assert self.serverapp is not None
        self._telemetry = Telemetry(
            RefusalLog(self.log, self._advise),
            GrantLog(self.log),
            ActivityRecorder(
                data_folder(self.serverapp.data_dir), self.serverapp.base_url, self.log, self._now
            ),
        )
        grants = self._grants = GrantService(self.serverapp, self._telemetry, self._now)
        kinds = TokenKinds(*self.token_kinds(grants))
        self._router = CrossOriginRouter(
            self.serverapp.web_app,
            self._telemetry,
            kinds,
            grants.approved,
            grants.written,
            grants.others.look_at_written,
        )
        self._router.mount()
        self._telemetry.set_event_logger(self.serverapp.event_logger)
        repeated = RepeatedRefusals(self._elapsed)
        compose(self.serverapp.identity_provider, self._telemetry, kinds, repeated)
        compose_authorizer(self.serverapp.authorizer)
        compose_contents_manager(self.serverapp.contents_manager)
        compose_listing(self.serverapp.contents_manager)
        self._started = Started(self._now, self._telemetry.kernel_started)
        self.serverapp.io_loop.add_callback(self._started.compose, self.serverapp)
        grants.start(self.serverapp.io_loop)
        self._warn_of_late_settings()
        self._warn_of_unread_origins()
        self._settings = self._parse_settings(grants)
        self._telemetry.activity.keep(self._settings.activity, self._settings.activity_max_rows)
        self._protect()

    def initialize_handlers(self) -> None:
        """Register what stands for the connect routes, and then let the router go by the settings.

        Not by ``self.handlers``: Jupyter puts the base URL before those, and the documents at
        ``/.well-known`` are not below it.
        """
        assert self.serverapp is not None
        urls = self._urls
        application: Application = self.serverapp.web_app
        mount(application, urls, self._routes)
        guard = NavigationGuard(
            self.serverapp,
            self._settings.public_origin,
            page=urls.path(paths.OPEN),
            owner_pages=frozenset(map(urls.path, paths.OWNER_PAGES)),
        )
        self._router.open(self._settings, guard, public_paths=public_paths(urls, self._settings))
        self.serverapp.io_loop.add_callback(drop_empty_rules, application)

    @cached_property
    def connect_service(self) -> ConnectService:
        """What is behind the connect routes. Most servers need neither before a site connects."""
        from .connect.service import ConnectService  # noqa: PLC0415 - see connect.mount
        from .server.running import Running  # noqa: PLC0415

        assert self.serverapp is not None
        assert self._grants is not None
        return ConnectService(
            self._grants,
            self._settings,
            running=Running(self.serverapp, self._started, self._grants.sockets),
            folder=data_folder(self.serverapp.data_dir),
            clock=self._now,
            timer=self._elapsed,
        )

    def _routes(self) -> list[Route]:
        from .connect.handlers import routes  # noqa: PLC0415 - see connect.mount

        return routes(self._urls, self.connect_service, self._telemetry)

    def _protect(self) -> None:
        """Protect the paths of ``resource_paths``, also where another setting is wrong."""
        server, settings = self.serverapp, self._settings
        assert server is not None
        self._urls = ServerUrls(server.base_url, settings.public_url, server.trust_xheaders)
        if settings.resource_paths.resources:
            where = partial(resource_metadata_url, settings, self._urls)
            self._router.protect(
                Protection(server.web_app, settings.resource_paths, server.base_url, where)
            )

    def token_kinds(self, grants: GrantService) -> Sequence[TokenKind]:
        """Return the kinds of tokens besides the server's token, the first one first."""
        return (grants,)

    def _now(self) -> float:
        return self.clock()

    def _elapsed(self) -> float:
        return self.timer()

    def _advise(self, refusal: Refusal, origin: str) -> str | None:
        return self._settings.advice(refusal, origin)

    async def stop_extension(self) -> None:
        """Free what was opened."""
        if self._grants is not None:  # None where the server stopped before its extensions started
            await self._grants.stop()
            await self._telemetry.activity.stop()

    def _warn_of_late_settings(self) -> None:
        """Name what the file of another application sets, as ``jupyter_lab_config.py``.

        Jupyter hands that on to the server when it links the application, in the order of names:
        after this extension was given its settings. What the server's own files say wins over it.
        """
        assert self.serverapp is not None
        section = type(self).__name__
        late = set(self.serverapp.config.get(section, {})) - set(self.config.get(section, {}))
        for setting in sorted(late):
            self.log.warning(
                "c.%s.%s does not count in the configuration file of another application "
                "(jupyter_lab_config.py, jupyter_notebook_config.py). "
                "Write it in jupyter_server_config.py.",
                section,
                setting,
            )

    def _warn_of_unread_origins(self) -> None:
        """Name Jupyter's own settings for origins that are written where nothing reads them.

        Without this extension, such a site may work all the same: core lets every origin in
        that has the token in the address.
        """
        server = self.serverapp
        assert server is not None
        packages = server.extension_manager.extensions
        linked = [name for name, package in packages.items() if package.enabled]
        effective = {name: getattr(server, name) for name in LEGACY}
        for each in (
            *unread_files(list(map(Path, jupyter_config_path())), linked),
            *unmoved(server.config, effective, lambda _name: "the configuration"),
        ):
            self.log.warning(
                "%s in %s does not count: no application that this server loads reads it. "
                "Write in jupyter_server_config.py: %s",
                each.name,
                each.place,
                each.advice or "c.EscherpadExt.allowed_origins = [...]",
            )

    def _parse_settings(self, grants: GrantService) -> Settings:
        resolved = resolve(self._written(grants))
        for mistake in resolved.mistakes:
            self.log.error("%s", line_of(mistake))
        if resolved.settings.broken:
            self.log.error("All other origins are refused until this is fixed.")
        for warning in resolved.warnings:
            self.log.warning("%s", warning)
        return resolved.settings

    def _written(self, grants: GrantService) -> Written:
        server, hub = self.serverapp, grants.hub
        assert server is not None
        return Written(
            values={name: getattr(self, name) for name in SETTINGS},
            names=frozenset(self.config.get(SECTION, {})) & SETTINGS.keys(),
            legacy=LegacySettings(**{name: getattr(server, name) for name in LEGACY}),
            hub_url="" if hub is None else hub.public_url_below(server.base_url),
        )
