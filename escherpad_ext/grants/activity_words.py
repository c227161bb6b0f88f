"""What an app did, in words for people. Pure."""

from __future__ import annotations

import re
from urllib.parse import unquote

from ..console import printable
from .activity import Action

#: What the words are about: how an action is written → how it is said.
_PHRASES = tuple(
    (re.compile(written, re.DOTALL), said)
    for written, said in (
        (r"POST (/api/contents/.*)/checkpoints", r"saved a checkpoint of \1"),
        (r"POST (/api/contents/.*)/checkpoints/[\w-]+", r"restored a checkpoint of \1"),
        (r"DELETE (/api/contents/.*)/checkpoints/[\w-]+", r"deleted a checkpoint of \1"),
        (r"POST (/api/contents/.*)/trust", r"trusted \1"),
        (r"POST (.*)/interrupt", r"interrupted \1"),
        (r"POST (.*)/restart", r"restarted \1"),
    )
)
#: The same for what led somewhere: a file that was renamed, or what was made.
_WITH_TARGET = {
    "PATCH": "renamed {path} to {target}",
    "COPY": "copied {path} to {target}",
    "MKDIR": "made the folder {target}",
    "POST": "made {target}",
    "ENTER": "entered the room of {target}",
    "EDIT": "edited {target} in its room",
    "LEAVE": "left the room of {target}",
}
_VERBS = {
    "GET": "read",
    "HEAD": "read",
    "PUT": "wrote",
    "POST": "sent",
    "PATCH": "changed",
    "DELETE": "deleted",
    "COPY": "copied",
    "MKDIR": "made the folder",
    "OPEN": "opened the WebSocket",
    "CLOSE": "closed the WebSocket",
    "ENTER": "entered the room",
    "EDIT": "edited in the room",
    "LEAVE": "left the room",
    "EXECUTE": "ran code in",
    "DEBUG": "ran code in the debugger of",
    "INTERRUPT": "interrupted",
    "RESTART": "restarted",
    "SHUTDOWN": "shut down",
    "UNREADABLE": "sent an unreadable message to",
    "LOST": "did more than could be recorded",
}
_FAILED = 400
#: Their status is that of a WebSocket (RFC 6455, section 7.4).
_ENDS = frozenset({"CLOSE", "LEAVE"})


def say(action: Action) -> str:
    """Return what was done with what, and what became of it. No app's words break the line."""
    if action.reason:
        path = _shown(action.path)
        return f"tried {printable(action.method)} {path} - refused: {printable(action.reason)}"
    if action.status >= _FAILED and action.method not in _ENDS:
        return f"{_plainly(action)} - failed: {action.status}"
    return _phrase(action)


def _phrase(action: Action) -> str:
    path, target = _shown(action.path), _shown(action.target)
    for written, said in _PHRASES:
        found = written.fullmatch(f"{action.method} {path}")
        if found is not None:
            return found.expand(said)
    if target and action.method in _WITH_TARGET:
        return _WITH_TARGET[action.method].format(path=path, target=target)
    return _plainly(action)


def _plainly(action: Action) -> str:
    verb = _VERBS.get(action.method, printable(action.method))
    return f"{verb} {_shown(action.path)}".rstrip()


def _shown(path: str) -> str:
    return printable(unquote(path))
