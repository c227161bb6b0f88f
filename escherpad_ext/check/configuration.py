"""What the configuration of this machine says, and which file says it, read as Jupyter reads it.

Measured on jupyter_server 2.21, from what counts least to what counts most:
``jupyter_escherpad_ext_config``, ``jupyter_config``, ``jupyter_server_config``, the command line;
of each the folders of ``jupyter --paths`` from the last to the first; in one folder ``.py``, then
``.json``. What is in ``jupyter_server_config.d`` switches extensions on and off, and says nothing
else.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import SettingError, SettingsInvalid
from ..policy.legacy import LegacyOriginPolicy, legacy_advice
from ..policy.settings import Settings
from .facts import Configuration, Unread
from .servers import ARGUMENTS

SECTION = "EscherpadExt"
STEMS = ("jupyter_escherpad_ext_config", "jupyter_config", "jupyter_server_config")
COMMAND_LINE = "the command line"
MODULE = "escherpad_ext"
#: What stands in for the extension's own settings, where these are not set.
LEGACY = ("ServerApp.allow_origin", "ServerApp.allow_origin_pat", "ServerApp.allow_credentials")
#: A configuration file is a program, and may do anything but finish.
READ_SECONDS = 2.0


@dataclass
class _Read:
    """What was read so far."""

    merged: Any
    sources: dict[str, list[str]] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

    def add(self, place: str, config: Any) -> None:
        """Let a file's word count more than all before it."""
        for name in config.get(SECTION, {}):
            self.sources.setdefault(str(name), []).append(place)
        for name in (*LEGACY, "ServerApp.jpserver_extensions"):
            if name.removeprefix("ServerApp.") in config.get("ServerApp", {}):
                self.sources.setdefault(name, []).append(place)
        self.merged.merge(config)


def read_configuration(
    arguments: Sequence[str] = (), seconds: float = READ_SECONDS
) -> Configuration:
    """Return what a server would go by that is started with these arguments now.

    Never raises. A file that takes too long is one that cannot be read; only one that never lets
    go of the interpreter (a single call into C) is waited for.
    """
    from ..app import EscherpadExt  # noqa: F401, PLC0415 - not to be counted as the files' time

    found: list[Configuration] = []

    def read() -> None:
        try:
            found.append(_read_all(arguments))
        except Exception as error:  # values of any kind come out of files
            found.append(Configuration({}, {}, unread=(Unread("the configuration", str(error)),)))

    thread = threading.Thread(target=read, daemon=True)
    # What a configuration file prints is not the result.
    with contextlib.redirect_stdout(sys.stderr):
        if seconds > 0:  # else one has taken all the time already, and would again
            thread.start()
            thread.join(seconds)
    why = "a file takes too long, or ends the program that reads it"
    late = Configuration({}, {}, unread=(Unread("the configuration", why),))
    return found[0] if found else late


def _read_all(arguments: Sequence[str]) -> Configuration:
    from jupyter_core.paths import jupyter_config_dir  # noqa: PLC0415
    from traitlets.config import Config  # noqa: PLC0415

    read = _Read(Config())
    given = _from_arguments(arguments)
    named = given.get("ServerApp", {}).get("config_file") or given.get("JupyterApp", {}).get(
        "config_file"
    )
    for file in _files(Path(str(named)) if named else None):
        _load(file, read)
    read.add(COMMAND_LINE, given)
    return _judged(read, Path(jupyter_config_dir()))


def _files(named: Path | None) -> Iterator[Path]:
    from jupyter_core.paths import jupyter_config_path  # noqa: PLC0415

    for stem in STEMS:
        if named is not None and stem == STEMS[-1]:
            yield named  # --config=… stands in for these
            return
        for folder in reversed(jupyter_config_path()):
            yield Path(folder, f"{stem}.py")
            yield Path(folder, f"{stem}.json")


def _load(file: Path, read: _Read) -> None:
    from traitlets.config.loader import (  # noqa: PLC0415
        JSONFileConfigLoader,
        PyFileConfigLoader,
    )

    if not file.is_file():
        return
    loader = JSONFileConfigLoader if file.suffix == ".json" else PyFileConfigLoader
    try:
        read.add(str(file), loader(file.name, path=str(file.parent)).load_config())
    except (Exception, SystemExit) as error:  # it is somebody's program
        read.unread.append(Unread(str(file), f"{type(error).__name__}: {error}"))


def _from_arguments(arguments: Sequence[str]) -> Any:
    """Return the settings of a server's command line that matter here."""
    from traitlets.config.loader import KVArgParseConfigLoader  # noqa: PLC0415

    words = [word for word in arguments if word.startswith(ARGUMENTS) and "=" in word]
    aliases = {"config": "ServerApp.config_file"}
    try:
        return KVArgParseConfigLoader(words, aliases=aliases).load_config()
    except (Exception, SystemExit):
        return KVArgParseConfigLoader([]).load_config()


def _judged(read: _Read, folder: Path) -> Configuration:
    """Return the configuration with what the extension would make of it."""
    from ..app import SETTINGS, EscherpadExt  # noqa: PLC0415

    app = EscherpadExt(config=read.merged)
    values = {name: getattr(app, name) for name in SETTINGS}
    legacy, line = _legacy(read.merged)
    settings, mistakes = _parse(values, legacy)
    enabled, switch = _switch(read)
    return Configuration(
        values=values,
        sources={name: tuple(places) for name, places in read.sources.items()},
        legacy=legacy,
        legacy_line=line,
        enabled=enabled,
        switch=switch,
        unread=tuple(read.unread),
        default_file=str(folder / "jupyter_server_config.py"),
        own_file=str(folder / f"{STEMS[0]}.json"),
        settings=settings,
        mistakes=mistakes,
    )


def _legacy(merged: Any) -> tuple[LegacyOriginPolicy | None, str]:
    """Return what ``ServerApp.allow_origin`` says where nothing else does (as app.py has it)."""
    server = merged.get("ServerApp", {})
    exact, pattern = (str(server.get(n) or "") for n in ("allow_origin", "allow_origin_pat"))
    if not (exact or pattern) or "allowed_origins" in merged.get(SECTION, {}):
        return None, ""
    return LegacyOriginPolicy.compile(exact, pattern), legacy_advice(exact, pattern)


def _parse(
    values: Mapping[str, Any], legacy: LegacyOriginPolicy | None
) -> tuple[Settings | None, tuple[SettingError, ...]]:
    try:
        return Settings.parse(values, legacy), () if legacy is None else legacy.mistakes
    except SettingsInvalid as invalid:
        return None, invalid.mistakes


def _switch(read: _Read) -> tuple[bool, str]:
    """Return whether the next start would load the extension, and the file that says so.

    ``jpserver_extensions`` of the configuration itself wins over what is in the folders
    (``ServerApp.find_server_extensions``); there, a file in ``….d`` counts less than one beside it.
    """
    from jupyter_core.paths import jupyter_config_path  # noqa: PLC0415

    named = read.merged.get("ServerApp", {}).get("jpserver_extensions", {})
    if isinstance(named, dict) and MODULE in named:
        return named[MODULE] is True, read.sources["ServerApp.jpserver_extensions"][-1]
    found = (False, "")
    for folder in map(Path, reversed(jupyter_config_path())):
        beside = folder / f"{STEMS[-1]}.json"
        for file in (*sorted((folder / f"{STEMS[-1]}.d").glob("*.json")), beside):
            said = _said_of_extension(file)
            found = found if said is None else (said is True, str(file))
    return found


def _said_of_extension(file: Path) -> object:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return content["ServerApp"]["jpserver_extensions"][MODULE]
    except (OSError, ValueError, KeyError, TypeError):
        return None
