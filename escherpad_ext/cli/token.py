"""``jupyter escherpad token``: give a token away, see who has one, take it back.

Only what the parser needs; the commands themselves are in ``token_commands``. Nothing secret is
ever an argument, since every user of the machine can read those.
"""

from __future__ import annotations

import argparse
import importlib

from ..policy.scopes import BUNDLES, FULL, SCOPES, marked_words

_CREATE_EXAMPLES = """\
examples:
  jupyter escherpad token create --origin https://www.escherpad.com --scope run
  jupyter escherpad token create --origin https://lab.example.edu --scope view --expires 30d
  jupyter escherpad token create --origin none --scope view --scope contents:write --name backup

The token alone is written to standard output. Whoever has it, has what it gives:
keep it as you keep a password. It works whether a server runs or not.
"""
_LIST_EXAMPLES = """\
examples:
  jupyter escherpad token list
  jupyter escherpad token list --all --json
"""
_REVOKE_EXAMPLES = """\
examples:
  jupyter escherpad token revoke 0123456789abcdef0123456789abcdef
  jupyter escherpad token revoke --origin https://www.escherpad.com
  jupyter escherpad token revoke --all

Counts at the next request, on every server of yours.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``token`` with its three commands."""
    parser = subparsers.add_parser(
        "token",
        help="give tokens away, see who has one, take them back",
        description="Tokens for other applications: limited, expiring, revocable.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_create(commands)
    _add_list(commands)
    _add_revoke(commands)


def _add_create(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    create = _command(commands, "create", "make a token", _CREATE_EXAMPLES + scopes_help())
    create.add_argument(
        "--origin",
        required=True,
        help="the one origin that may use it, as https://www.escherpad.com; none for scripts",
    )
    create.add_argument(
        "--scope",
        required=True,
        action="append",
        help="what it gives: bundles or scopes; may be repeated, or several in quotes",
    )
    create.add_argument("--expires", metavar="TIME", help="90s, 45m, 8h or 30d (default: 8h)")
    create.add_argument("--name", default="", help="a word for you to remember it by")
    create.add_argument(
        "--server",
        metavar="DIR|URL",
        help="make it good for one server only: the folder that it serves, or the address of one "
        "that runs (default: any server of yours on this machine)",
    )


def _add_list(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    listing = _command(commands, "list", "show who has a token", _LIST_EXAMPLES)
    listing.add_argument("--json", action="store_true", help="for programs; times are UTC")
    listing.add_argument("--all", action="store_true", help="also those that are over")


def _add_revoke(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    revoke = _command(commands, "revoke", "end tokens before their time", _REVOKE_EXAMPLES)
    which = revoke.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?", metavar="ID", help="as `token list` shows it")
    which.add_argument("--origin", help="all of one origin (none: all of scripts)")
    which.add_argument("--all", action="store_true", help="all there are")


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    what: str,
    epilog: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=what,
        description=f"{what[0].upper()}{what[1:]}.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # `--all` must not be a slip away
    )
    parser.set_defaults(run=run, command=name)
    return parser


def scopes_help() -> str:
    """Return the tables of bundles and scopes."""
    bundles = "\n".join(f"  {name:<18} {marked_words(name)}" for name in BUNDLES)
    scopes = "\n".join(f"  {name:<18} {marked_words(name)}" for name in SCOPES if name != FULL)
    return f"\nbundles of scopes:\n{bundles}\n\nscopes:\n{scopes}\n"


def run(arguments: argparse.Namespace) -> int:
    """Return 0 for done, 1 for what cannot be done, 2 for what was asked wrongly."""
    commands = importlib.import_module(".token_commands", __package__)
    status: int = commands.run(arguments)
    return status
