"""Finds the end of a request's headers where tornado does, in a tenth of the time.

Tornado's pattern may begin with a carriage return or without. So each character of a request, and a
token has hundreds, is tried as its beginning. Without that, only newlines are, and what is found
ends at the same place.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from weakref import ref

from tornado.iostream import IOStream

_AS_FAST = {b"\r?\n\r?\n": b"\n\r?\n"}


def read_fast(connection: Any) -> None:
    """Read the next requests of a connection fast. Call it where a token was not just recalled.

    Its stream gets an attribute. Another class would make all that it does slower.
    """
    stream = getattr(connection, "stream", None)
    if isinstance(stream, IOStream) and not isinstance(stream.read_until_regex, partial):
        read = partial(_read_until_regex, ref(stream))
        stream.read_until_regex = read  # type: ignore[method-assign]


def _read_until_regex(
    stream_of: Callable[[], IOStream | None], regex: bytes, max_bytes: int | None = None
) -> Awaitable[bytes]:
    stream = stream_of()
    assert stream is not None  # who calls has it
    return type(stream).read_until_regex(stream, _AS_FAST.get(regex, regex), max_bytes)
