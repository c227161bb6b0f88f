"""``jupyter escherpad token``: the arguments of its commands; ``token_commands`` runs them.

No secret is an argument, because every user of the machine can read arguments.
"""

from __future__ import annotations

import argparse
import importlib

from ..policy.scope_words import WHERE_UNCONTAINED, marked_words
from ..policy.scopes import BUNDLES, FULL, SCOPES
from .help_format import HelpFormatter

_CREATE_EXAMPLES = """\
examples:
  jupyter escherpad token create --origin https://www.escherpad.com --scope run
  jupyter escherpad token create --program --scope run --name agent
  jupyter escherpad token create --origin none --scope view --expires 30d
  jupyter escherpad token create --origin none --scope edit --name backup
  jupyter escherpad token create --origin none --scope view --folder data/raw

Only the token is written to standard output. Keep it secret like a password:
whoever has it can use its scopes. No server needs to run for this command.
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

The tokens stop working at the next request, on all your servers.
"""


_RENAME_EXAMPLES = """\
examples:
  jupyter escherpad token rename 0123456789abcdef0123456789abcdef "My agent"
"""
_SHORTEN_EXAMPLES = """\
examples:
  jupyter escherpad token shorten 0123456789abcdef0123456789abcdef 15m

A token never ends later than before.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``token`` and its commands."""
    parser = subparsers.add_parser(
        "token",
        help="create, list, change and revoke grant tokens",
        description="Grant tokens for sites, programs and scripts: limited, expiring, revocable.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_create(commands)
    _add_list(commands)
    _add_revoke(commands)
    rename = _command(commands, "rename", "give a grant token another name", _RENAME_EXAMPLES)
    rename.add_argument("id", metavar="ID", help="the ID in `token list`")
    rename.add_argument("name", metavar="NAME", help="its name; empty for none")
    shorten = _command(commands, "shorten", "end a grant token earlier", _SHORTEN_EXAMPLES)
    shorten.add_argument("id", metavar="ID", help="the ID in `token list`")
    shorten.add_argument("time", metavar="TIME", help="how long it lives from now on, such as 15m")


def _add_create(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    create = _command(commands, "create", "create a grant token", _CREATE_EXAMPLES + scopes_help())
    who = create.add_mutually_exclusive_group(required=True)
    who.add_argument(
        "--origin",
        help="the only origin that may use it, such as https://www.escherpad.com; none for scripts",
    )
    who.add_argument(
        "--program",
        action="store_true",
        help="make it for a program: an agent, an editor, a command; no page can use it",
    )
    create.add_argument(
        "--scope",
        required=True,
        action="append",
        help="its bundles or scopes; can be repeated, or several in quotes",
    )
    create.add_argument(
        "--expires", metavar="TIME", help="its lifetime, such as 90s, 45m, 8h or 30d (default: 8h)"
    )
    create.add_argument(
        "--folder",
        metavar="PATH",
        help="limit it to one folder below the one that the server serves, such as data/raw; "
        "only with scopes that a folder can confine, such as view and edit (default: all files)",
    )
    create.add_argument("--name", default="", help="a name for the list of tokens")
    create.add_argument(
        "--server",
        metavar="DIR|URL",
        help="limit it to one server: the folder that it serves, or its address if it is running "
        "(default: all your servers on this machine)",
    )


def _add_list(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    listing = _command(commands, "list", "list grant tokens", _LIST_EXAMPLES)
    listing.add_argument(
        "--json", action="store_true", help="print JSON for programs; times are UTC"
    )
    listing.add_argument("--all", action="store_true", help="include ended tokens")


def _add_revoke(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    revoke = _command(commands, "revoke", "revoke grant tokens", _REVOKE_EXAMPLES)
    which = revoke.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?", metavar="ID", help="the ID in `token list`")
    which.add_argument(
        "--origin", help="all tokens of one origin (none: all tokens of scripts and programs)"
    )
    which.add_argument("--all", action="store_true", help="all tokens")


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
        formatter_class=HelpFormatter,
        allow_abbrev=False,  # a typing mistake must not become `--all`
    )
    parser.set_defaults(run=run, command=name)
    return parser


def scopes_help() -> str:
    """Return the tables of bundles and scopes."""
    bundles = "\n".join(f"  {name:<18} {marked_words(name)}" for name in BUNDLES)
    scopes = "\n".join(f"  {name:<18} {marked_words(name)}" for name in SCOPES if name != FULL)
    return f"\nbundles of scopes:\n{bundles}\n\nscopes:\n{scopes}\n\n{WHERE_UNCONTAINED}\n"


def run(arguments: argparse.Namespace) -> int:
    """Return 0 if it is done, 1 if it failed, 2 for a usage error."""
    commands = importlib.import_module(".token_commands", __package__)
    status: int = commands.run(arguments)
    return status
