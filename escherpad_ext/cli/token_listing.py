"""Lists of grants, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ..console import printable, table
from ..policy.scope_words import FULL_CONTROL_MARK, summary
from ..policy.scopes import gives_full_control

if TYPE_CHECKING:
    from ..grants import Grant

_HEAD = ("ID", "ORIGIN", "SCOPES", "FOLDER", "NAME", "SERVER", "SINCE", "LAST USED", "UNTIL")


def as_table(grants: Sequence[Grant], now: float, width: float = float("inf")) -> str:
    """Return a table with local times: a line for each grant, or a block where that is too wide."""
    rows = [_HEAD, *(_line(grant, now) for grant in grants)]
    return "".join(f"{line}\n" for line in table(rows, width=width))


def _line(grant: Grant, now: float) -> tuple[str, ...]:
    mark = f" ({FULL_CONTROL_MARK.lower()})" if gives_full_control(grant.scopes) else ""
    return (
        printable(grant.id),
        "a program" if grant.for_whom == "program" else printable(grant.origin),
        printable(" ".join(summary(grant.scopes, grant.folder)) + mark),
        "all files" if grant.folder is None else printable(grant.folder),
        printable(grant.name) or "-",
        printable(grant.place) or "any",
        local_time(grant.created),
        local_time(grant.last_used) if grant.last_used is not None else "never",
        _end(grant, now),
    )


def _end(grant: Grant, now: float) -> str:
    if grant.revoked is not None:
        return f"revoked {local_time(grant.revoked)}"
    end = local_time(grant.expires)
    return end if grant.state(now) == "live" else f"expired {end}"


def as_json(grants: Sequence[Grant], now: float) -> str:
    """Return a JSON array; times are ISO 8601 in UTC, or null."""
    return json.dumps([_object(grant, now) for grant in grants], indent=2) + "\n"


def _object(grant: Grant, now: float) -> dict[str, Any]:
    return {
        "id": grant.id,
        "state": grant.state(now),
        "origin": grant.origin,
        "scopes": sorted(grant.scopes),
        "summary": list(summary(grant.scopes, grant.folder)),
        "full_control": gives_full_control(grant.scopes),
        "folder": grant.folder,
        "program": grant.program,
        "resource": grant.resource,
        "name": grant.name,
        "owner": grant.owner,
        "server": grant.place or None,
        "via": grant.via,
        "created": _utc(grant.created),
        "last_used": _utc(grant.last_used),
        "expires": _utc(grant.expires),
        "revoked": _utc(grant.revoked),
    }


def local_time(seconds: int) -> str:
    """Return a time in this machine's zone, to the minute."""
    try:
        moment = datetime.fromtimestamp(seconds, timezone.utc).astimezone()
    except (OverflowError, OSError, ValueError):  # the registry was tampered with
        return str(seconds)
    return moment.strftime("%Y-%m-%d %H:%M")


def _utc(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, OSError, ValueError):
        return None
