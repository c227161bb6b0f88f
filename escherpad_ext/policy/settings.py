# ruff: noqa: RUF009 - the calls return dataclass fields
"""The settings of ``EscherpadExt``, parsed once into something that cannot be wrong.

Each field of :class:`Settings` is a setting: its name, its default and its help are written here
and nowhere else. Pure: traitlets passes on plain values of any type, because a value that
traitlets itself refuses would also discard every other setting of the class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Literal

from ..errors import InvalidOrigin, SettingError, SettingsInvalid
from .activity_rows import DEFAULT_ROWS, LEAST_ROWS, MOST_ROWS
from .credentials import URL_TOKENS, UrlTokens
from .lifetimes import DEFAULT_MAX_SECONDS, DEFAULT_SECONDS, LIMIT_SECONDS
from .origin import Origin
from .origins import AllowsOrigins, OriginPolicy, any_with_credentials
from .public_url import origin_of_url, parse_public_url
from .refusal_row import ALLOW_ORIGIN
from .refusal_table import REFUSALS
from .refusals import Refusal, refuse
from .resource_paths import ResourcePaths, parse_resource_paths
from .setting_kinds import Kind, Values, choice, flag, number_of, seconds, setting

#: No browser keeps a preflight's answer longer (Chromium two hours, Firefox a day).
MAX_PREFLIGHT_AGE_SECONDS = 86400

#: Who may open the connect page: any https or loopback site, only allowed origins, nobody.
Connect = Literal["ask", "listed", "off"]
CONNECT: tuple[Connect, ...] = ("ask", "listed", "off")
#: Whether programs may open it: they have no origin.
Programs = Literal["ask", "registered", "off"]
PROGRAMS: tuple[Programs, ...] = ("ask", "registered", "off")
#: Whether it is recorded what apps do.
Activity = Literal["on", "source", "off"]
ACTIVITY: tuple[Activity, ...] = ("on", "source", "off")


def _parse_origins(name: str, values: Values) -> OriginPolicy:
    # A flag that is not a flag is reported by itself below, and allows nothing here.
    return OriginPolicy.compile(
        values[name],
        allow_insecure=values["dangerously_allow_insecure_origins"] is True,
        allow_public_suffix=values["dangerously_allow_public_suffix_wildcards"] is True,
        allow_credentials=values["allow_credentials"] is True,
    )


@dataclass(frozen=True)
class Settings:
    """All settings, as they count. Immutable."""

    allowed_origins: AllowsOrigins = setting(
        Kind(
            "list",
            [],
            """Who may call: origins such as "https://www.escherpad.com",
            "https://*.lab.example.edu", "http://localhost:*". Empty means nobody.""",
            _parse_origins,
        ),
        OriginPolicy.nobody(),
    )
    connect: Connect = choice(
        "ask",
        CONNECT,
        """Who may open the connect page, where the owner decides: "ask" any https (or
        loopback) site, "listed" only allowed origins, "off" nobody.""",
    )
    programs: Programs = choice(
        "ask",
        PROGRAMS,
        """Whether programs (agents, command line tools) may open the connect page: "ask" all,
        "registered" without reading documents on the internet, "off" none.""",
    )
    activity: Activity = choice(
        "on",
        ACTIVITY,
        """Whether it is recorded what apps do with their grant tokens: "on", "source" with the
        code that they run, "off". To read it: jupyter escherpad log.""",
    )
    activity_max_rows: int = number_of(
        "rows",
        DEFAULT_ROWS,
        least=LEAST_ROWS,
        most=MOST_ROWS,
        help="How many entries the record keeps of each grant. The oldest go.",
    )
    url_tokens: UrlTokens = choice(
        "websocket",
        URL_TOKENS,
        """Where ?token= counts across origins: "websocket", "never" or "always".""",
    )
    allow_credentials: bool = flag(
        """Answer Access-Control-Allow-Credentials: true, for clients that insist on
        credentials: "include". Cookies stay ignored.""",
    )
    preflight_max_age_seconds: int = seconds(
        7200,
        least=0,
        most=MAX_PREFLIGHT_AGE_SECONDS,
        help="For how many seconds browsers may keep the answer to a preflight.",
    )
    grant_lifetime_seconds: int = seconds(
        DEFAULT_SECONDS,
        least=1,
        most=LIMIT_SECONDS,
        help="How long a grant token lives by default, in seconds.",
    )
    grant_lifetime_max_seconds: int = seconds(
        DEFAULT_MAX_SECONDS,
        least=1,
        most=LIMIT_SECONDS,
        help="The longest lifetime that may be asked for, in seconds.",
    )
    public_url: str = setting(
        Kind(
            "text",
            "",
            "The server's address as browsers see it, behind a proxy that rewrites Host.",
            parse_public_url,
        )
    )
    resource_paths: ResourcePaths = setting(
        Kind(
            "dictionary",
            {},
            """Paths below the base URL whose handlers declare no resource, and a name for each:
            {"/mcp": "mcp"}. Who calls there needs the scope mcp:execute, and programs can
            discover it.""",
            parse_resource_paths,
        ),
        ResourcePaths(),
    )
    dangerously_allow_insecure_origins: bool = flag(
        """Let allowed_origins name http origins that are not loopback. Anyone on the network
        between the page and its server can then act as such an origin."""
    )
    dangerously_allow_public_suffix_wildcards: bool = flag(
        """Let allowed_origins have wildcards over domains where anyone can get a name, such
        as https://*.github.io."""
    )
    #: Not a setting: whether a mistake closes this server to every other origin.
    broken: bool = False

    @property
    def public_origin(self) -> str | None:
        """The origin of ``public_url``, None where it is not set."""
        return origin_of_url(self.public_url) if self.public_url else None

    def refusal_of(self, origin: str) -> Refusal | None:
        """Return why ``origin`` (as in the header) may not call, None where it may."""
        if self.broken:
            return refuse("origin_refused", "settings_invalid")
        reason = self.allowed_origins.refusal(origin)
        if reason is None:
            return None
        return refuse("origin_refused", reason)

    def may_be_approved(self, refusal: Refusal) -> bool:
        """Return whether the owner's approval on the connect page outweighs a refusal.

        Where only listed sites may connect, one that is not listed any more is out.
        """
        return self.connect == "ask" and refusal.reason == "origin_not_listed"

    def advice(self, refusal: Refusal, origin: str) -> str | None:
        """Return the line of configuration that would admit such a request, None without one."""
        line = REFUSALS[refusal.error, refusal.reason].line
        if line == ALLOW_ORIGIN:
            return self.allowed_origins.advice(origin)
        if "{origin}" in line and not is_plain_origin(origin):
            return None
        return line.replace("{origin}", origin) or None

    @classmethod
    def denying(cls, values: Values | None = None) -> Settings:
        """Return the settings that refuse every other origin, for where a setting is wrong.

        What ``values`` protect stays protected.
        """
        paths = ResourcePaths.closing((values or {}).get("resource_paths"))
        # Nor is anything deleted from the record that the owner wants to keep.
        rows = MOST_ROWS
        return cls(connect="off", broken=True, resource_paths=paths, activity_max_rows=rows)

    @classmethod
    def parse(cls, values: Values, legacy: AllowsOrigins | None = None) -> Settings:
        """Return the settings that these values (by the names of the traits) spell.

        ``legacy`` stands in for ``allowed_origins`` where that is not set. Raises
        :class:`SettingsInvalid` with every mistake at once.
        """
        found, mistakes = _parse_each(values)
        if legacy is not None and legacy.allows_any and found.get("allow_credentials") is True:
            mistakes.append(any_with_credentials("allow_credentials"))
        if mistakes:
            raise SettingsInvalid(mistakes)
        if legacy is not None:
            found["allowed_origins"] = legacy
        found["grant_lifetime_seconds"] = min(
            found["grant_lifetime_seconds"], found["grant_lifetime_max_seconds"]
        )
        return cls(**found)


#: Every setting, by its name.
SETTINGS: Mapping[str, Kind] = MappingProxyType(
    {each.name: each.metadata["kind"] for each in fields(Settings) if "kind" in each.metadata}
)


def _parse_each(values: Values) -> tuple[dict[str, Any], list[SettingError]]:
    """Return what could be parsed, and all mistakes in the rest."""
    found: dict[str, Any] = {}
    mistakes: list[SettingError] = []
    for name, kind in SETTINGS.items():
        try:
            found[name] = kind.parse(name, values)
        except SettingsInvalid as invalid:
            mistakes += invalid.mistakes
        except SettingError as mistake:
            mistakes.append(mistake)
    return found, mistakes


def is_plain_origin(text: str) -> bool:
    """Return whether a text is an origin that may stand in quotes."""
    try:
        return Origin.parse(text).is_plain
    except InvalidOrigin:
        return False
