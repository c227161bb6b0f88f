"""``--explain-config``: each setting with its value, its source and its meaning."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any

from ..config.configuration import Configuration
from ..config.reader import COMMAND_LINE
from ..config.resolve import SERVER_SETTING
from ..config.traits import LEGACY
from ..console import printable
from ..policy.settings import SETTINGS
from .address import Address

_DEFAULT = "default"


def as_json(
    configuration: Configuration, servers: list[tuple[Address, Configuration]]
) -> dict[str, Any]:
    """Return everything as one object, by the names of the settings."""
    return {
        "settings": {
            name: {
                "value": _plain(value),
                "source": configuration.source(name) or _DEFAULT,
                "also": list(configuration.sources.get(name, ())[:-1]),
                "meaning": _meaning(name),
            }
            for name, value in configuration.values.items()
        },
        "legacy": {
            name: list(places)
            for name, places in configuration.sources.items()
            if name.removeprefix(SERVER_SETTING) in LEGACY
        },
        "unread": {unread.file: unread.error for unread in configuration.unread},
        "ignored": {each.file: list(each.names) for each in configuration.ignored},
        "mistakes": [str(mistake) for mistake in configuration.mistakes],
        "enabled": configuration.enabled,
        "servers": {
            str(address): {
                name: _plain(found.values[name])
                for name in found.values
                if found.source(name) == COMMAND_LINE
            }
            for address, found in servers
        },
    }


def as_text(
    configuration: Configuration, servers: list[tuple[Address, Configuration]]
) -> Iterator[str]:
    """Yield the lines of the text."""
    yield "The configuration that the next start of a server from this shell would use:"
    for name, value in configuration.values.items():
        yield ""
        yield f"EscherpadExt.{name} = {printable(json.dumps(_plain(value)))}"
        yield f"  {_from(configuration, name)}"
        yield f"  {_meaning(name)}"
    yield from _remarks(configuration)
    for address, found in servers:
        said = [name for name in found.values if found.source(name) == COMMAND_LINE]
        for name in said:
            yield ""
            value = printable(json.dumps(_plain(found.values[name])))
            yield f"On the command line of the server at {address}: {name} = {value}"


def _from(configuration: Configuration, name: str) -> str:
    places = configuration.sources.get(name, ())
    if not places:
        return _DEFAULT
    *others, last = map(printable, places)
    return f"from {last}" + (f"; overrides {', '.join(others)}" if others else "")


def _remarks(configuration: Configuration) -> Iterator[str]:
    for name, places in configuration.sources.items():
        if name.removeprefix(SERVER_SETTING) in LEGACY:
            applies = "applies" if configuration.legacy is not None else "does not apply"
            yield ""
            yield f"{name} is set in {printable(places[-1])}: it {applies} to other origins."
    if not configuration.enabled:
        yield ""
        yield "The extension is disabled. Run: jupyter server extension enable escherpad_ext"
    for unread in configuration.unread:
        yield ""
        yield f"Ignored because of an error: {printable(unread.file)}: {printable(unread.error)}"
    for ignored in configuration.ignored:
        yield ""
        what = ", ".join(ignored.names) or "This file"
        yield f"Not read: {printable(what)} in {printable(ignored.file)}: {ignored.why}."
    for mistake in configuration.mistakes:
        yield ""
        yield f"Mistake: {printable(str(mistake))}"


def _meaning(name: str) -> str:
    return " ".join(inspect.cleandoc(SETTINGS[name].help).split())


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold; a mistake in a file may be something else."""
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return repr(value)
    return value
