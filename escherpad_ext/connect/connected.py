"""What the page of connected apps is about, and whether that is still so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import GrantTokensUnavailable

if TYPE_CHECKING:
    from ..grants import Grant
    from ..grants.changes import Version
    from ..server.activity import ActivityRecorder
    from ..server.running import AppNow
    from .service import ConnectService

_MARK_BITS = 64


@dataclass(frozen=True)
class Connected:
    """The connected apps at one moment; ``complaint`` is what could not be read."""

    grants: Sequence[Grant]
    blocked: Sequence[str]
    complaint: str
    #: The ids of the grants whose folder is missing on this server.
    missing: frozenset[str]
    now: Mapping[str, AppNow]
    #: The version of the record; None where that cannot be read.
    record: Version | None
    #: Why what apps do is not recorded, or cannot be read; empty otherwise.
    trouble: str

    @property
    def mark(self) -> str:
        """Return what differs at another moment if the page would show something else then.

        Only this server, as long as it runs, can compare it.
        """
        known = tuple(self.grants), tuple(self.blocked), self.complaint, self.missing
        return f"{hash((known, self.record, self.trouble, repr(self.now))) % 2**_MARK_BITS:x}"


async def look(service: ConnectService, activity: ActivityRecorder) -> Connected:
    """Return the connected apps as they are now. What they did is not read."""
    record = await _version_of(activity)  # before all else, so that what comes meanwhile is noticed
    grants, blocked, complaint = await _found(service)
    missing, now = await _missing_folders(service, grants), await service.running.look()
    return Connected(grants, blocked, complaint, missing, now, record, activity.thread.trouble)


async def _version_of(activity: ActivityRecorder) -> Version | None:
    try:
        return await activity.ask(lambda file: file.database.version())
    except GrantTokensUnavailable:
        return None


async def _found(service: ConnectService) -> tuple[list[Grant], list[str], str]:
    grants: list[Grant] = []
    try:
        grants = await service.ask(service.app_grants.live)
        return grants, await service.ask(service.app_grants.blocked_sites), ""
    except GrantTokensUnavailable as error:
        return grants, [], error.what


async def _missing_folders(service: ConnectService, grants: Iterable[Grant]) -> frozenset[str]:
    finder, works_here = service.folder_finder, service.app_grants.works_here
    folders = {each.id: each.folder for each in grants if each.folder and works_here(each)}
    missing = await finder.missing(folders.values()) if finder and folders else ()
    return frozenset(grant_id for grant_id, folder in folders.items() if folder in missing)
