"""The result of reading this machine's configuration: values only. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import SettingError
from ..policy.legacy import LegacyOriginPolicy
from ..policy.settings import Settings


@dataclass(frozen=True)
class Unread:
    """A configuration file that has an error."""

    file: str
    error: str


@dataclass(frozen=True)
class Ignored:
    """Settings in a file from which Jupyter does not read them, and the reason.

    ``names`` is empty if Jupyter reads nothing from the file. ``target`` is the file to use, and
    ``line`` is what to write there, empty if the settings can be moved as they are. ``origins`` are
    those that the line allows.
    """

    file: str
    names: tuple[str, ...]
    why: str
    target: str
    line: str = ""
    origins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Configuration:
    """The configuration of this machine, as a server would read it at its next start.

    ``values`` are the settings of ``EscherpadExt`` as written. ``settings`` are the effective
    ones, None if a mistake makes the server refuse other origins. ``sources`` lists by setting the
    places that set it; the last one counts. Names of the server's settings start with
    ``ServerApp.``. ``overridden`` are Jupyter's own settings, if ``allowed_origins`` is set too and
    counts alone. ``added`` has the places that only add to a list. ``switch`` is the file that
    enables or disables the extension, ``default_file`` the one to write to. ``unread`` are files
    with errors, ``ignored`` are settings in files from which Jupyter does not read them.
    ``is_elsewhere`` says that commands in this shell would write to other files.
    """

    values: Mapping[str, Any]
    sources: Mapping[str, tuple[str, ...]]
    legacy: LegacyOriginPolicy | None = None
    legacy_line: str = ""
    overridden: LegacyOriginPolicy | None = None
    enabled: bool = True
    switch: str = ""
    unread: tuple[Unread, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    default_file: str = "jupyter_server_config.py"
    own_file: str = "jupyter_escherpad_ext_config.json"
    added: frozenset[tuple[str, str]] = frozenset()
    settings: Settings | None = None
    mistakes: tuple[SettingError, ...] = ()
    is_elsewhere: bool = False

    def source(self, name: str) -> str | None:
        """Return the place that decides a setting, None if it is not set."""
        places = self.sources.get(name, ())
        return places[-1] if places else None

    def winners(self, name: str, place: str) -> tuple[str, ...]:
        """Return the places that set the same setting and win over ``place``."""
        places = self.sources.get(name, ())
        later = places[places.index(place) + 1 :] if place in places else places
        added = {where for setting, where in self.added if setting == f"EscherpadExt.{name}"}
        return tuple(where for where in later if where not in added)
