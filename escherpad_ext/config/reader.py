"""Reads this machine's configuration as Jupyter does, with the file of each setting.

Measured on jupyter_server 2.21. The sources of the extension's settings, from the weakest to the
strongest: ``jupyter_escherpad_ext_config``, ``jupyter_config``, ``jupyter_server_config`` (or the
file that ``--config`` names), the command line. Each name is read in the folders of
``jupyter --paths``, from the last to the first; in one folder ``.py``, then ``.json``.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_config_path

from ..policy.settings import SETTINGS
from .applications import MODULE, SERVER_STEM, Application, linked, switches
from .arguments import read_arguments
from .configuration import Configuration, Ignored, Unread
from .files import BASE_STEM, Files
from .layers import Layer
from .resolve import LegacySettings, Resolved, Written, resolve
from .traits import LEGACY, SECTION, legacy_values, setting_values
from .unread import unmoved, unread_files
from .user_file import user_config_file

COMMAND_LINE = "the command line"
UNREAD_WHY = "no application that this server loads reads it"
#: A configuration file is a program, and may never finish.
READ_SECONDS = 2.0


def read_configuration(
    arguments: Sequence[str] = (), seconds: float = READ_SECONDS
) -> Configuration:
    """Return the configuration of a server that is started with these arguments now.

    Never raises. A file that takes too long counts as unreadable. Only a call into C that never
    releases the interpreter can delay this function.
    """
    found: list[Configuration] = []

    def read() -> None:
        try:
            found.append(_read(arguments))
        except Exception as error:  # files may contain values of any type
            found.append(_nothing(str(error)))

    thread = threading.Thread(target=read, daemon=True)
    # A configuration file may print, but standard output is for results only.
    with contextlib.redirect_stdout(sys.stderr):
        if seconds > 0:  # else a file used up all the time already, and would again
            thread.start()
            thread.join(seconds)
    why = "a file takes too long, or ends the program that reads it"
    return found[0] if found else _nothing(why)


def _nothing(why: str) -> Configuration:
    return Configuration({}, {}, unread=(Unread("the configuration", why),))


def _read(arguments: Sequence[str]) -> Configuration:
    files = Files(list(map(Path, jupyter_config_path())))
    given = Layer.of(COMMAND_LINE, read_arguments(arguments))
    base = files.stem(BASE_STEM)
    named = _named(Layer.merged([base, given]))
    main = files.stem(SERVER_STEM) if named is None else files.named(named)
    server = Layer.merged([base, main, given])
    on = switches(server, files.folders)
    own, late, target = server, list[Ignored](), _main_file(named)
    applications = tuple(linked(on))
    for application in applications:
        linked_layer = _link(application, files, base, server)
        if application.module == MODULE:
            own = linked_layer
        else:
            late += _late(application, files, target)
        server = Layer.merged([application.move(server), linked_layer])  # it takes them out
    unread = _unread(server, files, [each.module for each in applications], target)
    ignored = (*files.ignored(named, target), *late, *unread)
    found = _configuration(own, server, on.get(MODULE, (False, "")), files, ignored)
    return replace(found, default_file=str(target))


def _unread(
    server: Layer, files: Files, applications: Sequence[str], target: Path
) -> Iterator[Ignored]:
    """Yield Jupyter's own settings in places from which no application reads them."""

    def place(name: str) -> str:
        return server.source(name) or ""

    found = (
        *unread_files(files.folders, applications),
        *unmoved(server.config, server.config.get("ServerApp", {}), place),
    )
    for each in found:
        names = (each.name,)
        yield Ignored(each.place, names, UNREAD_WHY, str(target), each.advice, each.origins)


def _main_file(named: Path | None) -> Path:
    """Return the file for the server's settings; with ``--config`` Jupyter reads only that one."""
    if named is None:
        return user_config_file().with_name(f"{SERVER_STEM}.py")
    return named.with_suffix(".py")


def _named(layer: Layer) -> Path | None:
    """Return the file that ``--config`` names."""
    for section in ("ServerApp", "JupyterApp"):
        if found := layer.config.get(section, {}).get("config_file"):
            return Path(str(found))
    return None


def _link(application: Application, files: Files, base: Layer, server: Layer) -> Layer:
    """Return the configuration of an application; the server takes over its other sections."""
    layers = (base, files.stem(application.stem), server)
    return Layer.merged(map(application.move, layers))


def _late(application: Application, files: Files, target: Path) -> Iterator[Ignored]:
    """Yield the extension's settings in an application's file, which is read too late."""
    layer = files.stem(application.stem)
    for name in layer.config.get(SECTION, {}):
        file = layer.source(f"{SECTION}.{name}") or ""
        right = target.with_suffix(Path(file).suffix)
        yield Ignored(file, (f"{SECTION}.{name}",), f"write it in {right.name}", str(right))


def _configuration(
    own: Layer,
    server: Layer,
    switch: tuple[bool, str],
    files: Files,
    ignored: Sequence[Ignored],
) -> Configuration:
    values = setting_values(own.config)
    resolved = _resolved(values, own, server)
    return Configuration(
        values=values,
        sources=_sources(own, server),
        legacy=resolved.legacy,
        legacy_line=resolved.legacy_line,
        overridden=resolved.overridden,
        enabled=switch[0],
        switch=switch[1],
        unread=tuple(files.unread),
        ignored=tuple(ignored),
        own_file=str(user_config_file()),
        added=own.added,
        settings=None if resolved.settings.broken else resolved.settings,
        mistakes=resolved.mistakes,
    )


def _resolved(values: Mapping[str, Any], own: Layer, server: Layer) -> Resolved:
    names = frozenset(own.config.get(SECTION, {})) & SETTINGS.keys()
    legacy = LegacySettings(**legacy_values(server.config))
    return resolve(Written(values, names, legacy))


def _sources(own: Layer, server: Layer) -> dict[str, tuple[str, ...]]:
    found = {name: places for name in SETTINGS if (places := own.places.get(f"{SECTION}.{name}"))}
    for name in (*(f"ServerApp.{n}" for n in LEGACY), "ServerApp.jpserver_extensions"):
        if places := server.places.get(name):
            found[name] = places
    return found
