"""Fixes: what to write or run, literally. Lines that begin with ``#`` are for people. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..config.configuration import Configuration
from ..policy.origin import Origin
from .address import Address

RESTART = "then restart the server"


def shell(command: str, remark: str = "", then: str = "") -> str:
    """Return a command, with what to know before it and what to do after it."""
    before, after = (f"# {text}" if text else "" for text in (remark, then))
    return "\n".join(filter(None, (before, command, after)))


def lines(code: str, configuration: Configuration | None = None) -> str:
    """Return lines for a configuration file in Python."""
    file = configuration.default_file if configuration else "jupyter_server_config.py"
    return f"# in {file}, {RESTART}\n{code}"


def settings(values: Mapping[str, Any], configuration: Configuration | None) -> str:
    """Return the lines for settings of ``EscherpadExt``, in the places where they are set now."""
    places: dict[str, dict[str, Any]] = {}
    sources = {name: configuration.source(name) if configuration else None for name in values}
    # A setting that is not set yet goes to the same place as the others.
    common = next(filter(None, sources.values()), "")
    for name, value in values.items():
        places.setdefault(sources[name] or common, {})[name] = value
    return "\n".join(_at(place, found, configuration) for place, found in places.items())


def _at(place: str, values: Mapping[str, Any], configuration: Configuration | None) -> str:
    if place.endswith(".json"):
        members = ", ".join(f'"{name}": {json.dumps(value)}' for name, value in values.items())
        return f'# in {place}, {RESTART}\n"EscherpadExt": {{{members}}}'
    if place and not place.endswith(".py"):
        words = [word for name, value in values.items() for word in _arguments(name, value)]
        return f"# on {place} of the server, {RESTART}\n{' '.join(words)}"
    code = "\n".join(f"c.EscherpadExt.{name} = {_written(v)}" for name, v in values.items())
    if place:
        return f"# in {place}, {RESTART}\n{code}"
    return lines(code, configuration)


def _arguments(name: str, value: Any) -> list[str]:
    """Return arguments that need no quotes in any shell; a list gives one for each entry."""
    if isinstance(value, dict):
        value = [f"{key}={each}" for key, each in value.items()]
    entries = value if isinstance(value, list) and value else [value]
    return [f"--EscherpadExt.{name}={entry}" for entry in entries]


def _written(value: Any) -> str:
    """Return a value as Python source, with double quotes as in the documentation."""
    return repr(value) if isinstance(value, bool) else json.dumps(value)


def other_address(origin: str, *addresses: Address) -> str:
    """Return the command that checks another address: the first of these."""
    return check(origin, "--server", str(addresses[0]))


def check(origin: str, *words: str) -> str:
    """Return a command that runs this check again; none of the words needs quotes."""
    if not may_be_quoted(origin):
        return "# no command can name such an origin; serve the page from another host"
    return " ".join(("jupyter escherpad check", origin, *words))


def new_token(origin: str, scopes: str = "run") -> str:
    """Return the command that creates a token for an origin."""
    command = f"jupyter escherpad token create --origin {origin} --scope {scopes}"
    return shell(command, then="then enter the printed token on the site")


def may_be_quoted(origin: str) -> bool:
    """Return whether an origin is safe in a command or a file."""
    try:
        return Origin.parse(origin).is_plain
    except ValueError:
        return False
