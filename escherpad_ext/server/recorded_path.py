"""How the record writes paths: as requests spell them, and not too long."""

from __future__ import annotations

import re
from hashlib import sha256
from urllib.parse import quote

#: How long a path in the record may be.
MAX_PATH = 500
#: What is around the hash in the place of a long path's middle. No address has this character.
CUT = "…"
_HEAD, _TAIL, _DIGITS = 200, 280, 12
# No file system has longer ones.
_KEPT = 2_000
# They lead nowhere, so that an app could fill a path with them.
_DOTS = re.compile(r"(?:/[.])+(?=/)")


def recorded_path(path: str) -> str:
    """Return the path of an address as the record has it.

    The middle of a long one is replaced by its hash: both ends stay readable, and long paths that
    differ stay different.
    """
    if "/./" in path:
        path = _DOTS.sub("", path)
    if len(path) <= MAX_PATH:
        return path
    digest = sha256(path.encode()).hexdigest()[:_DIGITS]
    return f"{path[:_HEAD]}{CUT}{digest}{CUT}{path[-_TAIL:]}"


def recorded_place(path: str) -> str:
    """Return a file's path, as bodies of requests and file systems name it, as part of an address.

    It may be as long as a body. What no file can be called is not kept whole.
    """
    if len(path) > 2 * _KEPT:  # before anything looks at all of it
        path = f"{path[:_KEPT]}{CUT}{path[-_KEPT:]}"
    path = _DOTS.sub("", f"/{path.strip('/')}")[1:]
    return quote(path.encode("utf-8", "surrogatepass"))
