"""``jupyter escherpad connect``: its arguments; ``connect_command`` runs it."""

from __future__ import annotations

import argparse
import importlib

from .command_parser import CommandParser
from .help_format import HelpFormatter

EXAMPLES = """\
examples:
  jupyter escherpad connect http://localhost:8888 --save cluster
  jupyter escherpad connect https://lab.example.edu/user/ana/lab --scope view
  jupyter escherpad connect http://localhost:8888 -- python job.py
  jupyter escherpad connect --list
  jupyter escherpad connect --forget cluster

The command prints an address and a code. Open the address in any browser where
you are logged in to the server, type the code, and decide there.

The token goes to a file that only you can read (--save), or to a command, as
JUPYTER_URL and JUPYTER_TOKEN in its environment. Without either, only the token
is written to standard output.

exit status: 0 done, 1 not connected, 2 usage error, or that of the command
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``connect``."""
    parser = subparsers.add_parser(
        "connect",
        help="get a token for a server, after a click of its owner",
        description="Ask the owner of a Jupyter server for a token, from a terminal.",
        usage="%(prog)s [-h] [--scope SCOPE]\n"
        "           [--folder PATH] [--save NAME] [--no-browser]\n"
        "           URL [-- COMMAND …]\n"
        "       %(prog)s --list\n"
        "       %(prog)s --forget NAME",
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    if isinstance(parser, CommandParser):
        parser.takes_command = True
    parser.add_argument("url", nargs="?", metavar="URL", help="the address of the server")
    parser.add_argument(
        "--scope",
        action="append",
        help="the bundles or scopes that you need; can be repeated (default: run, full control)",
    )
    parser.add_argument(
        "--folder",
        metavar="PATH",
        help="the only folder that you need, below the one that the server serves",
    )
    parser.add_argument("--save", metavar="NAME", help="save address and token under this name")
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address and do not open a browser"
    )
    parser.add_argument("--list", action="store_true", help="list saved connections")
    parser.add_argument(
        "--forget", metavar="NAME", help="give a saved token back to the server, and delete it"
    )
    parser.set_defaults(run=run, parser=parser, words=[])


def run(arguments: argparse.Namespace) -> int:
    """Return 0 if it is done, 1 if it failed, 2 for a usage error."""
    problem = _problem(arguments)
    if problem:
        arguments.parser.error(problem)
    command = importlib.import_module(".connect_command", __package__)
    status: int = command.run(arguments)
    return status


def _problem(arguments: argparse.Namespace) -> str:
    """Return what is wrong with the arguments together."""
    actions = [arguments.url is not None, arguments.list, arguments.forget is not None]
    if sum(actions) != 1:
        return "write the server's address, --list, or --forget NAME"
    with_url = (arguments.scope, arguments.folder, arguments.save, arguments.words)
    if arguments.url is None and any(with_url):
        return "--scope, --folder, --save and a command need the server's address"
    if arguments.save is not None and arguments.words:
        return "write --save NAME or a command, not both"
    return ""
