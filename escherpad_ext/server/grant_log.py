"""One log line for each event of a grant's life, for owners who read nothing but the log."""

from __future__ import annotations

from datetime import datetime, timezone
from logging import Logger
from typing import TYPE_CHECKING

from ..policy.scope_words import FULL_CONTROL_MARK, summary
from ..policy.scopes import gives_full_control

if TYPE_CHECKING:
    from ..grants import Grant


class GrantLog:
    """Writes a line when a grant is made, first used, revoked, or expires. None has a token."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger

    # %r, since origins, names, folders and programs are others' words.
    def created(self, grant: Grant) -> None:
        """Log that a grant was made, what it allows, and how to end it."""
        self._logger.info(
            "A grant token was made for %s. It allows %s in %s until %s. "
            "To end it: jupyter escherpad token revoke %s",
            _client(grant),
            _scopes(grant),
            "all files" if grant.folder is None else f"the folder {grant.folder[:200]!r}",
            _local(grant.expires),
            _id(grant),
        )

    def first_used(self, grant: Grant, remote_ip: str) -> None:
        """Log that a grant was used for the first time, and from where."""
        self._logger.info(
            "The grant token for %s was used for the first time, from %.64r (ID %s).",
            _client(grant),
            remote_ip,
            _id(grant),
        )

    def revoked(self, grant: Grant) -> None:
        """Log that a grant was revoked."""
        self._logger.info(
            "The grant token for %s was revoked (ID %s). It works no longer.",
            _client(grant),
            _id(grant),
        )

    def expired(self, grant: Grant) -> None:
        """Log that a grant reached its end."""
        self._logger.info(
            "The grant token for %s expired at %s (ID %s). It works no longer.",
            _client(grant),
            _local(grant.expires),
            _id(grant),
        )


def _client(grant: Grant) -> str:
    name = f" ({grant.name[:100]!r})" if grant.name else ""
    if grant.for_whom == "site":
        return f"the site {grant.origin[:300]!r}{name}"
    return f"a {grant.for_whom}{name}"


def _id(grant: Grant) -> str:
    return ascii(grant.id[:64])[1:-1]


def _scopes(grant: Grant) -> str:
    mark = f" ({FULL_CONTROL_MARK.lower()})" if gives_full_control(grant.scopes) else ""
    return ascii(" ".join(summary(grant.scopes, grant.folder))[:300])[1:-1] + mark


def _local(seconds: int) -> str:
    """Return a time in this machine's zone, to the minute."""
    try:
        moment = datetime.fromtimestamp(seconds, timezone.utc).astimezone()
    except (OverflowError, OSError, ValueError):  # the registry was tampered with
        return str(seconds)
    return moment.strftime("%Y-%m-%d %H:%M")
