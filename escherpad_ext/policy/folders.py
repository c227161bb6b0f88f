"""Grants for one folder: which paths name a folder, and which scopes can be kept to one. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from types import MappingProxyType

from ..errors import FolderError
from .scopes import BUNDLES, SCOPES, Bundle, expand
from .translatable import Translatable

_LATER = (
    "also notebooks and programs. What you have open from there, or open or run later, can do "
    "anything that you can"
)

#: In the form that a token has it, where a letter beyond ASCII takes six. Every token must fit.
MAX_FOLDER_LENGTH = 600

#: What can be kept to a folder, and what it lets an app do there. Code cannot be kept to one, nor
#: can terminals, language servers and outputs.
FOLDER_WORDS = MappingProxyType(
    {
        "api:read": SCOPES["api:read"],
        "identity:read": SCOPES["identity:read"],
        "contents:read": "List and read the files in this folder",
        "contents:write": f"Create, change, rename and delete files in this folder, {_LATER}",
        "kernelspecs:read": SCOPES["kernelspecs:read"],
        "kernels:read": "See which kernels run in this folder",
        "sessions:read": "See which notebooks in this folder have a kernel",
    }
)
FOLDER_SCOPES = frozenset(FOLDER_WORDS)
#: The bundles that can be kept to a folder, as they are there. They leave out what cannot.
FOLDER_BUNDLES = MappingProxyType(
    {
        name: Bundle(name, BUNDLES[name].title, words, BUNDLES[name].scopes & FOLDER_SCOPES)
        for name, words in {
            "view": (
                "See and read the files in this folder, and see which kernels and sessions are "
                "running in it. Changes nothing, starts nothing."
            ),
            "edit": (
                "See and read the files in this folder, and see which kernels and sessions are "
                "running in it. Create, change and delete files in it, also notebooks and "
                "programs. It runs nothing itself, but what you have open from there, or open or "
                "run later, can do anything that you can."
            ),
        }.items()
    }
)
#: What a person misses who limits a bundle to a folder.
_LEFT_OUT = MappingProxyType(
    {
        "terminals:read": "terminals",
        "lsp:read": "language servers",
        "outputs:read": "outputs kept apart from notebooks",
    }
)


#: Why a text is no folder's path.
FOLDER_MISTAKES = MappingProxyType(
    {
        "long": (
            f"The folder's path is longer than {MAX_FOLDER_LENGTH} characters (those beyond ASCII "
            "count six times). Name one with a shorter path."
        ),
        "empty": "The folder is empty. Name one below the server's folder, such as data/raw.",
        "unprintable": "The folder's path has characters that cannot be printed.",
        "backslash": "The folder's path has a backslash. Write / between folders.",
        "part": "The folder's path has an empty part, '.' or '..'. Leave these out.",
    }
)


def parse_folder(text: str) -> str:
    """Return the path of a folder below the server's root: ``data/raw``, with single slashes.

    Raises FolderError. The root itself is none: a limit that allows everything is a mistake.
    """
    path = text.strip("/")
    mistakes = {
        "long": len(json.dumps(text)) - 2 > MAX_FOLDER_LENGTH,
        "empty": not path,
        "unprintable": not path.isprintable(),
        "backslash": "\\" in path,
        "part": any(part in {"", ".", ".."} for part in path.split("/")),
    }
    for name, is_made in mistakes.items():
        if is_made:
            raise FolderError(Translatable(FOLDER_MISTAKES[name]), code="folder")
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
    bundles = FOLDER_BUNDLES
    return frozenset().union(*(bundles[n].scopes if n in bundles else {n} for n in wanted))


def left_out_of_folder(names: Collection[str]) -> tuple[str, ...]:
    """Return what goes, in words for people, where these are limited to one folder."""
    scopes = expand(names) - expand_in_folder(names)
    return tuple(words for scope, words in _LEFT_OUT.items() if scope in scopes)


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
