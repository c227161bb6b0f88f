"""What places of the file system are, by name and by what the file system says that they are."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator

Identity = tuple[int, int]

#: A folder with more entries than this is not searched; what is looked for counts as found.
MAX_SEARCHED = 5_000
_WINDOWS_LOOP = 1921  # ERROR_CANT_RESOLVE_FILENAME


def is_within(path: str, folder: str) -> bool:
    """Return whether a resolved path is a folder, or in it, by its name."""
    path, folder = os.path.normcase(path), os.path.normcase(folder)
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def identities(paths: Iterable[str]) -> Iterator[Identity]:
    """Yield device and number of those that exist."""
    for path in paths:
        try:
            found = os.stat(path)  # noqa: PTH116 - a third of the time of a Path's
        except (OSError, ValueError):
            continue
        yield found.st_dev, found.st_ino


def with_parents(path: str) -> Iterator[str]:
    """Yield a path and all folders around it."""
    while True:
        yield path
        parent = os.path.dirname(path)  # noqa: PTH120 - likewise
        if parent == path:
            return
        path = parent


def entries(folder: str) -> list[os.DirEntry[str]]:
    """Return what is in a folder; nothing if it cannot be read."""
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []


def is_redirect(path: str) -> bool:
    """Return whether a path itself leads elsewhere: a symbolic link, or a junction of Windows."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return False
    return os.path.islink(path) or getattr(found, "st_reparse_tag", 0) != 0  # noqa: PTH114


def goes_round(path: str) -> bool:
    """Return whether links on the way lead back to themselves, so that a path leads nowhere."""
    try:
        os.stat(path)  # noqa: PTH116 - as above
    except OSError as error:
        return error.errno == errno.ELOOP or getattr(error, "winerror", None) == _WINDOWS_LOOP
    return False


def is_link(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry may be a place that has another name: a link of either kind."""
    try:
        return is_redirect(entry.path) or (entry.is_file() and entry.stat().st_nlink > 1)
    except OSError:
        return False


def any_link(folder: str, is_found: Callable[[str], bool]) -> bool:
    """Return whether a link in a folder, however deep, also through links, is found."""
    left, waiting, seen = MAX_SEARCHED, [folder], set[str]()
    while waiting:
        current = waiting.pop()
        if os.path.realpath(current) in seen:
            continue  # a link back to where we have been
        seen.add(os.path.realpath(current))
        found = entries(current)
        left -= len(found)
        if left < 0 or any(is_found(each.path) for each in found if is_link(each)):
            return True
        waiting += [each.path for each in found if each.is_dir()]
    return False
