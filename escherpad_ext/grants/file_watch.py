"""Whether files have changed, asked of the kernel's memory: nobody waits for a disk.

Linux queues an event before the call that changes a file returns (inotify(7)). So where no event is
queued, nothing has changed, whoever might have changed it. That is true for file systems of this
machine only: of what others write over a network, no kernel here learns.
"""

from __future__ import annotations

import asyncio
import os
import select
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from weakref import finalize

#: File systems of this machine. The layer of an overlay that is written to is one of them.
LOCAL = frozenset({"btrfs", "ext2", "ext3", "ext4", "f2fs", "overlay", "tmpfs", "xfs"})
#: Some changes cause no event: another file system is mounted over a folder, a link above leads
#: elsewhere, or a folder above is closed. They count after this time.
MAX_AGE_SECONDS = 1.0
#: Where watching failed, it is not tried again at every request.
RETRY_SECONDS = 30.0
#: Some may be of files that are gone. If there are more, a new instance begins.
MAX_WATCHES = 200

# <sys/inotify.h>
_MODIFY, _ATTRIB, _MOVED, _CREATE, _DELETE = 0x2, 0x4, 0x40 | 0x80, 0x100, 0x200
_DELETE_SELF, _MOVE_SELF, _DONT_FOLLOW, _MASK_ADD = 0x400, 0x800, 0x0200_0000, 0x2000_0000
# No modes: of a folder, that would be those of all files in it, too.
_ABOVE = _MASK_ADD | _DELETE_SELF | _MOVE_SELF | _DONT_FOLLOW
_INSIDE = _MASK_ADD | _ATTRIB | _DELETE_SELF | _MOVE_SELF | _MODIFY | _MOVED | _CREATE | _DELETE
_READ_BYTES = 65536


class Snapshot(NamedTuple):
    """Some files as they were at one moment. The event loop may ask, without waiting."""

    watch: Watch
    changes: int
    until: float

    def holds(self) -> bool:
        """Return whether nothing has changed since. In doubt, something has."""
        # In this order: what is no longer queued was counted before.
        quiet = not self.watch.events(0)
        return quiet and self.watch.changes == self.changes and time.monotonic() < self.until

    def call_on_change(self, call: Callable[[], object]) -> Callable[[], object] | None:
        """Have the event loop call ``call`` when anything changes; return what cancels that.

        It is called again and again until then. None where that is not possible, or something has
        changed already.
        """
        try:
            cancel = self.watch.call_on_event(call)
        except (OSError, NotImplementedError):  # too many open files, or another event loop
            return None
        if self.holds():  # else the thread may have closed it just before
            return cancel
        cancel()
        return None


class FileWatch:
    """Takes snapshots of files. For one thread, which may wait for the disk."""

    def __init__(self) -> None:
        self._watch: Watch | None = None
        self._try_after = float("-inf")

    def close(self) -> None:
        """Watch no more. No snapshot holds any longer."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def snapshot(self, paths: Sequence[str]) -> Snapshot | None:
        """Return files and folders as they are now; None where a change could go unnoticed.

        The paths are absolute. That a folder above them is moved is a change, too.
        """
        return self.take(lambda watch: watch.add(paths), MAX_AGE_SECONDS)

    def take(self, add: Callable[[Watch], None], seconds: float) -> Snapshot | None:
        """Return a snapshot of all that is watched, also by ``add``, for so many seconds at most.

        None where a change could go unnoticed. ``add`` may raise OSError.
        """
        now = time.monotonic()
        if now < self._try_after:
            return None
        try:
            if self._watch is not None and self._watch.is_full:
                self.close()
            self._watch = self._watch or Watch()
            self._watch.take_events()
            add(self._watch)
        except FileNotFoundError:  # made or removed just now, as a key is: other checks go on
            return None
        except (OSError, AttributeError, ImportError, ValueError):  # not Linux, for example
            self.close()
            self._try_after = now + RETRY_SECONDS
            return None
        return Snapshot(self._watch, self._watch.changes, now + seconds)


class Watch:
    """One inotify instance. Raises OSError where there is none: all programs share 128 of them."""

    def __init__(self) -> None:
        #: How often events were taken from the queue. It grows just before, and at the end.
        self.changes = 0
        self._descriptor = -1
        self._descriptor = _call("inotify_init1", os.O_NONBLOCK | os.O_CLOEXEC)
        # One for each of two threads.
        self._taken = self._poll()
        #: Return the events that are queued, after waiting for so many milliseconds. For the event
        #: loop. A method of Python's own would cost a request more than the question.
        self.events = self._poll().poll
        self._watched: set[str] = set()
        self._watched_above: set[str] = set()
        self._devices: set[int] = set()
        self._numbers: set[int] = set()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Free the instance. No snapshot of it holds afterwards, whoever gets the number."""
        self.changes += 1  # first: see `Snapshot.holds`
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def call_on_event(self, call: Callable[[], object]) -> Callable[[], object]:
        """Have the event loop call ``call`` while events are queued; return what cancels that.

        A descriptor of its own stays the same, whenever another thread closes the instance. Raises
        OSError, and NotImplementedError where the event loop can't.
        """
        loop, own = asyncio.get_running_loop(), os.dup(self._descriptor)
        close = finalize(loop, os.close, own)  # at last where nobody cancels

        def cancel() -> None:
            loop.remove_reader(own)
            close()

        try:
            loop.remove_reader(own)  # somebody may have closed a file with this number
            loop.add_reader(own, call)
        except BaseException:
            close()
            raise
        return cancel

    @property
    def is_full(self) -> bool:
        """Return whether it has too many watches."""
        return len(self._numbers) > MAX_WATCHES

    def take_events(self) -> None:
        """Take events from the queue. Everything must then be added again.

        Once only, since others may cause more all the time. While any are left, nothing holds.
        """
        if self._taken.poll(0):
            self.changes += 1
            os.read(self._descriptor, _READ_BYTES)
            self.watch_again()

    def watch_again(self) -> None:
        """Have paths watched again when they are added again: they may lead elsewhere."""
        self._watched.clear()
        self._watched_above.clear()

    def add(self, paths: Sequence[str]) -> None:
        """Watch these paths, too. Raises OSError where one is on another machine's disk."""
        for path in paths:
            if path not in self._watched:
                for above in _above(path):
                    self._add_above(above)
                self._check_local(path)
                self._add(path, _INSIDE)
                self._watched.add(path)

    def _add_above(self, path: str) -> None:
        if path not in self._watched_above:
            with suppress(PermissionError):  # who may not list it cannot watch it
                self._add(path, _ABOVE)
            self._watched_above.add(path)

    def _add(self, path: str, mask: int) -> None:
        self._numbers.add(_call("inotify_add_watch", self._descriptor, os.fsencode(path), mask))

    def _check_local(self, path: str) -> None:
        device = os.stat(path).st_dev  # noqa: PTH116 - a third of the time
        if device not in self._devices:
            if _file_system(path) not in LOCAL:
                raise OSError("Its file system is not one of this machine.")
            self._devices.add(device)

    def _poll(self) -> select.poll:
        found = select.poll()
        found.register(self._descriptor, select.POLLIN)
        return found


@cache
def _c_function(name: str) -> tuple[Callable[..., int], Callable[[], int]]:
    """Return a function of the C library, and what says why it failed. Python has no inotify."""
    import ctypes  # noqa: PLC0415 - some builds of Python lack it

    return getattr(ctypes.CDLL(None, use_errno=True), name), ctypes.get_errno


def _call(name: str, *arguments: int | bytes) -> int:
    """Call a function of the C library. Raises OSError if it fails."""
    function, error_of = _c_function(name)
    found = function(*arguments)
    if found < 0:
        number = error_of()
        raise OSError(number, os.strerror(number))
    return found


@lru_cache(maxsize=64)
def _above(path: str) -> tuple[str, ...]:
    """Return the folders above a path, the highest first."""
    return tuple(str(folder) for folder in reversed(Path(path).parents))


def _file_system(path: str) -> str:
    """Return the type of the file system of a file, "" where nobody knows (proc(5))."""
    descriptor = os.open(path, os.O_PATH)
    try:
        about = Path(f"/proc/self/fdinfo/{descriptor}").read_text(encoding="utf-8")
    finally:
        os.close(descriptor)
    # Some sandboxes name no mount.
    mount = [line.split()[1:] for line in about.splitlines() if line.startswith("mnt_id:")]
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    # The id comes first, and the type behind a dash.
    found = (line.partition(" - ") for line in mounts.splitlines())
    return next((how.split()[0] for what, _, how in found if [what.split()[:1]] == mount), "")
