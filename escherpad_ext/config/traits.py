"""The settings as traits: every field of ``Settings`` that is a setting becomes one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from traitlets import Bool, Dict, HasTraits, Int, List, TraitType, Unicode
from traitlets.config import Config, Configurable

from ..policy.setting_kinds import Form, Kind
from ..policy.settings import SETTINGS

#: The name of the section, as in ``c.EscherpadExt.allowed_origins``.
SECTION = "EscherpadExt"


class _Unjudged:
    """A trait that accepts any value: ``Settings.parse`` checks it and reports mistakes.

    Traitlets itself would drop all settings of the class because of one wrong value.
    """

    def validate(self, _obj: Any, value: Any) -> Any:
        return value


class _List(_Unjudged, List):  # type: ignore[type-arg]
    def set(self, obj: Any, value: Any) -> None:
        """Keep a string: traitlets would silently turn it into a list."""
        TraitType.set(self, obj, value)

    def from_string(self, s: str) -> Any:
        """Return the value on the command line; one entry without brackets is a list, too."""
        value = super().from_string(s)
        return [s] if value is None else value


class _Dict(_Unjudged, Dict):
    def from_string(self, s: str) -> Any:
        """Return the value on the command line: a dictionary, or one ``path=name``."""
        try:
            return super().from_string(s)
        except (ValueError, SyntaxError):
            path, equals, name = s.partition("=")
            return {path: name} if equals else s


class _Unicode(_Unjudged, Unicode):  # type: ignore[type-arg]
    pass


class _Bool(_Unjudged, Bool):  # type: ignore[type-arg]
    pass


class _Int(_Unjudged, Int):  # type: ignore[type-arg]
    pass


_TYPES: dict[Form, Any] = {"text": _Unicode, "flag": _Bool, "number": _Int}


def _trait(kind: Kind) -> Any:
    if kind.form == "list":
        return _List(Unicode(), kind.default, config=True, help=kind.help)
    if kind.form == "dictionary":
        return _Dict(default_value=kind.default, config=True, help=kind.help)
    return _TYPES[kind.form](kind.default, config=True, help=kind.help)


#: The base class from which the extension inherits its settings.
SettingTraits: Any = type(
    "SettingTraits", (HasTraits,), {name: _trait(kind) for name, kind in SETTINGS.items()}
)

# Traitlets finds a class's settings by its name.
_EscherpadExt: Any = type(SECTION, (SettingTraits, Configurable), {})


class _ServerApp(Configurable):
    """The settings of the server that also say which origins may call."""

    allow_origin = Unicode("", config=True)
    allow_origin_pat = Unicode("", config=True)
    allow_credentials = Bool(False, config=True)


_ServerApp.__name__ = "ServerApp"


def setting_values(config: Config) -> dict[str, Any]:
    """Return the value of every setting in a configuration, of any type."""
    found = _EscherpadExt(config=_only(config, SECTION, SETTINGS))
    return {name: getattr(found, name) for name in SETTINGS}


def _only(config: Config, section: str, names: Iterable[str]) -> Config:
    """Return one section with these names only: traitlets would warn of any other."""
    found = config.get(section, {})
    return Config({section: {name: found[name] for name in names if name in found}})


def legacy_values(config: Config) -> dict[str, Any]:
    """Return the values of ``ServerApp.allow_…`` in a configuration.

    Raises TraitError for values with which a server does not start.
    """
    found = _ServerApp(config=_only(config, "ServerApp", LEGACY))
    return {name: getattr(found, name) for name in LEGACY}


#: The names of the legacy settings of ``ServerApp``.
LEGACY = tuple(_ServerApp.class_own_traits(config=True))
