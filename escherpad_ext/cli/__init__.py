"""``jupyter escherpad …``: one module per command, each with ``add_parser`` and ``run``."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

from escherpad_ext import __version__

from .command_parser import CommandParser
from .help_format import HelpFormatter

# Modules are imported by name, so a new command is one more word here. All are imported for every
# help text, so they import slow packages (jupyter_server) only in `run`.
COMMANDS = ("demo", "allow", "token", "log", "connect", "check")

DESCRIPTION = (
    "Use your own Jupyter server from a web application on another origin, "
    "with a token in a header and no cookies."
)
EPILOG = """\
examples:
  jupyter escherpad demo                                  try it, with nothing to set up
  jupyter escherpad allow https://www.escherpad.com       let a site use your server
  jupyter escherpad disallow https://www.escherpad.com    undo that
  jupyter escherpad token create --origin https://www.escherpad.com --scope run
                                                          create a grant token
  jupyter escherpad token list                            list your grant tokens
  jupyter escherpad log                                   show what apps did
  jupyter escherpad connect http://localhost:8888         get a token for a server
  jupyter escherpad check https://www.escherpad.com       find out why a site cannot connect

exit status: 0 done or healthy, 1 failed or unhealthy, 2 usage error
"""


class Command(Protocol):
    """The interface of a command's module."""

    add_parser: Callable[[argparse._SubParsersAction[argparse.ArgumentParser]], None]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; each command sets ``run`` in its defaults."""
    parser = CommandParser(
        prog="jupyter escherpad",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        command = cast(Command, importlib.import_module(f"{__name__}.{name}"))
        command.add_parser(cast(Any, subparsers))
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status: 0 done, 1 failed or unhealthy, 2 usage error."""
    arguments = build_parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped.\n")
        return 1
