"""What the pages share on which the owner allows something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ...server.folder_choices import FolderFinder
from ..choices import Lifetime, choices_for, chosen_seconds, lifetimes, ticked
from ..files_choice import FilesChoice, check_not_offered, posted, suggested
from ..problems import ConnectError
from .looked_folders import looked
from .page import PageHandler


class Asked(Protocol):
    """What a site or a program asks for."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """The names as they were requested."""

    @property
    def folder(self) -> str | None:
        """The folder that it suggests; None is all files."""

    @property
    def fits_folder(self) -> bool:
        """Whether all that is asked for can be limited to one folder."""


class ConsentHandler(PageHandler):
    """Reads what the owner chose: permissions, time, files."""

    def lifetimes(self, chosen: int | None = None) -> Sequence[Lifetime]:
        """Return the times on offer; ``chosen`` seconds are selected, or what the settings say."""
        settings = self.service.settings
        default, longest = settings.grant_lifetime_seconds, settings.grant_lifetime_max_seconds
        return lifetimes(default, longest, None if chosen is None else min(chosen, longest))

    def terms(self, asked: Asked) -> tuple[tuple[str, ...], int]:
        """Return what was ticked, and for how long. Raises ConnectError."""
        return ticked(self.get_body_arguments("scope"), choices_for(asked.scopes)), self.lifetime()

    def lifetime(self) -> int:
        """Return for how long. Raises ConnectError."""
        return chosen_seconds(self.get_body_argument("lifetime", ""), self.lifetimes())

    async def files_at_first(self, asked: Asked) -> FilesChoice | None:
        """Return what the page shows at first; None where there is no choice of a folder."""
        finder = self._finder(asked)
        return (
            None if finder is None else await looked(finder, suggested(asked.folder, asked.scopes))
        )

    async def files(self, asked: Asked) -> FilesChoice | None:
        """Return the choice of files, None where there was none. Raises ConnectError."""
        files = self.get_body_argument("files", "")
        text = self.get_body_argument("folder", "", strip=False)
        finder = self._finder(asked)
        if finder is None:
            check_not_offered(files, text)
            return None
        return await looked(finder, posted(files, text, asked.scopes))

    def _finder(self, asked: Asked) -> FolderFinder | None:
        """Return what finds folders, None where the choice of one is not offered."""
        finder = self.service.folder_finder if asked.fits_folder else None
        if finder is None and asked.folder is not None:
            raise ConnectError("no_folders")
        return finder


def has_to_be_shown_again(files: FilesChoice | None, asked: Asked) -> bool:
    """Return whether a choice of files is a mistake, or a folder that is missing.

    A missing one may be allowed by whoever was told that it is.
    """
    if files is None:
        return False
    return files.is_mistake or bool(files.problem and files.folder != asked.folder)
