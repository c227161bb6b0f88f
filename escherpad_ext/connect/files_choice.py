"""Which files an app may reach: all, or those of one folder. The owner chooses. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..errors import FolderError
from ..policy.folders import MAX_FOLDER_LENGTH, left_out_of_folder, parse_folder
from .problems import ConnectError

ALL_FILES = "all"
ONE_FOLDER = "folder"
MISSING = (
    "There is no such folder now, or no app may see it. Check the path. If you allow it, the site "
    "reaches no file until the folder is there."
)


@dataclass(frozen=True)
class FilesChoice:
    """What is chosen: a ``folder``, None for all files.

    ``text`` is what stands in the field for the folder, and ``problem`` what is wrong with it;
    ``is_mistake`` says that it is no folder's path. ``left_out`` is what goes with the choice of a
    folder, ``known`` are folders to choose from.
    """

    is_limited: bool = False
    text: str = ""
    folder: str | None = None
    problem: str = ""
    is_mistake: bool = False
    left_out: str = ""
    known: Sequence[str] = ()


def suggested(folder: str | None, scopes: Collection[str]) -> FilesChoice:
    """Return what the page shows at first: what the site suggests."""
    return FilesChoice(folder is not None, folder or "", folder, left_out=what_is_left_out(scopes))


def posted(files: str, text: str, scopes: Collection[str]) -> FilesChoice:
    """Return what the owner chose. Raises ConnectError for what the page did not offer."""
    if files not in {ALL_FILES, ONE_FOLDER}:
        raise ConnectError("not_offered")
    left_out = what_is_left_out(scopes)
    if files == ALL_FILES:
        return FilesChoice(text=text[:MAX_FOLDER_LENGTH], left_out=left_out)
    try:
        folder = parse_folder(text)
    except FolderError as error:
        shown = text[:MAX_FOLDER_LENGTH]
        return FilesChoice(True, shown, problem=error.what, is_mistake=True, left_out=left_out)
    return FilesChoice(True, folder, folder, left_out=left_out)


def check_not_offered(files: str, text: str) -> None:
    """Raise ConnectError where the page had no such choice, and something was chosen."""
    if files or text:
        raise ConnectError("not_offered")


def what_is_left_out(scopes: Collection[str]) -> str:
    """Return what an app in a folder does without, as a part of a sentence."""
    said = "nothing outside this folder"
    *others, last = left_out_of_folder(scopes) or ("",)
    if not last:
        return said
    return f"{said}, and no {' or '.join(filter(None, (', '.join(others), last)))}"
