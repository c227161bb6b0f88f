"""How much is kept of what apps did: the newest of each grant, and the newest grants."""

from __future__ import annotations

import sqlite3

#: What entries are: each kind has a share of the maximum, so that none displaces another.
CHANGE, READ_ONLY, CODE, REFUSED = range(4)
#: How many tenths of the maximum each kind may have.
TENTHS = {CHANGE: 4, READ_ONLY: 1, CODE: 4, REFUSED: 1}
_WHOLE = sum(TENTHS.values())
#: The grants of which anything is kept, those that were used first at last.
MAX_GRANTS = 200

_OLD_APPS = "SELECT number FROM apps ORDER BY number DESC LIMIT -1 OFFSET ?"
_PURGE = (
    "DELETE FROM activity WHERE app = ? AND kind = ? AND number <= "
    "(SELECT number FROM activity WHERE app = ? AND kind = ? "
    "ORDER BY number DESC LIMIT 1 OFFSET ?)"
)


def share_of(kind: int, max_rows: int) -> int:
    """Return how many entries of a kind are kept of each grant."""
    return max_rows * TENTHS[kind] // _WHOLE


def drop_old_grants(connection: sqlite3.Connection) -> None:
    """Delete what is recorded of the grants that are too many."""
    for (old,) in connection.execute(_OLD_APPS, (MAX_GRANTS,)).fetchall():
        connection.execute("DELETE FROM activity WHERE app = ?", (old,))
        connection.execute("DELETE FROM apps WHERE number = ?", (old,))


def drop_old_entries(connection: sqlite3.Connection, grant_id: str, max_rows: int) -> None:
    """Delete the oldest entries of a grant that are too many of their kind."""
    found = connection.execute("SELECT number FROM apps WHERE grant_id = ?", (grant_id,))
    for (app,) in found.fetchall():
        for kind in TENTHS:
            most = share_of(kind, max_rows)
            connection.execute(_PURGE, (app, kind, app, kind, most))
