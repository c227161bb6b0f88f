"""The newest of what one app did, page by page, and how it is forgotten."""

from __future__ import annotations

from .activity import ActivityFile, Deed, deed_of

_LATEST = (
    "SELECT (SELECT user_version FROM pragma_user_version), activity.number, grant_id, origin, "
    "program, name, first, last, count, scope, method, path, status, reason, target, detail, ok, "
    "errors FROM apps JOIN activity ON activity.app = apps.number "
    "WHERE grant_id = ? AND activity.number < ? ORDER BY activity.number DESC LIMIT ?"
)
_FORGET = "DELETE FROM activity WHERE app = (SELECT number FROM apps WHERE grant_id = ?)"
_FORGET_APP = "DELETE FROM apps WHERE grant_id = ?"


def latest(
    file: ActivityFile, grant_id: str, most: int, *, before: int | None = None
) -> list[Deed]:
    """Return the newest ``most`` deeds, the newest first: those with a number below ``before``.

    Raises GrantsUnavailable.
    """
    values = (grant_id, 2**63 - 1 if before is None else before, most)
    return [deed_of(row) for row in file.database.rows(_LATEST, values)]


def forget(file: ActivityFile, grant_id: str) -> None:
    """Delete all that is recorded of an app. Raises GrantsUnavailable."""
    with file.database.writing(make=True) as connection:
        connection.execute(_FORGET, (grant_id,))
        connection.execute(_FORGET_APP, (grant_id,))
