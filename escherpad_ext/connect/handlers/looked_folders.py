"""The choice of files, with the folders that there are now."""

from __future__ import annotations

from dataclasses import replace

from ...server.folder_choices import FolderFinder
from ..files_choice import MISSING, FilesChoice


async def looked(finder: FolderFinder, files: FilesChoice) -> FilesChoice:
    """Return the choice with the folders that there are, and whether the chosen one is missing."""
    found = await finder.look(files.folder)
    return replace(
        files,
        known=found.folders,
        problem=files.problem or (MISSING if found.is_missing else ""),
    )
