"""Whether the server's own folder shows what makes whoever reads it the owner."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jupyter_core.paths import is_hidden


def holds(
    root_dir: str, secret_folders: Iterable[Path | str], *, allow_hidden: bool
) -> Path | None:
    """Return the first of these folders that the files of ``root_dir`` show, None if none does.

    A folder is not shown where it, or one around it, is hidden: the contents API and ``/files``
    leave hidden files out unless ``ContentsManager.allow_hidden`` is set.
    """
    root = Path(root_dir).resolve()
    for folder in secret_folders:
        path = Path(folder).resolve()
        below = root in path.parents
        if below and not allow_hidden and is_hidden(path, root):
            continue
        if below or path == root or path in root.parents:
            return path
    return None
