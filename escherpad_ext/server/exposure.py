"""Checks whether the server's folder contains secrets that give full access."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_core.paths import is_hidden
from jupyter_server.services.contents.filemanager import FileContentsManager

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

# Where Linux shows a program's own arguments and environment: the token, if it came by these.
_OWN_PROCESS = Path("/proc/self")


def shown_secret(server: ServerApp, data_folder: Path) -> tuple[str, Path] | None:
    """Return a folder that ``server`` serves and a secret that it shows there; None if none does.

    ``data_folder`` is where keys and grants are.
    """
    allow_hidden = getattr(server.contents_manager, "allow_hidden", False)
    secrets = (data_folder, server.runtime_dir, server.config_dir, *other_secrets(server))
    for root in _served(server):
        secret = holds(root, secrets, allow_hidden=allow_hidden)
        if secret is not None:
            return root, secret
    return None


def warn_of_shown_secret(server: ServerApp, data_folder: Path) -> bool:
    """Return whether the served files include Jupyter's secrets, and warn if so."""
    shown = shown_secret(server, data_folder)
    if shown is not None:
        server.log.warning(
            "The server's folder %s contains %s. Who reads that has full access, so grant "
            "tokens without code execution are refused. Start the server in another folder.",
            *shown,
        )
    return shown is not None


def holds(root_dir: str, secrets: Iterable[Path | str], *, allow_hidden: bool) -> Path | None:
    """Return the first of these folders and files that ``root_dir`` shows, None if it shows none.

    One is not shown where it, or a folder around it, is hidden: the contents API and ``/files``
    leave hidden files out unless ``ContentsManager.allow_hidden`` is set.
    """
    root = Path(root_dir).resolve()
    for secret in secrets:
        path = Path(secret).resolve()
        below = root in path.parents
        if below and not allow_hidden and is_hidden(path, root):
            continue
        if below or path == root or path in root.parents:
            return path
    return None


def _served(server: ServerApp) -> Iterable[str]:
    manager = server.contents_manager  # it may have a folder of its own
    its_own = manager.root_dir if isinstance(manager, FileContentsManager) else server.root_dir
    return dict.fromkeys((server.root_dir, its_own))


def other_secrets(server: ServerApp) -> Iterator[Path | str]:
    """Yield files that may be anywhere, and are the owner's login or lead to it."""
    named = (server.cookie_secret_file, server.config_file, server.keyfile)
    yield from filter(None, (*named, os.environ.get("JUPYTER_TOKEN_FILE")))
    if _OWN_PROCESS.exists():
        yield _OWN_PROCESS
