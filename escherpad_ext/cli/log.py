"""``jupyter escherpad log``: its arguments; ``log_listing`` prints what apps did."""

from __future__ import annotations

import argparse
import importlib

from ..errors import GrantError
from ..policy.lifetimes import LIMIT_SECONDS, parse_lifetime
from .help_format import HelpFormatter

_EXAMPLES = """\
examples:
  jupyter escherpad log
  jupyter escherpad log --since 2h
  jupyter escherpad log --origin https://www.escherpad.com
  jupyter escherpad log --since 5m --follow
  jupyter escherpad log --json

It shows what was requested with grant tokens, the newest last. No server needs
to run. Code that runs on this machine can change the record.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``log``."""
    parser = subparsers.add_parser(
        "log",
        help="show what apps did with their grant tokens",
        description="Show what apps did with their grant tokens.",
        epilog=_EXAMPLES,
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--origin", help="only of one origin (none: of scripts and programs)")
    parser.add_argument(
        "--grant", metavar="ID", help="only of one token, by its ID in `token list`"
    )
    parser.add_argument(
        "--since", metavar="TIME", type=_seconds, help="only of the last 90s, 45m, 2h or 7d"
    )
    parser.add_argument("--follow", action="store_true", help="keep showing what is new")
    parser.add_argument(
        "--json", action="store_true", help="print a JSON object on each line; times are UTC"
    )
    parser.set_defaults(run=run)


def _seconds(text: str) -> int:
    try:
        return parse_lifetime(text, longest=LIMIT_SECONDS)
    except GrantError:
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is not a time. Write a number and a unit: 90s, 45m, 2h or 7d."
        ) from None


def run(arguments: argparse.Namespace) -> int:
    """Return 0 if it is done, 1 if the record cannot be read, 2 for a usage error."""
    listing = importlib.import_module(".log_listing", __package__)
    status: int = listing.run(arguments)
    return status
