"""Reads the segments of a JSON Web Token: strictly to verify it, leniently to recognize it.

Nothing is verified here. Pure.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any

#: A longer text is no token.
MAX_LENGTH = 4096
_MAX_LOOKED_AT = 8


def read_strictly(text: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return header and payload. Raises ValueError unless both are in canonical form."""
    segments = text.split(".") if len(text) <= MAX_LENGTH else []
    if len(segments) != 3:  # noqa: PLR2004 - RFC 7515, section 7.1
        raise ValueError("not three segments")
    header, payload, _signature = map(_decoded, segments)
    return _object(header), _object(payload)


def read_leniently(text: str) -> Iterator[tuple[str, Any]]:
    """Yield the members of all JSON objects in all segments, read as leniently as can be."""
    segments = text.split(".", _MAX_LOOKED_AT)
    if len(segments) < 2:  # noqa: PLR2004 - even `alg: none` has header and payload
        return
    for segment in segments:
        yield from _members(segment)


def _members(segment: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    whole = segment.encode("ascii", "ignore").rstrip(b"=")
    whole = whole[: len(whole) - (len(whole) % 4 == 1)] + b"=="  # one character is no byte
    try:
        text = base64.urlsafe_b64decode(whole).decode("utf-8", "replace")
        json.loads(text, object_pairs_hook=found.extend)
    except (ValueError, RecursionError):  # what was read until then counts
        pass
    return found


def _decoded(segment: str) -> bytes:
    """Return the bytes; raises ValueError unless the text is the one that they encode to.

    Lenient decoders skip odd characters and stray bits, so that one token has many spellings.
    """
    try:
        found = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except (ValueError, binascii.Error):
        found = b""
    if not found or base64.urlsafe_b64encode(found).rstrip(b"=") != segment.encode():
        raise ValueError("not the one encoding of its bytes")
    return found


def _object(text: bytes) -> Mapping[str, Any]:
    """Return the JSON object, no name twice, no NaN (RFC 8725, section 2.9 and RFC 8259)."""
    try:
        found = json.loads(text.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError:
        found = None
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)
