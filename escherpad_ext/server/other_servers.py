"""What other servers of the owner change: approved origins, and the notes of what apps wrote."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ..grants.file_watch import Snapshot
from ..grants.place_watch import QUIET_SECONDS, PlaceWatch
from ..grants.written_files import WrittenFiles
from .approved_origins import ApprovedOrigins
from .registry_thread import RegistryThread


class OtherServers:
    """Looks for changes. ``written`` and ``places`` belong to the thread."""

    def __init__(
        self,
        thread: RegistryThread,
        approved: ApprovedOrigins,
        written: WrittenFiles,
        places: PlaceWatch,
    ) -> None:
        self.places = places
        self._thread = thread
        self._approved = approved
        self._written = written
        self._snapshot: Snapshot | None = None

    def tick(self) -> Awaitable[None] | None:
        """Look, unless the kernel says that nothing has changed."""
        knows_all = self._snapshot is not None and self._snapshot.holds()
        return None if knows_all else self.look()

    def call_on_change(self, call: Callable[[], object]) -> Callable[[], object] | None:
        """See :meth:`.grants.file_watch.Snapshot.call_on_change`."""
        return None if self._snapshot is None else self._snapshot.call_on_change(call)

    async def look(self) -> None:
        """See what changed."""
        found: list[Snapshot | None] = []
        if await self._approved.look(before=lambda: found.append(self._look_in_thread())):
            self._snapshot = found[0]

    async def look_now(self) -> None:
        """Do the same without a snapshot: whoever takes one takes events from the kernel's queue.

        Of those, the ticker must hear.
        """
        await self._approved.look(before=self._written.look)

    async def look_at_written(self) -> None:
        """See what other servers of the owner noted just now. In doubt, they noted something."""
        if not await self._thread.insist(self._written.look):
            self._written.any = True

    def _look_in_thread(self) -> Snapshot | None:
        snapshot = self.places.snapshot(QUIET_SECONDS)  # before anything is read
        self._written.look()
        return snapshot
