"""Grants for one folder: which paths name a folder, and which scopes can be kept to one. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from ..errors import FolderError
from .scopes import BUNDLES, expand

#: In the form that a token has it, where a letter beyond ASCII takes six. Every token must fit.
MAX_FOLDER_LENGTH = 600

#: What can be kept to a folder. Code cannot, nor can terminals, language servers and outputs.
FOLDER_SCOPES = frozenset(
    {
        "api:read",
        "contents:read",
        "contents:write",
        "identity:read",
        "kernels:read",
        "kernelspecs:read",
        "sessions:read",
    }
)
#: The bundles that can be kept to a folder. They leave out the scopes that cannot.
FOLDER_BUNDLES = ("view", "edit")


def parse_folder(text: str) -> str:
    """Return the path of a folder below the server's root: ``data/raw``, with single slashes.

    Raises FolderError. The root itself is none: a limit that allows everything is a mistake.
    """
    path = text.strip("/")
    if len(json.dumps(text)) - 2 > MAX_FOLDER_LENGTH:
        raise _error(
            f"The folder's path is longer than {MAX_FOLDER_LENGTH} characters (those beyond ASCII "
            "count six times). Name one with a shorter path."
        )
    if not path:
        raise _error("The folder is empty. Name one below the server's folder, such as data/raw.")
    if not path.isprintable():
        raise _error("The folder's path has characters that cannot be printed.")
    if "\\" in path:
        raise _error("The folder's path has a backslash. Write / between folders.")
    if any(part in {"", ".", ".."} for part in path.split("/")):
        raise _error("The folder's path has an empty part, '.' or '..'. Leave these out.")
    return path


def can_be_kept(name: str) -> bool:
    """Return whether a grant of this bundle or scope can be limited to one folder."""
    return name in FOLDER_BUNDLES or name in FOLDER_SCOPES


def expand_in_folder(names: Iterable[str] | str) -> frozenset[str]:
    """Return the scopes of a grant for one folder.

    Raises UnknownScope as :func:`.scopes.expand`, and FolderError for what cannot be kept to one.
    """
    wanted = names.split() if isinstance(names, str) else list(names)
    expand(wanted)
    check_can_be_kept(wanted)
    scopes = (BUNDLES[name].scopes if name in BUNDLES else {name} for name in wanted)
    return frozenset().union(*scopes) & FOLDER_SCOPES


def check_can_be_kept(names: Collection[str]) -> None:
    """Raise FolderError for bundles and scopes that cannot be limited to one folder."""
    beyond = [name for name in names if not can_be_kept(name)]
    if beyond:
        raise FolderError(
            f"A grant for one folder cannot have {', '.join(beyond)}: code, terminals and the like "
            f"are not confined to a folder. Ask for {' or '.join(FOLDER_BUNDLES)}, or leave the "
            "folder out.",
            code="folder_scope",
        )


def _error(what: str) -> FolderError:
    return FolderError(what, code="folder")
