"""Turns written settings into effective ones, for the server and for ``check``. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import SettingError, SettingsInvalid
from ..policy.legacy import LegacyOriginPolicy, legacy_advice
from ..policy.settings import Settings

SERVER_SETTING = "ServerApp."


@dataclass(frozen=True)
class LegacySettings:
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


@dataclass(frozen=True)
class Written:
    """The settings as read. ``names`` are those that were written, whatever their value.

    ``hub_url`` is this server's address on a Hub, empty without a Hub.
    """

    values: Mapping[str, Any]
    names: frozenset[str] = frozenset()
    legacy: LegacySettings = field(default_factory=LegacySettings)
    hub_url: str = ""


@dataclass(frozen=True)
class Resolved:
    """The effective settings, and the messages about them.

    ``legacy`` is set if Jupyter's own settings decide which origins may call.
    ``settings.broken`` says whether the ``mistakes`` make the server refuse other origins.
    ``warnings`` and ``notes`` are sentences.
    """

    settings: Settings
    mistakes: tuple[SettingError, ...] = ()
    legacy: LegacyOriginPolicy | None = None
    legacy_line: str = ""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def resolve(written: Written) -> Resolved:
    """Return the effective settings of a server that reads this. Never raises."""
    legacy = _legacy_policy(written)
    mistakes = () if legacy is None else legacy.mistakes
    try:
        settings = Settings.parse(_values(written, legacy), legacy)
    except SettingsInvalid as invalid:
        settings, mistakes = Settings.denying(), (*mistakes, *invalid.mistakes)
    line = "" if legacy is None else written.legacy.advice
    warnings = tuple(_warnings(written, settings, line))
    return Resolved(settings, mistakes, legacy, line, warnings, tuple(_notes(written, legacy)))


def line_of(mistake: SettingError) -> str:
    """Return a mistake for people, with the setting as it is written in a file."""
    setting = "" if mistake.setting.startswith(SERVER_SETTING) else "EscherpadExt."
    return f"c.{setting}{mistake}"


def _legacy_policy(written: Written) -> LegacyOriginPolicy | None:
    """Return the policy of ``ServerApp.allow_origin``, unless ``allowed_origins`` is set."""
    if not written.legacy.name or "allowed_origins" in written.names:
        return None
    return LegacyOriginPolicy.compile(written.legacy.allow_origin, written.legacy.allow_origin_pat)


def _values(written: Written, legacy: LegacyOriginPolicy | None) -> dict[str, Any]:
    values = dict(written.values)
    if values["public_url"] == "":
        values["public_url"] = written.hub_url
    if legacy is not None and not legacy.allows_any:
        values["allow_credentials"] = (
            values["allow_credentials"] or written.legacy.allow_credentials
        )
    return values


def _warnings(written: Written, settings: Settings, line: str) -> list[str]:
    found = []
    if line:
        found.append(
            f"{written.legacy.name} says which other origins may call. Write instead: {line}"
        )
    if settings.allowed_origins.allows_any:
        found.append(
            "Any origin may call this server, if it has the token. Name those you mean: "
            "c.EscherpadExt.allowed_origins = [...]"
        )
    return found


def _notes(written: Written, legacy: LegacyOriginPolicy | None) -> list[str]:
    if legacy is None and written.legacy.name:
        return [f"EscherpadExt.allowed_origins counts, not {written.legacy.name}."]
    return []
