"""The corrected lines of settings that have a mistake."""

from __future__ import annotations

from typing import Any

from ...config.configuration import Configuration
from ...errors import OriginPatternError
from ...policy.patterns import OriginPattern
from ...policy.settings import SETTINGS
from .. import fixes

_SWITCHES = ("dangerously_allow_insecure_origins", "dangerously_allow_public_suffix_wildcards")


def corrected_lines(configuration: Configuration, origin: str) -> str:
    """Return the corrected lines of all settings that have a mistake.

    Where Jupyter's own setting has no translation, they allow the origin that was asked for.
    """
    values: dict[str, Any] = {}
    for mistake in configuration.mistakes:
        if mistake.setting.startswith("ServerApp."):
            line, remark, _ = configuration.legacy_line.partition("  #")
            if remark and fixes.may_be_quoted(origin):
                return fixes.settings({"allowed_origins": [origin]}, configuration)
            return fixes.lines(line, configuration)
        if mistake.code == "any_origin_with_credentials":
            values["allow_credentials"] = False
        elif mistake.setting == "allowed_origins":
            values[mistake.setting] = _corrected_origins(configuration.values)
        else:
            value = mistake.suggestion
            values[mistake.setting] = SETTINGS[mistake.setting].default if value is None else value
    return fixes.settings(values, configuration)


def _corrected_origins(values: Any) -> list[str]:
    """Return the correct entries, and the suggestions for the others."""
    entries = values["allowed_origins"]
    entries = entries if isinstance(entries, list | tuple) else [entries]
    insecure, suffixes = (values[name] is True for name in _SWITCHES)
    found: list[str] = []
    for entry in entries:
        try:
            pattern = OriginPattern.parse(
                entry, allow_insecure=insecure, allow_public_suffix=suffixes
            )
            found.append(pattern.text)
        except OriginPatternError as mistake:
            found += [] if mistake.suggestion is None else [mistake.suggestion]
    return list(dict.fromkeys(found))
