"""``jupyter escherpad allow`` and ``disallow``: edit ``allowed_origins`` from a shell."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from escherpad_ext.errors import SettingError, SettingsInvalid
from escherpad_ext.policy.origins import OriginPolicy

from ..config.configuration import Configuration
from ..config.user_file import (
    SECTION,
    SETTING,
    ConfigFileError,
    listed_origins,
    read_config,
    user_config_file,
    write_origins,
)
from ..console import fail, tell
from .configurations import configurations
from .help_format import HelpFormatter

ALLOW_EXAMPLES = """\
examples:
  jupyter escherpad allow https://www.escherpad.com
  jupyter escherpad allow https://lab.example.edu http://localhost:5173
  jupyter escherpad allow "https://*.lab.example.edu" "http://localhost:*"

This edits jupyter_escherpad_ext_config.json in your Jupyter configuration
folder. Restart running servers afterwards.
"""
DISALLOW_EXAMPLES = """\
examples:
  jupyter escherpad disallow https://www.escherpad.com
  jupyter escherpad disallow "https://*.lab.example.edu"

Write each origin exactly as it is listed. An empty list allows no origin.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``allow`` and ``disallow``."""
    allow = subparsers.add_parser(
        "allow",
        help="let web applications use your server",
        description="Add origins to the list of those that may use your Jupyter server.",
        epilog=ALLOW_EXAMPLES,
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    disallow = subparsers.add_parser(
        "disallow",
        help="remove web applications from the list again",
        description="Remove origins from the list of those that may use your Jupyter server.",
        epilog=DISALLOW_EXAMPLES,
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    for parser, run in ((allow, run_allow), (disallow, run_disallow)):
        parser.add_argument("origins", nargs="+", metavar="ORIGIN")
        parser.set_defaults(run=run)


def run_allow(arguments: argparse.Namespace) -> int:
    """Add the origins, all or none; return 0, 1 for an unusable file, 2 for a wrong origin."""
    path = user_config_file()
    try:
        return _allow(path, arguments.origins)
    except ConfigFileError as error:
        return fail(str(error), 1)
    except SettingsInvalid as invalid:
        for mistake in invalid.mistakes:
            tell(_sentence(mistake))
        tell("Nothing was changed.")
        return 2


def _sentence(mistake: SettingError) -> str:
    if mistake.suggestion is None:
        return mistake.what
    return f"{mistake.what} Write {mistake.suggestion} instead."


def _allow(path: Path, wanted: list[str]) -> int:
    config = read_config(path)
    listed = listed_origins(config, path)
    kept = [] if SETTING in config.get(SECTION, {}) else _kept_origins(config)
    new = [origin for origin in dict.fromkeys([*kept, *wanted]) if origin not in listed]
    if _policy(new, config).allows_any:
        tell("Any origin that has a token can now use your server. List specific origins instead.")
    _complain_about(listed, config, path)
    if new:
        write_origins(path, config, [*listed, *new])
    _report(path, [*listed, *new], changed=bool(new))
    return 0


def _kept_origins(config: dict[str, Any]) -> list[str]:
    """Return the origins that Jupyter's own settings allow; with a list of ours they would not.

    They are those of the next start, and of the servers that run with other files.
    """
    readers = (each for _, each in configurations() if not each.is_elsewhere)
    found = {_place(each): each for each in readers if each.legacy is not None}
    kept = [origin for each in found.values() for origin in _kept_of(each, config)]
    return list(dict.fromkeys(kept))


def _kept_of(found: Configuration, config: dict[str, Any]) -> tuple[str, ...]:
    """Say what is lost where it cannot be listed, or should not be: every origin."""
    legacy, what = found.legacy, _place(found)
    if legacy is None:
        return ()
    if not legacy.patterns or legacy.allows_any or not _accepted(legacy.patterns, config):
        tell(f"Warning: {what} does not count any more. Allow its origins too, one by one.")
        return ()
    tell(f"{what} does not count any more. Its origins are now in this list, too.")
    return legacy.patterns


def _place(found: Configuration) -> str:
    """Return which of Jupyter's own settings says whom to allow, and where."""
    names = (name for name in found.sources if name.startswith("ServerApp.allow_origin"))
    name = next(names, "")
    return f"{name} in {found.source(name)}"


def _accepted(entries: Iterable[str], config: dict[str, Any]) -> bool:
    try:
        _policy(entries, config)
    except SettingsInvalid:
        return False
    return True


def run_disallow(arguments: argparse.Namespace) -> int:
    """Remove the origins, all or none; return 0, or 1 if one is not listed."""
    try:
        return _disallow(user_config_file(), list(dict.fromkeys(arguments.origins)))
    except ConfigFileError as error:
        return fail(str(error), 1)


def _disallow(path: Path, unwanted: list[str]) -> int:
    config = read_config(path)
    listed = listed_origins(config, path)
    unknown = [origin for origin in unwanted if origin not in listed]
    if unknown:
        for origin in unknown:
            tell(f"{origin} is not listed in {path}.{_covered_by(origin, listed, config)}")
        tell(f"Listed: {', '.join(listed) or 'none'}. Nothing was changed.")
        return 1
    left = [origin for origin in listed if origin not in unwanted]
    # An empty list stays: without the setting, ServerApp.allow_origin would count again.
    write_origins(path, config, left)
    for origin in unwanted:
        if still := _covered_by(origin, left, config):
            tell(f"{origin} is still allowed:{still}")
    _report(path, left, changed=True)
    return 0


def _policy(origins: Iterable[str], config: dict[str, Any]) -> OriginPolicy:
    """Return the policy of the origins with the file's flags; raise on mistakes."""
    section = config.get(SECTION, {})
    return OriginPolicy.compile(
        list(origins),
        allow_insecure=section.get("dangerously_allow_insecure_origins") is True,
        allow_public_suffix=section.get("dangerously_allow_public_suffix_wildcards") is True,
        allow_credentials=section.get("allow_credentials") is True,
    )


def _complain_about(listed: list[str], config: dict[str, Any], path: Path) -> None:
    """Warn of mistakes in older entries: one mistake turns off the whole list."""
    try:
        _policy(listed, config)
    except SettingsInvalid as invalid:
        for mistake in invalid.mistakes:
            tell(f"Warning: {path} has a mistake already: {_sentence(mistake)}")
        tell("No origin is allowed until you remove it with: jupyter escherpad disallow …")


def _covered_by(origin: str, listed: list[str], config: dict[str, Any]) -> str:
    for entry in listed:
        try:
            if _policy([entry], config).allows(origin):
                return f" {entry} covers it."
        except SettingsInvalid:
            continue
    return ""


def _report(path: Path, origins: list[str], *, changed: bool) -> None:
    """Print what is allowed now: the origins on stdout, one per line, the rest on stderr."""
    tell(f"{'Changed' if changed else 'No change in'} {path}")
    tell("Allowed now:" if origins else "Allowed now: none.")
    sys.stderr.flush()
    for origin in origins:
        sys.stdout.write(f"{origin}\n")
    sys.stdout.flush()
    found = configurations()
    for server, each in found:
        if each.is_elsewhere:
            tell(f"Warning: the server at {server} reads {each.own_file} instead of this file.")
    for winner, server in _winners(path, found).items():
        where = f" for the server at {server}" if server else ""
        tell(
            f"Warning: {winner} sets EscherpadExt.allowed_origins too, and wins{where}. "
            f"Remove it there, or make the change there: {json.dumps(origins)}"
        )
    if changed:
        tell("Restart running servers. They read this file only at their start.")


def _winners(path: Path, configurations: list[tuple[str, Configuration]]) -> dict[str, str]:
    """Return the places that win over the file, and the server for which each does."""
    found: dict[str, str] = {}
    for server, configuration in configurations:
        if configuration.is_elsewhere:
            continue
        for winner in configuration.winners(SETTING, str(path)):
            found.setdefault(winner, server)
    return found
