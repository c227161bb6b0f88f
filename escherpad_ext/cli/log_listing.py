"""What apps did, as lines for people or for programs."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone

from ..console import fail, printable, quoted, tell
from ..errors import GrantsUnavailable
from ..grants import data_folder
from ..grants.activity import ActivityFile, Deed
from ..grants.activity_words import details, say
from ..policy.tokens import NO_ORIGIN, is_grant_token
from .log_code import in_groups, is_code, what_ran
from .log_nothing import why_nothing

#: How often ``--follow`` looks.
LOOK_SECONDS = 0.5


def run(arguments: argparse.Namespace) -> int:
    """Print; return the exit status. Every error is one sentence."""
    if is_grant_token(arguments.grant or ""):
        return _fail(
            "This is a token, and every user of this machine can read arguments. Write its ID "
            "instead. To list them: jupyter escherpad token list",
            2,
        )
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # the console may not have all characters
    file = ActivityFile(data_folder())
    with contextlib.closing(file):
        try:
            return _print(file, arguments)
        except GrantsUnavailable as error:
            return _fail(error.what, 1)
        except BrokenPipeError:  # `| head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0


def _print(file: ActivityFile, arguments: argparse.Namespace) -> int:
    since = 0.0 if arguments.since is None else time.time() - arguments.since
    shown = file.database.version().generation
    last = _show(_deeds(file, arguments, 0, since), 0, as_json=arguments.json)
    if not last and not arguments.json:
        tell(why_nothing(file, arguments))
    if arguments.follow:
        with contextlib.suppress(KeyboardInterrupt):  # the way to end it
            _follow(file, arguments, shown, last, since)
    return 0


def _follow(
    file: ActivityFile, arguments: argparse.Namespace, shown: int, last: int, since: float
) -> None:
    """Print what is new, for ever: all of another file than was ``shown``."""
    while True:
        time.sleep(LOOK_SECONDS)
        if (found := file.database.version().generation) != shown:
            shown, last = found, 0
        last = _show(_deeds(file, arguments, last, since), last, as_json=arguments.json)


def _show(deeds: Iterator[Deed], last: int, *, as_json: bool) -> int:
    """Print deeds; return the number of the last one."""
    for group in in_groups(deeds):
        lines = map(to_json, group) if as_json else [to_line(group)]
        sys.stdout.writelines(f"{line}\n" for line in lines)
        last = group[-1].number
    sys.stdout.flush()
    return last


def _deeds(
    file: ActivityFile, arguments: argparse.Namespace, after: int, since: float
) -> Iterator[Deed]:
    return file.read(after=after, since=since, origin=arguments.origin, grant=arguments.grant)


def to_line(deeds: Sequence[Deed]) -> str:
    """Return a line for people, in local time. No app's words break it."""
    deed = deeds[0]
    if len(deeds) > 1:
        until = _local(max(each.last for each in deeds))
        return f"{_local(deed.first)}  {_who(deed)} {what_ran(deeds)} (until {until})"
    did = what_ran(deeds) if is_code(deed) else say(deed.action)
    line = f"{_local(deed.first)}  {_who(deed)} {did}"
    if deed.times > 1:
        line += f" ({deed.times} times until {_local(deed.last)})"
    return line


def _who(deed: Deed) -> str:
    client = deed.client
    if client.origin != NO_ORIGIN:
        return printable(client.origin)
    kind = "a script" if client.program is None else "a program"
    return f"{kind} ({quoted(client.name)})" if client.name else kind


def to_json(deed: Deed) -> str:
    """Return a JSON object on one line."""
    return json.dumps(
        {
            "number": deed.number,
            "time": _utc(deed.first),
            "until": _utc(deed.last),
            "count": deed.times,
            "grant": deed.client.grant_id,
            "origin": deed.client.origin,
            "program": deed.client.program,
            "name": deed.client.name,
            "scope": deed.action.scope,
            "method": deed.action.method,
            "path": deed.action.path,
            "target": deed.action.target or None,
            "status": deed.action.status,
            "reason": deed.action.reason or None,
            **({"ok": deed.ok, "errors": deed.errors} if is_code(deed) else {}),
            **details(deed.action),
        }
    )


def _moment(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, timezone.utc)
    except (OverflowError, OSError, ValueError):  # the file was tampered with
        return datetime.fromtimestamp(0, timezone.utc)


def _local(seconds: float) -> str:
    return _moment(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _utc(seconds: float) -> str:
    return _moment(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def _fail(text: str, status: int) -> int:
    return fail(f"jupyter escherpad log: {text}", status)
