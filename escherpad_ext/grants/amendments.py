"""What the owner changes of a grant later: its name, and an earlier end."""

from __future__ import annotations

from . import rows
from .database import Database
from .grant import check_name


class Amendments:
    """Changes grants in the registry. Every method raises GrantsUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rename(self, grant_id: str, name: str) -> bool:
        """Give a grant another name; return whether there is one. Raises GrantError."""
        check_name(name)
        return self._change(rows.RENAME, name, grant_id)

    def shorten(self, grant_id: str, end: int) -> bool:
        """End a live grant earlier; return whether this did. It never ends later than before."""
        return self._change(rows.SHORTEN, end, grant_id, end, end)

    def _change(self, statement: str, *values: str | int) -> bool:
        with self._database.writing() as connection:
            return connection.execute(statement, values).rowcount > 0
