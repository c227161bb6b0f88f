"""The signing keys of this install: one small file each, in Jupyter's data directory.

A key's name (the ``kid`` of its tokens) starts with the time it was made, so that the newest
is found without reading the others. The newest key signs new tokens; an older key stays while a
grant in the registry was signed by it. Each key has its own file, so that several processes can
make keys at once. A file is written under another name first, so it appears complete or not at all.

On POSIX a key is used only if nobody but its owner can read or write it. On Windows the access
list of the user's profile protects it, and file modes mean nothing.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import itertools
import os
import secrets
import stat
import time
from collections.abc import Callable
from pathlib import Path

from ..errors import KeyUnusable, TokenRefused
from ..policy.secret import Secret
from ..policy.tokens import KEY_ID_PREFIX, refused

KEY_BYTES = 32
#: A key signs new tokens for this long; then the next one is made.
ROTATE_AFTER_SECONDS = 30 * 86400
#: A process may still sign with a key that was the newest until this long ago.
PRUNE_GRACE_SECONDS = 3600
_SUFFIX = ".key"
_TEMPORARY = ".tmp"
_MAX_FILE_BYTES = 256
_MAX_KEPT = 16
_CHECKS_MODES = os.name == "posix"

_Stamp = tuple[int, ...]


class KeyRing:
    """The keys in a folder. ``find`` only reads; ``current`` and ``rotate`` may make a key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._prefix = os.path.join(folder, "")  # noqa: PTH118 - a tenth of a Path's time, at every request
        self._read: dict[str, tuple[_Stamp, Secret]] = {}

    def find(self, key_id: str) -> Secret:
        """Return the key of a ``kid``; never makes one.

        The file is checked every time, so that a key stops counting as soon as it is deleted or
        others can read it. Raises TokenRefused (``unknown_key``) and KeyUnusable.
        """
        try:
            found = os.lstat(self.path(key_id))
        except FileNotFoundError:
            self._read.pop(key_id, None)
            raise refused("unknown_key") from None
        except OSError as error:
            raise _unreadable(self._folder / (key_id + _SUFFIX), error) from None
        stamp = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_mode)
        known = self._read.get(key_id)
        if known is not None and known[0] == stamp:
            return known[1]
        key = _load(self._folder / (key_id + _SUFFIX), key_id)
        if len(self._read) >= _MAX_KEPT:
            self._read.clear()
        self._read[key_id] = (stamp, key)
        return key

    def path(self, key_id: str) -> str:
        """Return where a key is, whether there is one or not."""
        return f"{self._prefix}{key_id}{_SUFFIX}"

    def current(self, now: float) -> str:
        """Return the ``kid`` of the newest key; makes one if there is none or it is old.

        Raises KeyUnusable if the newest is damaged or others can read it.
        """
        names = self._names()
        if not names or _made(names[-1]) + ROTATE_AFTER_SECONDS <= now:
            return self.rotate(now)
        try:
            self.find(names[-1])
        except TokenRefused:  # deleted since it was listed
            return self.rotate(now)
        return names[-1]

    def oldest(self, now: float) -> str:
        """Return the ``kid`` of a key that signs for good; makes one if there is none."""
        names = self._names()
        return names[0] if names else self.rotate(now)

    def rotate(self, now: float) -> str:
        """Make a key and return its ``kid``; older keys still verify the tokens they signed."""
        key_id = f"{KEY_ID_PREFIX}{max(int(now), 0):010x}-{secrets.token_hex(8)}"
        path = self._folder / (key_id + _SUFFIX)
        try:
            make_folder(self._folder)
            self._sweep()
            write_private(path, _encode(key_id, secrets.token_bytes(KEY_BYTES)))
        except OSError as error:
            raise KeyUnusable(f"No signing key can be made in {self._folder}: {error}.") from None
        try:
            self.find(key_id)
        except KeyUnusable:  # a file system without modes: others can read the new file
            path.unlink(missing_ok=True)
            raise
        return key_id

    def prune(self, now: float, needed: Callable[[str], bool]) -> list[str]:
        """Delete older keys unless they are ``needed`` for a grant; return their names."""
        names = self._names()
        dropped = [
            name
            for name, successor in itertools.pairwise(names)
            if _made(successor) + PRUNE_GRACE_SECONDS <= now and not needed(name)
        ]
        for name in dropped:
            with contextlib.suppress(OSError):
                (self._folder / (name + _SUFFIX)).unlink()
        return dropped

    def _names(self) -> list[str]:
        """Return the names of all keys, the oldest first."""
        try:
            found = [path.name for path in self._folder.iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise KeyUnusable(f"The folder {self._folder} cannot be read: {error}.") from None
        names = (name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX))
        return sorted(name for name in names if name.startswith(KEY_ID_PREFIX))

    def _sweep(self) -> None:
        """Delete temporary files of processes that were killed while they made a key."""
        for path in self._folder.glob("*" + _TEMPORARY):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.lstat().st_mtime > PRUNE_GRACE_SECONDS:
                    path.unlink()


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter; close an existing one to others."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = stat.S_IMODE(folder.stat().st_mode)
    if _CHECKS_MODES and mode & 0o077:
        folder.chmod(mode & 0o700)


def _made(key_id: str) -> int:
    """Return when a key was made, in seconds since 1970; 0 if the name does not say."""
    try:
        return int(key_id.removeprefix(KEY_ID_PREFIX).split("-")[0], 16)
    except ValueError:
        return 0


def _encode(key_id: str, secret: bytes) -> bytes:
    return base64.urlsafe_b64encode(secret + _checksum(key_id, secret)) + b"\n"


def _checksum(key_id: str, secret: bytes) -> bytes:
    """Return the checksum that reveals a damaged file; the file contains it, too."""
    return hashlib.sha256(key_id.encode() + b"\0" + secret).digest()[:8]


def write_private(path: Path, content: bytes) -> None:
    """Write a file at once and complete, which only its owner can read. Raises OSError."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}{_TEMPORARY}")
    # Some systems lack O_BINARY or O_NOFOLLOW.
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _load(path: Path, key_id: str) -> Secret:
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        # A named pipe would otherwise wait for a writer.
        descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            _check_private(path, os.fstat(file.fileno()))
            return _decode(path, key_id, file.read(_MAX_FILE_BYTES))
    except FileNotFoundError:
        raise refused("unknown_key") from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> KeyUnusable:
    return KeyUnusable(f"The signing key {path} cannot be read: {error.strerror}.")


def _check_private(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise KeyUnusable(f"The signing key {path} is not a file. Delete it.")
    if not _CHECKS_MODES:
        return
    if found.st_uid not in {os.geteuid(), 0}:
        raise KeyUnusable(f"The signing key {path} belongs to another user. Delete it.")
    if found.st_mode & 0o077:
        raise KeyUnusable(
            f"Other users can read the signing key {path}, so it is not used. Delete it; the "
            "tokens it signed end with it. If you are sure that nobody read it, run: "
            f"chmod 600 {path}. If that changes nothing, the file system has no file modes: set "
            "JUPYTER_DATA_DIR to a folder on one that has."
        )


def _decode(path: Path, key_id: str, content: bytes) -> Secret:
    try:
        found = base64.b64decode(content.removesuffix(b"\n"), b"-_", validate=True)
    except binascii.Error:
        found = b""
    if len(found) <= KEY_BYTES or found[KEY_BYTES:] != _checksum(key_id, found[:KEY_BYTES]):
        raise KeyUnusable(
            f"The signing key {path} is damaged, so it is not used. Delete it; the tokens it "
            "signed end with it, and the next token makes a new key."
        )
    return Secret(found[:KEY_BYTES])
