"""The extension: traits in, everything mounted. The only place where the parts are put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.extension.application import ExtensionApp
from tornado.web import Application
from traitlets import Bool, Int, List, TraitType, Unicode

from .connect.handlers import public_paths, routes
from .connect.service import ConnectService
from .connect.urls import ServerUrls
from .errors import SettingsInvalid
from .policy.lifetimes import DEFAULT_MAX_SECONDS, DEFAULT_SECONDS
from .policy.refusals import Refusal
from .policy.settings import Settings
from .server.authorizer import HeaderTokenAuthorizer
from .server.grant_service import GrantService
from .server.identity import compose
from .server.refusal_log import RefusalLog
from .server.router import CrossOriginRouter
from .server.telemetry import Telemetry

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from .policy.legacy import LegacyOriginPolicy


class _Unjudged:
    """A trait that takes whatever is written: ``Settings.parse`` judges, and reports.

    Traitlets would answer one wrong value by dropping every other setting of the class.
    """

    def validate(self, _obj: Any, value: Any) -> Any:
        return value


class _List(_Unjudged, List):  # type: ignore[type-arg]
    def set(self, obj: Any, value: Any) -> None:
        """Keep a string a string: traitlets would make a list of it without a word."""
        TraitType.set(self, obj, value)

    def from_string(self, s: str) -> Any:
        """Return what the command line says: written once, without brackets, it is a list too."""
        value = super().from_string(s)
        return [s] if value is None else value


class _Unicode(_Unjudged, Unicode):  # type: ignore[type-arg]
    pass


class _Bool(_Unjudged, Bool):  # type: ignore[type-arg]
    pass


class _Int(_Unjudged, Int):  # type: ignore[type-arg]
    pass


class EscherpadExt(ExtensionApp):
    """Lets web applications on other origins use this server, as far as its owner allows."""

    name = "escherpad_ext"
    extension_url = "/"
    load_other_extensions = True

    allowed_origins = _List(
        Unicode(),
        config=True,
        help="""Who may call: origins such as "https://www.escherpad.com",
        "https://*.lab.example.edu", "http://localhost:*". Empty means nobody.""",
    )
    connect = _Unicode(
        "ask",
        config=True,
        help="""Who may open the connect page, where the owner decides: "ask" any https (or
        loopback) site, "listed" only allowed origins, "off" nobody.""",
    )
    grant_lifetime_seconds = _Int(
        DEFAULT_SECONDS,
        config=True,
        help="How long a grant token lives by default, in seconds.",
    )
    grant_lifetime_max_seconds = _Int(
        DEFAULT_MAX_SECONDS,
        config=True,
        help="The longest lifetime that may be asked for, in seconds.",
    )
    url_tokens = _Unicode(
        "websocket",
        config=True,
        help="""Where ?token= counts across origins: "websocket", "never" or "always".""",
    )
    allow_credentials = _Bool(
        False,
        config=True,
        help="""Answer Access-Control-Allow-Credentials: true, for clients that insist on
        credentials: "include". Cookies stay ignored.""",
    )
    preflight_max_age_seconds = _Int(
        7200,
        config=True,
        help="For how many seconds browsers may keep the answer to a preflight.",
    )
    public_url = _Unicode(
        "",
        config=True,
        help="""The server's address as browsers see it, behind a proxy that rewrites Host.""",
    )
    dangerously_allow_insecure_origins = _Bool(
        False,
        config=True,
        help="""Let allowed_origins name http origins that are not loopback. Whoever is on the way
        can then speak in their name.""",
    )
    dangerously_allow_public_suffix_wildcards = _Bool(
        False,
        config=True,
        help="""Let allowed_origins have wildcards over domains where anybody may own a name, such
        as https://*.github.io.""",
    )

    #: What the router goes by: nothing is allowed until all of it is known.
    _settings = Settings.denying()

    def initialize_settings(self) -> None:
        """Mount everything on the server's application."""
        assert self.serverapp is not None
        telemetry = Telemetry(RefusalLog(self.log, self._advise))
        # First of all, and closed: should anything below fail, the server runs without the rest.
        self._grants = GrantService(self.serverapp, telemetry)
        front = CrossOriginRouter(self.serverapp.web_app, telemetry, self._grants.is_approved)
        front.mount()
        telemetry.set_event_logger(self.serverapp.event_logger)
        compose(self.serverapp.identity_provider, telemetry, self._grants.authenticate)
        self._wrap_authorizer(self.serverapp)
        self._grants.start(self.serverapp.io_loop)
        self._warn_of_late_settings()
        self._settings = self._parse_settings()
        urls = ServerUrls(
            self.serverapp.base_url, self._settings.public_url, self.serverapp.trust_xheaders
        )
        connect = ConnectService(self._grants, self._settings)
        application: Application = self.serverapp.web_app
        application.add_handlers(".*$", list(routes(urls, connect, telemetry)))
        front.open(self._settings, public_paths=public_paths(urls))

    def _advise(self, refusal: Refusal, origin: str) -> str | None:
        return self._settings.advice(refusal, origin)

    def _wrap_authorizer(self, serverapp: ServerApp) -> None:
        authorizer = HeaderTokenAuthorizer.wrap(serverapp.authorizer)
        serverapp.authorizer = authorizer
        self.settings["authorizer"] = authorizer

    async def stop_extension(self) -> None:
        """Free what was opened."""
        self._grants.stop()

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

    def _parse_settings(self) -> Settings:
        legacy = self._legacy_origins()
        try:
            settings = Settings.parse(self._values(legacy), legacy)
        except SettingsInvalid as invalid:
            for mistake in invalid.mistakes:
                self.log.error("c.EscherpadExt.%s", mistake)
            self.log.error("Until that is fixed, this server refuses every other origin.")
            return Settings.denying()
        if settings.origins.allows_any:
            self.log.warning(
                "Any origin may call this server, if it has the token. Name those you mean: "
                "c.EscherpadExt.allowed_origins = [...]"
            )
        return settings

    def _values(self, legacy: LegacyOriginPolicy | None) -> dict[str, Any]:
        assert self.serverapp is not None
        values = {name: getattr(self, name) for name in SETTINGS}
        if values["public_url"] == "" and self._grants.hub is not None:
            values["public_url"] = self._grants.hub.public_url_below(self.serverapp.base_url)
        if legacy is not None and not legacy.allows_any:
            values["allow_credentials"] = (
                values["allow_credentials"] or self.serverapp.allow_credentials
            )
        return values

    def _legacy_origins(self) -> LegacyOriginPolicy | None:
        """Return what ``ServerApp.allow_origin`` says, where ``allowed_origins`` is not set."""
        assert self.serverapp is not None
        exact, pattern = self.serverapp.allow_origin, self.serverapp.allow_origin_pat
        if not (exact or pattern):
            return None
        name = "allow_origin" if exact else "allow_origin_pat"
        if "allowed_origins" in self.config.get(type(self).__name__, {}):
            self.log.info("EscherpadExt.allowed_origins counts, not ServerApp.%s.", name)
            return None
        from .policy.legacy import LegacyOriginPolicy, legacy_advice  # noqa: PLC0415

        policy = LegacyOriginPolicy.compile(exact, pattern)
        for mistake in policy.mistakes:
            self.log.error("c.%s", mistake)
        self.log.warning(
            "ServerApp.%s says which other origins may call. Write instead: %s",
            name,
            legacy_advice(exact, pattern),
        )
        return policy


#: The names of all settings.
SETTINGS = tuple(EscherpadExt.class_own_traits(config=True))
