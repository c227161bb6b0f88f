"""The servers that ``jupyter escherpad connect --save NAME`` connected to.

In a program, ``url, token = load("NAME")``. Each connection is a file in Jupyter's data directory.
On POSIX, only its owner can read it; on Windows, the access list of the user's profile protects it.
"""

from __future__ import annotations

import json
import os
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from .errors import EscherpadError
from .grants.issuer import data_folder
from .grants.keys import make_folder, write_private

#: The code of a connection that does not exist.
MISSING = "missing_connection"
_SUFFIX = ".json"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?")
# Windows opens a device of this name, whatever its suffix.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_CHECKS_MODES = os.name == "posix"
_MAX_BYTES = 65_536


class ConnectionUnusable(EscherpadError):  # noqa: N818 - a state of a file
    """A saved connection that cannot be used; ``what`` says what to do."""


class Connection(NamedTuple):
    """Where a server is, without a slash at the end, and the token for it."""

    url: str
    token: str


@dataclass(frozen=True)
class SavedConnection:
    """A connection with what is known of it. ``expires`` is in seconds since 1970."""

    url: str
    token: str
    scope: str
    folder: str | None
    expires: int
    revocation_endpoint: str

    def __repr__(self) -> str:
        return f"<the connection to {self.url}>"


def load(name: str) -> Connection:
    """Return the address and the token of a saved connection.

    Raises ConnectionUnusable where there is none of this name, where it has ended, and where other
    users can read its file.
    """
    found = read(name)
    if found.expires <= time.time():
        raise _unusable(
            f"The connection {name} has ended. Connect again: "
            f"jupyter escherpad connect {found.url} --save {name}"
        )
    return Connection(found.url, found.token)


def read(name: str, *, to_end: bool = False) -> SavedConnection:
    """Return a saved connection, ended or not. Raises ConnectionUnusable.

    ``to_end`` says that its token will be given back: then others may have read it.
    """
    path = _path(name)
    try:
        with path.open("rb") as file:
            _check_private(path, os.fstat(file.fileno()), to_end=to_end)
            content = json.loads(file.read(_MAX_BYTES))
        return _checked(SavedConnection(**content))
    except FileNotFoundError:
        raise _unusable(
            f"There is no connection {name}. To list them: jupyter escherpad connect --list",
            code=MISSING,
        ) from None
    except OSError as error:
        raise _unusable(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, RecursionError):
        raise _unusable(f"{path} is damaged. Forget it, and connect again.") from None


def _checked(found: SavedConnection) -> SavedConnection:
    """Return a connection whose members are what they have to be. Raises TypeError."""
    texts = (found.url, found.token, found.scope, found.folder or "", found.revocation_endpoint)
    if not all(isinstance(text, str) for text in texts) or type(found.expires) is not int:
        raise TypeError
    return found


def save(name: str, connection: SavedConnection) -> Path:
    """Write a connection, in place of the one of this name; return where."""
    path = _path(name)
    try:
        make_folder(path.parent.parent)
        make_folder(path.parent)
        write_private(path, json.dumps(asdict(connection), indent=2).encode())
    except OSError as error:
        raise _unusable(f"{path} cannot be written: {error.strerror}.") from None
    return path


def delete(name: str) -> None:
    """Delete the file of a connection; none of this name needs no end."""
    path = _path(name)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _unusable(f"{path} cannot be deleted: {error.strerror}.") from None


def names() -> Iterator[str]:
    """Yield the names of all saved connections, in order."""
    for path in sorted(_folder().glob(f"*{_SUFFIX}")):
        if _is_name(path.stem):
            yield path.stem


def check_name(name: str) -> None:
    """Raise ConnectionUnusable unless a file can have this name on every system."""
    if not _is_name(name):
        raise _unusable(
            f"{name[:100]!r} is not a name for a connection. Use letters, digits, - and _."
        )


def _is_name(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and not _DEVICE.fullmatch(name)


def _folder() -> Path:
    return data_folder() / "connections"


def _path(name: str) -> Path:
    check_name(name)
    return _folder() / f"{name}{_SUFFIX}"


def _check_private(path: Path, found: os.stat_result, *, to_end: bool) -> None:
    if not _CHECKS_MODES:
        return
    is_open = bool(stat.S_IMODE(found.st_mode) & 0o077) and not to_end
    if is_open or found.st_uid not in {os.geteuid(), 0}:
        raise _unusable(
            f"Other users can read {path}, so it is not used. Forget it, and connect again."
        )


def _unusable(what: str, *, code: str = "connection") -> ConnectionUnusable:
    return ConnectionUnusable(what, code=code)
