"""The settings of ``EscherpadExt``, parsed once into something that cannot be wrong.

Pure: what traitlets read comes in as plain values of any kind, since a setting that traitlets
itself refuses takes every other one of its class with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from ..errors import InvalidOrigin, SettingError, SettingsInvalid
from .credentials import URL_TOKENS, UrlTokens
from .lifetimes import DEFAULT_MAX_SECONDS, DEFAULT_SECONDS, LIMIT_SECONDS
from .origin import Origin
from .origins import AllowsOrigins, OriginPolicy, any_with_credentials
from .refusals import Refusal, refuse

#: No browser keeps a preflight's answer longer (Chromium two hours, Firefox a day).
MAX_PREFLIGHT_AGE_SECONDS = 86400

#: Who may open the connect page: any https or loopback site, only allowed origins, nobody.
Connect = Literal["ask", "listed", "off"]
CONNECT: tuple[Connect, ...] = ("ask", "listed", "off")

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Settings:
    """Everything that the router goes by. Immutable."""

    origins: AllowsOrigins
    connect: Connect = "off"
    url_tokens: UrlTokens = "websocket"
    allow_credentials: bool = False
    preflight_max_age_seconds: int = 7200
    grant_lifetime_seconds: int = DEFAULT_SECONDS
    grant_lifetime_max_seconds: int = DEFAULT_MAX_SECONDS
    public_url: str = ""
    broken: bool = False

    @property
    def public_origin(self) -> str | None:
        """The origin of ``public_url``, None where it is not set."""
        return origin_of_url(self.public_url) if self.public_url else None

    def refusal_of(self, origin: str) -> Refusal | None:
        """Return why ``origin`` (as in the header) may not call, None where it may."""
        if self.broken:
            return refuse("origin_refused", "settings_invalid")
        reason = self.origins.refusal(origin)
        if reason is None:
            return None
        return refuse("origin_refused", reason)

    def may_be_approved(self, refusal: Refusal) -> bool:
        """Return whether the owner's word on the connect page outweighs a refusal.

        Where only listed sites may connect, one that is not listed any more is out.
        """
        return self.connect == "ask" and refusal.reason == "origin_not_listed"

    def advice(self, refusal: Refusal, origin: str) -> str | None:
        """Return the line of configuration that would have let a request in, None without one."""
        if refusal.reason == "not_given_to_site":
            return self.origins.advice(origin)
        if refusal.error == "origin_refused":
            return None if self.broken else self.origins.advice(origin)
        if refusal.reason == "cookie_ignored" and is_plain_origin(origin):
            line = f'c.EscherpadExt.public_url = "{origin}"'
            return f"{line}, if that is this server itself, behind a proxy"
        if refusal.reason == "url_tokens":
            return 'c.EscherpadExt.url_tokens = "always"'
        if refusal.reason == "authentication_off":
            return 'c.IdentityProvider.token = "<a secret of your own>"'
        return None

    @classmethod
    def denying(cls) -> Settings:
        """Return what holds where a setting is wrong: every other origin is refused."""
        return cls(OriginPolicy.nobody(), broken=True)

    @classmethod
    def parse(cls, values: Values, legacy: AllowsOrigins | None = None) -> Settings:
        """Return the settings that these values (by the names of the traits) spell.

        ``legacy`` stands in for ``allowed_origins`` where that is not set. Raises
        :class:`SettingsInvalid` with every mistake at once.
        """
        found = {name: _attempt(parse, values) for name, parse in _PARSERS.items()}
        mistakes = [
            m for result in found.values() if isinstance(result, _Wrong) for m in result.why
        ]
        if legacy is not None and legacy.allows_any and found["allow_credentials"] is True:
            mistakes.append(any_with_credentials("allow_credentials"))
        if mistakes:
            raise SettingsInvalid(mistakes)
        return cls(
            origins=found["allowed_origins"] if legacy is None else legacy,
            connect=found["connect"],
            url_tokens=found["url_tokens"],
            allow_credentials=found["allow_credentials"],
            preflight_max_age_seconds=found["preflight_max_age_seconds"],
            grant_lifetime_seconds=min(
                found["grant_lifetime_seconds"], found["grant_lifetime_max_seconds"]
            ),
            grant_lifetime_max_seconds=found["grant_lifetime_max_seconds"],
            public_url=found["public_url"],
        )


@dataclass(frozen=True)
class _Wrong:
    why: tuple[SettingError, ...]


def _attempt(parse: Callable[[Values], Any], values: Values) -> Any:
    try:
        return parse(values)
    except SettingsInvalid as invalid:
        return _Wrong(invalid.mistakes)
    except SettingError as mistake:
        return _Wrong((mistake,))


def _parse_origins(values: Values) -> OriginPolicy:
    # A flag that is not a flag is reported by itself below, and allows nothing here.
    return OriginPolicy.compile(
        values["allowed_origins"],
        allow_insecure=values["dangerously_allow_insecure_origins"] is True,
        allow_public_suffix=values["dangerously_allow_public_suffix_wildcards"] is True,
        allow_credentials=values["allow_credentials"] is True,
    )


def _parse_flag(name: str) -> Callable[[Values], bool]:
    def parse(values: Values) -> bool:
        value = values[name]
        if not isinstance(value, bool):
            raise SettingError(
                f"{value!r} is neither True nor False. Write one of them, without quotes.",
                code="not_a_flag",
                setting=name,
            )
        return value

    return parse


def _parse_choice(name: str, choices: tuple[str, ...], default: str) -> Callable[[Values], str]:
    def parse(values: Values) -> str:
        for choice in choices:
            if values[name] == choice:
                return choice
        raise SettingError(
            f"{values[name]!r} is none of {', '.join(map(repr, choices))}.",
            code="unknown_choice",
            setting=name,
            suggestion=default,
        )

    return parse


def _parse_seconds(name: str, *, default: int, least: int, most: int) -> Callable[[Values], int]:
    def parse(values: Values) -> int:
        value = values[name]
        if type(value) is not int or not least <= value <= most:  # True is an int, too
            raise SettingError(
                f"{value!r} is not a number of seconds from {least} to {most}.",
                code="out_of_range",
                setting=name,
                suggestion=str(default),
            )
        return value

    return parse


def _parse_public_url(values: Values) -> str:
    url = values["public_url"]
    if url == "":
        return ""
    if not isinstance(url, str) or origin_of_url(url) is None:
        raise SettingError(
            f"{url!r} is not the address of a server, as https://jupyter.example.edu/user/ana is: "
            "scheme, lower-case host and path, without a query.",
            code="not_a_url",
            setting="public_url",
        )
    return url.rstrip("/")


def is_plain_origin(text: str) -> bool:
    """Return whether a text is an origin that may stand in quotes."""
    try:
        return Origin.parse(text).is_plain
    except InvalidOrigin:
        return False


def origin_of_url(url: str) -> str | None:
    """Return the origin of an absolute http(s) URL without query, None for anything else."""
    try:
        parts = urlsplit(url)
        origin = Origin.parse(f"{parts.scheme}://{parts.netloc}")
    except (ValueError, InvalidOrigin):
        return None
    plain = origin.scheme in {"http", "https"} and url.startswith(str(origin))
    return str(origin) if plain and not parts.query and not parts.fragment else None


_PARSERS: Mapping[str, Callable[[Values], Any]] = {
    "allowed_origins": _parse_origins,
    "connect": _parse_choice("connect", CONNECT, default="ask"),
    "url_tokens": _parse_choice("url_tokens", URL_TOKENS, default="websocket"),
    "allow_credentials": _parse_flag("allow_credentials"),
    "preflight_max_age_seconds": _parse_seconds(
        "preflight_max_age_seconds", default=7200, least=0, most=MAX_PREFLIGHT_AGE_SECONDS
    ),
    "grant_lifetime_seconds": _parse_seconds(
        "grant_lifetime_seconds", default=DEFAULT_SECONDS, least=1, most=LIMIT_SECONDS
    ),
    "grant_lifetime_max_seconds": _parse_seconds(
        "grant_lifetime_max_seconds", default=DEFAULT_MAX_SECONDS, least=1, most=LIMIT_SECONDS
    ),
    "public_url": _parse_public_url,
    "dangerously_allow_insecure_origins": _parse_flag("dangerously_allow_insecure_origins"),
    "dangerously_allow_public_suffix_wildcards": _parse_flag(
        "dangerously_allow_public_suffix_wildcards"
    ),
}
