"""What is recorded of apps whose grants ended long ago, and how it is deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from ..errors import GrantsUnavailable
from .activity import ActivityFile
from .grant import Grant
from .latest_activity import forget
from .registry import FILE_NAME, KEEP_SECONDS, Registry

#: How long the registry may be locked. If it is longer, nothing is deleted this time.
_WAIT_SECONDS = 1.0
_GRANTS = "SELECT user_version, grant_id FROM pragma_user_version, apps"
_DID_SINCE = (
    "SELECT user_version FROM pragma_user_version, apps JOIN activity "
    "ON activity.app = apps.number WHERE grant_id = ? AND last > ? LIMIT 1"
)


def delete_ended(file: ActivityFile, folder: Path, now: float) -> None:
    """Delete the records of grants that ended 30 days ago. ``folder`` is the registry's.

    The registry deletes a grant 30 days after its end. One that it does not know goes by the last
    thing that it did. Raises GrantsUnavailable if the record's file cannot be used.
    """
    by = now - KEEP_SECONDS
    recorded = [grant_id for _, grant_id in file.database.rows(_GRANTS)]
    for grant_id, grant in _look_up(recorded, folder / FILE_NAME).items():
        if grant is None:
            is_over = not file.database.rows(_DID_SINCE, (grant_id, by))
        else:
            is_over = grant.end <= by
        if is_over:
            forget(file, grant_id)


def _look_up(grants: Iterable[str], path: Path) -> Mapping[str, Grant | None]:
    """Return each grant, None if there is none; nothing while the registry cannot be read."""
    with suppress(GrantsUnavailable), Registry(path, wait_seconds=_WAIT_SECONDS) as registry:
        return {grant_id: registry.get(grant_id) for grant_id in grants}
    return {}
