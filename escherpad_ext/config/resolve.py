"""Turns written settings into effective ones, for the server and for ``check``. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..errors import SettingError, SettingsInvalid
from ..policy.legacy import LegacyOriginPolicy, legacy_advice, line_of_origins
from ..policy.public_url import origin_of_url
from ..policy.settings import Settings

SERVER_SETTING = "ServerApp."


class LegacySettings(NamedTuple):
    """Jupyter's own settings for other origins."""

    allow_origin: str = ""
    allow_origin_pat: str | re.Pattern[str] | None = ""
    allow_credentials: bool = False

    @property
    def name(self) -> str:
        """The setting that counts, empty if neither is set."""
        if self.allow_origin:
            return "ServerApp.allow_origin"
        return "ServerApp.allow_origin_pat" if self.allow_origin_pat else ""

    @property
    def advice(self) -> str:
        """The line to write instead, empty if there is none."""
        return legacy_advice(self.allow_origin, self.allow_origin_pat)


class Written(NamedTuple):
    """The settings as read. ``names`` are those that were written, whatever their value.

    ``hub_url`` is this server's address on a Hub, empty without a Hub.
    """

    values: Mapping[str, Any]
    names: frozenset[str] = frozenset()
    legacy: LegacySettings = LegacySettings()
    hub_url: str = ""


class Resolved(NamedTuple):
    """The effective settings, and the messages about them.

    ``legacy`` is set if Jupyter's own settings decide which origins may call. ``overridden`` is
    set if they are written, but do not count because ``allowed_origins`` is written too.
    ``settings.broken`` says whether the ``mistakes`` make the server refuse other origins.
    ``warnings`` are sentences.
    """

    settings: Settings
    mistakes: tuple[SettingError, ...] = ()
    legacy: LegacyOriginPolicy | None = None
    legacy_line: str = ""
    overridden: LegacyOriginPolicy | None = None
    warnings: tuple[str, ...] = ()


def resolve(written: Written) -> Resolved:
    """Return the effective settings of a server that reads this. Never raises."""
    legacy = _legacy_policy(written)
    mistakes = () if legacy is None else legacy.mistakes
    try:
        settings = Settings.parse(_values(written, legacy), legacy)
    except SettingsInvalid as invalid:
        settings, mistakes = Settings.denying(written.values), (*mistakes, *invalid.mistakes)
    line = "" if legacy is None else written.legacy.advice
    overridden = _policy_of(written.legacy) if legacy is None else None
    warnings = (*_warnings(written, settings, line), *_lost(written, settings, overridden))
    return Resolved(settings, mistakes, legacy, line, overridden, warnings)


def line_of(mistake: SettingError) -> str:
    """Return a mistake for people, with the setting as it is written in a file."""
    setting = "" if mistake.setting.startswith(SERVER_SETTING) else "EscherpadExt."
    return f"c.{setting}{mistake}"


def _legacy_policy(written: Written) -> LegacyOriginPolicy | None:
    """Return the policy of ``ServerApp.allow_origin``, unless ``allowed_origins`` is set."""
    return None if "allowed_origins" in written.names else _policy_of(written.legacy)


def _policy_of(legacy: LegacySettings) -> LegacyOriginPolicy | None:
    if not legacy.name:
        return None
    return LegacyOriginPolicy.compile(legacy.allow_origin, legacy.allow_origin_pat)


def _values(written: Written, legacy: LegacyOriginPolicy | None) -> dict[str, Any]:
    values = dict(written.values)
    if values["public_url"] == "":
        values["public_url"] = written.hub_url
    if legacy is not None and not legacy.allows_any:
        values["allow_credentials"] = (
            values["allow_credentials"] or written.legacy.allow_credentials
        )
    return values


def _warnings(written: Written, settings: Settings, line: str) -> Iterator[str]:
    if line:
        yield f"{written.legacy.name} says which other origins may call. Write instead: {line}"
    if line and not settings.public_url:
        yield _own_pages(written.legacy.allow_origin)
    if settings.allowed_origins.allows_any:
        yield (
            "Any origin may call this server, if it has the token. Name those you mean: "
            "c.EscherpadExt.allowed_origins = [...]"
        )


def _own_pages(allow_origin: str) -> str:
    """Return what the server's own pages need if they look like another origin.

    Behind a proxy that rewrites Host, people list the server's own address in ``allow_origin``.
    Cookies do not count across origins, so these pages would no longer be logged in.
    """
    named = origin_of_url(allow_origin)
    subject, where = (
        (f"If {named} is the address of this server itself, ", "")
        if named
        else ("If this server is ", " with the address in the browser")
    )
    line = f'c.EscherpadExt.public_url = "{named or "https://jupyter.example.edu"}"'
    return (
        f"{subject}behind a proxy that rewrites Host, its own pages need this line{where}: {line}"
    )


def _lost(
    written: Written, settings: Settings, overridden: LegacyOriginPolicy | None
) -> Iterator[str]:
    """Yield that ``allowed_origins`` shuts out origins that Jupyter's own setting allowed."""
    if overridden is None or settings.broken:
        return
    listed = [str(entry) for entry in written.values["allowed_origins"]]
    missing = [entry for entry in overridden.patterns if entry not in listed]
    if overridden.patterns and not missing:
        return
    name = written.legacy.name
    what = f"{name} does not count, because EscherpadExt.allowed_origins is set."
    if overridden.allows_any or not missing:
        yield f"{what} Only the origins in EscherpadExt.allowed_origins may call."
    else:
        line = "; ".join([line_of_origins([*listed, *missing]), *overridden.switches])
        yield f"{what} To allow its origins again, write: {line}"
