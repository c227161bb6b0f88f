"""``jupyter escherpad …``: one module per command, each with ``add_parser`` and ``run``."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Protocol, cast

from escherpad_ext import __version__

# Modules are imported by name, so that a new command is one more line here.
# All are imported to show any help, so what is slow to import (jupyter_server) waits for `run`.
COMMANDS = ("demo", "allow", "token", "check")

DESCRIPTION = (
    "Use your own Jupyter server from a web application on another origin, "
    "with a token in a header and no cookies."
)
EPILOG = """\
examples:
  jupyter escherpad demo                                  see it work, nothing to set up
  jupyter escherpad allow https://www.escherpad.com       let a site use your server
  jupyter escherpad disallow https://www.escherpad.com    take that back
  jupyter escherpad token create --origin https://www.escherpad.com --scope run
                                                          give away a token
  jupyter escherpad token list                            see which tokens you granted
  jupyter escherpad check https://www.escherpad.com       see why a site cannot get in

exit status: 0 done or healthy, 1 refused or unhealthy, 2 misuse
"""


class Command(Protocol):
    """What a module of this package offers."""

    add_parser: Callable[[argparse._SubParsersAction[argparse.ArgumentParser]], None]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; each sets ``run`` in its defaults."""
    parser = argparse.ArgumentParser(
        prog="jupyter escherpad",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        command = cast(Command, importlib.import_module(f"{__name__}.{name}"))
        command.add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status: 0 done, 1 refused or unhealthy, 2 misuse."""
    arguments = build_parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped.\n")
        return 1
