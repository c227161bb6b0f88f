"""Whether the registry's files are the owner's alone, as far as file modes say it (POSIX).

Who can write to the file can undo a revocation. So can who can write to its folder: SQLite plays a
journal back into the file, whoever put it there (https://www.sqlite.org/fileformat2.html, 3).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ..errors import GrantsUnavailable

_CHECKS_MODES = os.name == "posix"
_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
#: What SQLite reads beside the file, and believes.
JOURNALS = ("-journal", "-wal", "-shm")


def check_file(path: Path, found: os.stat_result) -> None:
    """Raise GrantsUnavailable unless only the owner can write to the registry, or put one there.

    ``found`` is what the system says of ``path``.
    """
    if not _CHECKS_MODES:
        return
    if _is_strangers(found):
        raise GrantsUnavailable(
            f"The registry of grants {path} belongs to another user. Move it away."
        )
    if found.st_mode & _BY_OTHERS:
        raise GrantsUnavailable(
            f"Other users can write to the registry of grants {path}, so it is not used. "
            f"Run: chmod 600 {path}, and look at what it holds: jupyter escherpad token list"
        )
    check_folder(path.parent)
    for suffix in JOURNALS:
        _check_journal(f"{path}{suffix}")


def check_folder(folder: Path) -> None:
    """Raise GrantsUnavailable where somebody else could put files into the registry's folder."""
    if not _CHECKS_MODES:
        return
    try:
        found = os.stat(folder)  # noqa: PTH116 - at every request
    except FileNotFoundError:
        return
    if _is_strangers(found):
        raise GrantsUnavailable(
            f"The folder {folder} of the registry of grants belongs to another user. Move it away."
        )
    if found.st_mode & _BY_OTHERS:
        raise GrantsUnavailable(
            f"Other users can write to {folder}, the folder of the registry of grants, so it is "
            f"not used. Run: chmod 700 {folder}, and look at what the registry holds: "
            "jupyter escherpad token list"
        )


def _check_journal(path: str) -> None:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    if _is_strangers(found) or not stat.S_ISREG(found.st_mode) or found.st_mode & _BY_OTHERS:
        raise GrantsUnavailable(
            f"Another user could have written {path}, which SQLite would play back into the "
            "registry of grants, so the registry is not used. Delete that file."
        )


def _is_strangers(found: os.stat_result) -> bool:
    return found.st_uid not in {os.geteuid(), 0}
