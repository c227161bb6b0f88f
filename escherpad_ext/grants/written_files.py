"""Which files grants without code execution wrote, until the owner says that they trust them.

One small file for each, in a folder beside the registry: made and removed at once, without a lock,
whatever other servers of the owner do. The end of a grant removes none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ..errors import GrantsUnavailable
from .keys import make_folder
from .ownership import check_folder

FOLDER_NAME = "written"
#: More files than this are not listed one by one.
MAX_LISTED = 200
_MORE = "…"
_MAX_TEXT = 1000


class WrittenFile(NamedTuple):
    """A file that an app wrote: ``id`` names the note of it, ``server`` is for people to read."""

    id: str
    app: str
    path: str
    server: str


class WrittenFiles:
    """The notes of one owner. ``any`` is what was known at the last look.

    For one thread only, except ``any``, which waits for nothing.
    """

    def __init__(self, folder: Path, owner: str | None) -> None:
        """``owner`` is a user of a Hub whose users may share the folder; None is everybody."""
        name = "all" if owner is None else hashlib.sha256(owner.encode()).hexdigest()[:32]
        #: Where the notes are. It may be missing.
        self.folder = folder / FOLDER_NAME / name
        #: Changes whenever any of the owner's servers shows them the notes.
        self._shown = folder / FOLDER_NAME / f"{name}.shown"
        #: The notes of this process: the id of each, and what was shown last when it was made.
        self._noted = dict[tuple[str, str], tuple[str, str]]()
        self._ids = frozenset[str]()
        self.any = False

    def look(self) -> None:
        """See what there is: other servers of the owner make and remove notes, too."""
        ids = self._read_ids()
        if ids != self._ids:
            self._noted.clear()
        self._ids = ids
        self.any = bool(ids)

    def note(self, app: str, path: str, server: str) -> None:
        """Note that an app writes a file. Raises GrantsUnavailable; then it must not be written."""
        listed, shown = path[:_MAX_TEXT], self._read_shown()
        if self._is_noted(app, listed, shown) or self._is_noted(app, _MORE, shown):
            return
        listed = listed if len(self._ids) < MAX_LISTED else _MORE
        self.any = True
        note = self._write({"app": app, "path": listed, "server": server})
        self._noted[app, listed] = (note, shown)

    def _is_noted(self, app: str, listed: str, shown: str) -> bool:
        """Return whether a note is there that the owner was not shown when it was made.

        What they were shown, they may trust: what is written after that needs another note.
        """
        name, seen = self._noted.get((app, listed), ("", ""))
        return name != "" and seen == shown and (self.folder / name).exists()

    def list(self) -> list[WrittenFile]:
        """Return the notes by app and path. What is written from now on is noted again.

        Raises GrantsUnavailable where other servers of the owner cannot learn of that.
        """
        self._mark_shown()
        self.look()
        self._noted.clear()
        found = [note for name in self._ids if (note := self._read(name)) is not None]
        return sorted(found, key=lambda note: (note.app, note.path, note.id))

    def _mark_shown(self) -> None:
        if not self._read_ids():
            return
        try:
            self._shown.write_text(secrets.token_hex(16), encoding="ascii")
        except OSError as error:
            raise _unavailable(self._shown, error) from error

    def _read_shown(self) -> str:
        try:
            return self._shown.read_text(encoding="ascii")
        except FileNotFoundError:
            return ""
        except (OSError, ValueError):
            return secrets.token_hex(16)  # in doubt, they were shown

    def forget(self, ids: Iterable[str]) -> None:
        """Remove notes that the owner was shown. Raises GrantsUnavailable."""
        try:
            for name in self._ids.intersection(ids):
                (self.folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise _unavailable(self.folder, error) from error
        finally:
            self.look()

    def _write(self, content: dict[str, str]) -> str:
        name = secrets.token_hex(16)
        try:
            check_folder(self.folder.parents[1])
            make_folder(self.folder)
            (self.folder / name).write_text(json.dumps(content), encoding="utf-8")
        except OSError as error:
            raise _unavailable(self.folder, error) from error
        self._ids |= {name}
        return name

    def _read(self, name: str) -> WrittenFile | None:
        """Return a note. One that cannot be read counts, and says nothing."""
        content: object = {}
        with contextlib.suppress(OSError, ValueError):
            content = json.loads((self.folder / name).read_text(encoding="utf-8"))
        fields = content if isinstance(content, dict) else {}
        texts = (str(fields.get(key, "?")) for key in ("app", "path", "server"))
        return WrittenFile(name, *texts)

    def _read_ids(self) -> frozenset[str]:
        try:
            return frozenset(entry.name for entry in self.folder.iterdir())
        except FileNotFoundError:
            return frozenset()
        except OSError:
            return frozenset({"unreadable"})  # in doubt, there are some


def _unavailable(folder: Path, error: OSError) -> GrantsUnavailable:
    return GrantsUnavailable(f"The notes of written files {folder} cannot be used: {error}.")
