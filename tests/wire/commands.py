"""The settings, the commands with their options, and the exit status of usual calls."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from .command_line import Call, call, run_python

COMMANDS = (
    "",
    "demo",
    "allow",
    "disallow",
    "token",
    "token create",
    "token list",
    "token revoke",
    "log",
    "connect",
    "check",
)
#: Calls that are made one after the other in a folder of their own.
CALLS = (
    "",
    "--version",
    "nowhere",
    "allow",
    "allow https://app.example.com",
    "allow https://app.example.com",
    "allow https://app.example.com/lab",
    "disallow https://other.example.org",
    "disallow https://app.example.com",
    "token",
    "token list",
    "token list --json",
    "token create --origin none",
    "token create --origin none --scope nothing",
    "token create --origin https://*.example.com --scope view",
    "token create --origin none --scope view --expires 99999d",
    "token create --origin none --scope view --server nowhere",
    "token revoke",
    "token revoke 0123456789abcdef0123456789abcdef",
    "token revoke --origin https://app.example.com",
    "token revoke --all",
    "token --all",
    "log",
    "log --since yesterday",
    "log --json",
    "connect",
    "connect --list",
    "connect --forget nowhere",
    "connect --forget ../x",
    "connect ftp://localhost/",
    "connect http://localhost:1 --save a/b",
    "connect http://localhost:1 -- no-such-command",
    "connect http://localhost:1 --list",
    "connect http://localhost:1",
    "check",
    "check https://app.example.com",
    "check https://app.example.com --json",
    "check nonsense",
    "check https://app.example.com --scope nothing",
    "check --explain-config",
    "demo --port 0",
    "demo --root nowhere",
)
# By Jupyter's own names, so that no module of the extension has to keep its own.
_SETTINGS = """
import json
from jupyter_server.extension.application import ExtensionApp
import escherpad_ext
(point,) = escherpad_ext._jupyter_server_extension_points()
app = point["app"]
names = set(app.class_traits(config=True)) - set(ExtensionApp.class_traits(config=True))
found = {name: app.class_traits()[name].default() for name in sorted(names)}
print(json.dumps({"class": app.__name__, "module": point["module"], "settings": found}))
"""
_COMMAND = re.compile(r"^    ([a-z]+)  ", re.MULTILINE)
_OPTION = re.compile(r"--?[a-z][a-z-]*")


def record_commands(folder: Path) -> dict[str, Any]:
    """Return all of it, as an owner sees it who has nothing in this folder yet."""
    helps = call(folder, *([*command.split(), "--help"] for command in COMMANDS))
    calls = call(folder, *(each.split() for each in CALLS))
    return {
        "settings": json.loads(run_python(folder, _SETTINGS)),
        "options": {
            command: _usage(help_.stdout) for command, help_ in zip(COMMANDS, helps, strict=True)
        },
        "calls": [_outcome(each, made) for each, made in zip(CALLS, calls, strict=True)],
    }


def _usage(text: str) -> dict[str, Any]:
    """Return the commands and options that the usage names."""
    usage = text.partition("\n\n")[0]
    return {
        "commands": _COMMAND.findall(text.partition("commands:")[2].partition("\n\n")[0]),
        "options": sorted(set(_OPTION.findall(usage))),
        "arguments": re.findall(r"(?<![-\w])[A-Z][A-Z|]+", usage),
    }


def _outcome(arguments: str, made: Call) -> dict[str, Any]:
    return {
        "call": arguments,
        "exit status": made.status,
        "writes to stdout": bool(made.stdout),
        "writes to stderr": bool(made.stderr),
    }
