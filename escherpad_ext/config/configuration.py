"""What was read from the configuration of this machine: values only. Pure."""

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
    """Settings that Jupyter does not read where they are written, and why."""

    file: str
    names: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Configuration:
    """What the files of this machine say, as the next start of a server would read them.

    ``values`` are the settings of ``EscherpadExt`` as they were written, ``settings`` as they
    count; None where a mistake closes the server. ``sources`` are the places that set something,
    the one that counts last; those of the server's section begin with ``ServerApp.``. ``added``
    has those that only add to a list. ``switch`` is the file that switches the extension on or
    off, ``default_file`` is where to write. ``unread`` are files with errors, ``ignored`` are
    settings that Jupyter does not read where they are written.
    """

    values: Mapping[str, Any]
    sources: Mapping[str, tuple[str, ...]]
    legacy: LegacyOriginPolicy | None = None
    legacy_line: str = ""
    enabled: bool = True
    switch: str = ""
    unread: tuple[Unread, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    default_file: str = "jupyter_server_config.py"
    own_file: str = "jupyter_escherpad_ext_config.json"
    added: frozenset[tuple[str, str]] = frozenset()
    settings: Settings | None = None
    mistakes: tuple[SettingError, ...] = ()

    def source(self, name: str) -> str | None:
        """Return the place whose word counts for a setting, None where none says anything."""
        places = self.sources.get(name, ())
        return places[-1] if places else None

    def winners(self, name: str, place: str) -> tuple[str, ...]:
        """Return the places that set the same and count more than ``place``."""
        places = self.sources.get(name, ())
        later = places[places.index(place) + 1 :] if place in places else places
        added = {where for setting, where in self.added if setting == f"EscherpadExt.{name}"}
        return tuple(where for where in later if where not in added)
