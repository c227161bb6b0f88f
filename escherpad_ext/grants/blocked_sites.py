"""Sites that an owner has blocked: they may not ask to connect any more."""

from __future__ import annotations

from . import rows
from .database import Database


class BlockedSites:
    """The blocked origins in the registry, by owner. Every method raises GrantsUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, owner: str) -> list[str]:
        """Return the origins that an owner has blocked, in alphabetical order."""
        return [row[1] for row in self._database.rows(rows.BLOCKED, (owner,))]

    def has(self, owner: str, origin: str) -> bool:
        """Return whether an owner has blocked an origin."""
        return bool(self._database.rows(rows.IS_BLOCKED, (owner, origin)))

    def add(self, owner: str, origin: str) -> None:
        """Block an origin. Its grants are not ended by that."""
        self._change(rows.BLOCK, owner, origin)

    def remove(self, owner: str, origin: str) -> None:
        """Let an origin ask again. What it had does not come back."""
        self._change(rows.UNBLOCK, owner, origin)

    def _change(self, statement: str, owner: str, origin: str) -> None:
        with self._database.writing(make=True) as connection:
            connection.execute(statement, (owner, origin))
