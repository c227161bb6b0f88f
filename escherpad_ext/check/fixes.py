"""Fixes: what to write or run, literally. Lines that begin with ``#`` are for people. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..config.configuration import Configuration
from ..policy.origin import Origin
from .address import Address

RESTART = "then restart the server"
_NGINX = "# in the proxy, as nginx has it, in Jupyter's location; then: nginx -s reload"


def shell(command: str, remark: str = "", then: str = "") -> str:
    """Return a command, with what to know before it and what to do after it."""
    before, after = (f"# {text}" if text else "" for text in (remark, then))
    return "\n".join(filter(None, (before, command, after)))


def lines(code: str, configuration: Configuration | None = None) -> str:
    """Return lines of Python configuration."""
    file = configuration.default_file if configuration else "jupyter_server_config.py"
    return f"# in {file}, {RESTART}\n{code}"


def settings(values: Mapping[str, Any], configuration: Configuration | None) -> str:
    """Return what to write for settings of ``EscherpadExt``, where each of them is set now."""
    places: dict[str, dict[str, Any]] = {}
    sources = {name: configuration.source(name) if configuration else None for name in values}
    # What is not set yet goes beside the rest, which it may depend on.
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
    """Return arguments that need no quotes in any shell: a list is one for each entry."""
    entries = value if isinstance(value, list) and value else [value]
    return [f"--EscherpadExt.{name}={entry}" for entry in entries]


def _written(value: Any) -> str:
    """Return a value in Python, with the quotes that the documentation has."""
    return repr(value) if isinstance(value, bool) else json.dumps(value)


def nginx(*directives: str) -> str:
    """Return directives that stand in place of any others of the same name."""
    return "\n".join((_NGINX, *directives))


def take_out(*directives: str) -> str:
    """Return directives that have to go; each may be the beginning of one."""
    return "\n".join((_NGINX, *(f"# take out: {directive}" for directive in directives)))


def other_address(origin: str, *addresses: Address) -> str:
    """Return the command that asks another address, the first of these."""
    return check(origin, "--server", str(addresses[0]))


def check(origin: str, *words: str) -> str:
    """Return a command that runs this check again; none of the words needs quotes."""
    if not may_be_quoted(origin):
        return "# no command can name such an origin: serve the page from another host"
    return " ".join(("jupyter escherpad check", origin, *words))


def new_token(origin: str, scopes: str = "run") -> str:
    """Return the command that makes a token for an origin."""
    remark = "and give the site the token that it prints"
    return shell(f"jupyter escherpad token create --origin {origin} --scope {scopes}", remark)


def may_be_quoted(origin: str) -> bool:
    """Return whether an origin may stand in a command or a file."""
    try:
        return Origin.parse(origin).is_plain
    except ValueError:
        return False
