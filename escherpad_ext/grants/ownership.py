"""Checks by file modes that only the owner can write to the registry's files (POSIX).

Anyone who can write to the file can undo a revocation. So can anyone who can write to its folder:
SQLite replays any journal that it finds there (https://www.sqlite.org/fileformat2.html, 3).
"""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from pathlib import Path

from ..errors import GrantsUnavailable
from .file_kinds import REGISTRY, FileKind

_CHECKS_MODES = os.name == "posix"
_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
#: Files beside the registry that SQLite reads and trusts.
JOURNALS = ("-journal", "-wal", "-shm")


def check_file(path: Path, found: os.stat_result, kind: FileKind = REGISTRY) -> None:
    """Raise GrantsUnavailable unless only the owner can write to or replace a file.

    ``found`` is the status of ``path``.
    """
    if not _CHECKS_MODES:
        return
    if _is_strangers(found):
        raise GrantsUnavailable(f"The {kind.name} {path} belongs to another user. Move it away.")
    if found.st_mode & _BY_OTHERS:
        raise GrantsUnavailable(
            f"Other users can write to the {kind.name} {path}, so it is not used. "
            f"Run: chmod 600 {path}{kind.check}"
        )
    folder, journals = _around(path)
    check_folder(folder, kind)
    for journal in journals:
        _check_journal(journal, kind)


@lru_cache(maxsize=8)
def _around(path: Path) -> tuple[Path, tuple[str, ...]]:
    return path.parent, tuple(f"{path}{suffix}" for suffix in JOURNALS)


def check_folder(folder: Path, kind: FileKind = REGISTRY) -> None:
    """Raise GrantsUnavailable if somebody else could put files into the folder of a file."""
    if not _CHECKS_MODES:
        return
    try:
        found = os.stat(folder)  # noqa: PTH116 - at every request
    except FileNotFoundError:
        return
    if _is_strangers(found):
        raise GrantsUnavailable(
            f"The folder {folder} of the {kind.name} belongs to another user. Move it away."
        )
    if found.st_mode & _BY_OTHERS:
        raise GrantsUnavailable(
            f"Other users can write to {folder}, the folder of the {kind.name}, so it is "
            f"not used. Run: chmod 700 {folder}{kind.check}"
        )


def _check_journal(path: str, kind: FileKind) -> None:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    if _is_strangers(found) or not stat.S_ISREG(found.st_mode) or found.st_mode & _BY_OTHERS:
        raise GrantsUnavailable(
            f"Another user could have written {path}, which SQLite would apply to the "
            f"{kind.name}, so that is not used. Delete that file."
        )


def _is_strangers(found: os.stat_result) -> bool:
    return found.st_uid not in {os.geteuid(), 0}
