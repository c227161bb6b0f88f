"""What an app did, in words for people, which a page may translate. Pure."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from ..console import printable, quoted
from ..policy.translatable import Translatable
from .activity import Action

#: What the words are about: how an action is written → how it is said. A path with an escape in
#: one of these words leads to another handler, and names a file.
_PHRASES = {
    r"POST (/api/contents/.*)/checkpoints": "saved a checkpoint of {path}",
    r"POST (/api/contents/.*)/checkpoints/[\w-]+": "restored a checkpoint of {path}",
    r"DELETE (/api/contents/.*)/checkpoints/[\w-]+": "deleted a checkpoint of {path}",
    r"POST (/api/contents/.*)/trust": "trusted {path}",
    r"PUT /api/collaboration/session/(.*)": "asked for the room of {path}",
    r"POST (/api/terminals)": "opened a terminal",
    r"POST (/api/kernels/.*)/interrupt": "interrupted {path}",
    r"POST (/api/kernels/.*)/restart": "restarted {path}",
}
_PATTERNS = tuple((re.compile(each, re.DOTALL), said) for each, said in _PHRASES.items())
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
PLAIN = {
    "GET": "read {path}",
    "HEAD": "read {path}",
    "PUT": "wrote {path}",
    "POST": "sent {path}",
    "PATCH": "changed {path}",
    "DELETE": "deleted {path}",
    "COPY": "copied {path}",
    "MKDIR": "made the folder {path}",
    "OPEN": "opened the WebSocket {path}",
    "CLOSE": "closed the WebSocket {path}",
    "ENTER": "entered the room {path}",
    "EDIT": "edited in the room {path}",
    "LEAVE": "left the room {path}",
    "EXECUTE": "ran code in {path}",
    "DEBUG": "used the debugger of {path}",
    "MESSAGE": "sent a message of another kind to {path}",
    "INTERRUPT": "interrupted {path}",
    "RESTART": "restarted {path}",
    "SHUTDOWN": "shut down {path}",
    "UNREADABLE": "sent an unreadable message to {path}",
    "LOST": "did more than could be recorded",
}
_OTHER = "{method} {path}"
_REFUSED = "tried {method} {path} - refused: {reason}"
_FAILED = "{did} - failed: {status}"
_STUMBLED = "{did} - failed: {status}, perhaps when it was done"
_FAILED_FROM = 400
#: From this status on, a handler stumbled, maybe when all was done.
_STUMBLED_FROM = 500
#: Their status is that of a WebSocket (RFC 6455, section 7.4).
_ENDS = frozenset({"CLOSE", "LEAVE"})
_CODE = frozenset({"EXECUTE", "DEBUG", "MESSAGE"})
#: Every text of this file that a page may show.
TEXTS = (
    *(*_PHRASES.values(), *_WITH_TARGET.values(), *PLAIN.values()),
    *(_OTHER, _REFUSED, _FAILED, _STUMBLED),
)


def say(action: Action) -> Translatable:
    """Return what was done with what, and what became of it. No app's words break the line."""
    if action.reason:
        facts = {"method": printable(action.method), "reason": printable(action.reason)}
        return Translatable(_REFUSED, path=_shown(action.path), **facts)
    if action.status < _FAILED_FROM or action.method in _ENDS:
        return _phrase(action)
    if action.status < _STUMBLED_FROM:
        return Translatable(_FAILED, did=_plainly(action), status=action.status)
    return Translatable(_STUMBLED, did=_phrase(action), status=action.status)


def details(action: Action) -> dict[str, Any]:
    """Return what the record says of code, empty for everything else."""
    try:
        found = json.loads(action.detail or "{}")
    except ValueError:  # the file was tampered with
        return {}
    return found if isinstance(found, dict) else {}


def _phrase(action: Action) -> Translatable:
    for written, said in _PATTERNS:
        found = written.fullmatch(f"{action.method} {action.path}")
        if found is not None:
            return Translatable(said, path=_shown(found[1]))
    path, target = _shown(action.path), _shown(action.target)
    if action.target and action.method in _WITH_TARGET:
        return Translatable(_WITH_TARGET[action.method], path=path, target=target)
    return _plainly(action)


def _plainly(action: Action) -> Translatable:
    """Return what was done where: code in a notebook, if its kernel has one."""
    notebook = details(action).get("notebook") if action.method in _CODE else None
    path = quoted(str(notebook)) if notebook else _shown(action.path)
    return Translatable(
        PLAIN.get(action.method, _OTHER), method=printable(action.method), path=path
    )


def _shown(path: str) -> str:
    return quoted(unquote(path))
