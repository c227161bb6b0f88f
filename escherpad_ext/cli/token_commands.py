"""The commands of ``jupyter escherpad token``. They use files only; no server needs to run."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from ..console import fail, output_width, printable, tell
from ..errors import EscherpadError, GrantTokensUnavailable
from ..grants import COMMAND_WAIT_SECONDS, Grant, Issuer, data_folder
from ..policy import scope_words
from ..policy.app_shells import who_shares
from ..policy.lifetimes import LIMIT_SECONDS, parse_lifetime
from ..policy.origin import DEFAULT_PORTS, Origin
from ..policy.scope_words import WHERE_UNCONTAINED
from ..policy.scopes import gives_full_control
from ..policy.tokens import NO_ORIGIN, is_grant_token
from .grant_settings import GrantSettings
from .token_listing import as_json, as_table, local_time
from .token_request import ArgumentsError, token_request


def run(arguments: argparse.Namespace) -> int:
    """Run the command; return its exit status. Every error is one sentence."""
    with contextlib.closing(Issuer(data_folder(), wait_seconds=COMMAND_WAIT_SECONDS)) as issuer:
        try:
            return _COMMANDS[arguments.command](arguments, issuer)
        except GrantTokensUnavailable as refusal:
            return _fail(str(refusal), 1)
        except ArgumentsError as misuse:
            return _fail("\n".join((*map(str, misuse.mistakes), "Nothing was changed.")), 2)
        except EscherpadError as mistake:
            return _fail(f"{mistake} Nothing was changed.", 2)


def _create(arguments: argparse.Namespace, issuer: Issuer) -> int:
    settings = GrantSettings.read()
    request, server = token_request(arguments, settings, int(time.time()))
    grant, token = issuer.issue(request, server=server)
    if not _hand_over(token):
        issuer.registry.revoke(grant.id, grant.created)
        return _fail("The token could not be written to standard output, so it was revoked.", 1)
    _describe(grant, contained=settings.contained)
    if grant.folder is not None and server is not None:
        _say_if_missing(Path(server.root_dir, grant.folder))
    return 0


def _hand_over(token: str) -> bool:
    """Write the token; return whether that succeeded."""
    try:
        sys.stdout.write(token + "\n")
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):  # full, closed, or none at all
        _drop_output()
        return False
    return True


def _drop_output() -> None:
    """Keep Python from writing again at exit, as its docs say ("Note on SIGPIPE")."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def _describe(grant: Grant, *, contained: bool) -> None:
    tell(f"ID {grant.id}, valid until {local_time(grant.expires)}. Whoever has this token can:")
    for words in scope_words.words(grant.scopes, grant.folder, contained=contained):
        tell(f"- {words}")
    _say_where_uncontained([grant])
    if grant.folder is not None:
        tell(
            f"It is valid in one folder only: {printable(grant.folder)}, below the folder that the "
            "server serves."
        )
    if grant.server is not None:
        tell(f"It is valid on one server only: {printable(grant.place)}")
    if grant.for_whom == "program":
        tell("It is valid for a program: requests that no page of another origin sends.")
    elif grant.origin == NO_ORIGIN:
        tell("It is valid for scripts only: requests without an Origin. No page can use it.")
    else:
        tell(f"It is valid for {grant.origin} only. Allow this origin, if you have not yet:")
        tell(f"  jupyter escherpad allow {grant.origin}")
        _say_who_shares(Origin.parse(grant.origin))


def _say_who_shares(origin: Origin) -> None:
    if origin.scheme not in DEFAULT_PORTS:
        tell(who_shares(origin))


def _say_if_missing(folder: Path) -> None:
    if not folder.is_dir():
        tell("There is no such folder now. The token reaches no file until there is one.")


def _say_where_uncontained(grants: Iterable[Grant]) -> None:
    """Say where scopes are full control that are not marked."""
    scopes = [grant.scopes for grant in grants]
    unmarked = [each for each in scopes if not gives_full_control(each)]
    if any(gives_full_control(each, contained=False) for each in unmarked):
        tell(WHERE_UNCONTAINED)


def _list(arguments: argparse.Namespace, issuer: Issuer) -> int:
    now = time.time()
    grants = list(issuer.registry.list(now, ended=arguments.all))
    if not grants and not arguments.json:
        tell("There are no live grant tokens.")
        return 0
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(
            errors="backslashreplace"
        )  # the console may not have all characters of a name
    try:
        text = as_json(grants, now) if arguments.json else as_table(grants, now, output_width())
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head`
        _drop_output()
    if not arguments.json:
        _say_where_uncontained(grants)
    return 0


def _revoke(arguments: argparse.Namespace, issuer: Issuer) -> int:
    now = time.time()
    if arguments.all:
        tell(f"Revoked: {issuer.registry.revoke_all(now)}.")
        return 0
    if arguments.origin is not None:
        return _revoke_origin(arguments.origin, issuer, now)
    return _revoke_one(arguments.id, issuer, now)


def _revoke_origin(origin: str, issuer: Issuer, now: float) -> int:
    count = issuer.registry.revoke_origin(origin, now)
    if not count:
        return _fail(
            "This origin has no live grant token. To list them: jupyter escherpad token list", 1
        )
    tell(f"Revoked: {count}.")
    return 0


def _missing(grant_id: str, issuer: Issuer) -> int:
    """Return the status of a command for an id that no grant has, 0 for one that has a grant."""
    if is_grant_token(grant_id):
        return _fail(
            "This is a token, and every user of this machine can read arguments. Write its ID "
            "instead. To list them: jupyter escherpad token list",
            2,
        )
    if issuer.registry.get(grant_id) is None:
        return _fail(
            "No grant token has this ID. To list them: jupyter escherpad token list --all", 1
        )
    return 0


def _rename(arguments: argparse.Namespace, issuer: Issuer) -> int:
    if status := _missing(arguments.id, issuer):
        return status
    issuer.registry.amendments.rename(arguments.id, arguments.name)
    tell("Renamed.")
    return 0


def _shorten(arguments: argparse.Namespace, issuer: Issuer) -> int:
    seconds = parse_lifetime(arguments.time, longest=LIMIT_SECONDS)
    if status := _missing(arguments.id, issuer):
        return status
    end = int(time.time()) + seconds
    if not issuer.registry.amendments.shorten(arguments.id, end):
        return _fail("It ends earlier anyway. A token never ends later than before.", 1)
    tell(f"It ends at {local_time(end)}.")
    return 0


def _revoke_one(grant_id: str, issuer: Issuer, now: float) -> int:
    if status := _missing(grant_id, issuer):
        return status
    tell("Revoked." if issuer.registry.revoke(grant_id, now) else "It had ended already.")
    return 0


def _fail(text: str, status: int) -> int:
    return fail(f"jupyter escherpad token: {text}", status)


_COMMANDS: dict[str, Callable[[argparse.Namespace, Issuer], int]] = {
    "create": _create,
    "list": _list,
    "revoke": _revoke,
    "rename": _rename,
    "shorten": _shorten,
}
