"""Mistakes of a text as a whole, before it is taken apart."""

from __future__ import annotations

import json
import re

from ..mistake import Mistake
from ..regexes import looks_like_regex, translate

_SHOWN_LENGTH = 200
_UNUSABLE = re.compile(r"\s*(about|blob|data|file|filesystem|ftp|javascript):", re.IGNORECASE)


def _empty(text: str) -> Mistake | None:
    if text.strip():
        return None
    return Mistake("empty", "is empty: write an origin, or leave the entry out.")


def _too_long(text: str) -> Mistake | None:
    if len(text) <= 2000:  # noqa: PLR2004 - far beyond any list of origins worth explaining
        return None
    return Mistake("too_long", "is longer than any origin can be: write one origin per entry.")


def _scheme(text: str) -> Mistake | None:
    found = _UNUSABLE.match(text)
    if found is None:
        return None
    scheme, rest = found[1].lower(), text[found.end() :]
    if scheme in {"blob", "filesystem"}:
        # https://url.spec.whatwg.org/#concept-url-origin: that of the URL within.
        what = f"is a {scheme}: URL, whose origin is that of the page: write that."
        return Mistake("scheme_unusable", what, rest)
    return Mistake(
        "scheme_unusable",
        f"can never be allowed, since a page of scheme {scheme} has no origin of its own: serve "
        "the page over http://localhost or https and write that origin.",
    )


def _several(text: str) -> Mistake | None:
    pieces = [piece for piece in map(_bare, re.split(r"[\s,;]+", text)) if piece]
    if len(pieces) < 2 or looks_like_regex(text):  # noqa: PLR2004
        return None
    listed = json.dumps(pieces) if len(text) <= _SHOWN_LENGTH else "one string for each"
    return Mistake(
        "several_origins", f"holds several origins in one string: write a list, {listed}."
    )


def _bare(piece: str) -> str:
    """Return an entry of a list that was written within a string."""
    piece = piece.strip("\"'()").removeprefix('["').removeprefix("['")
    return piece if "[" in piece else piece.rstrip("]\"'")


def _whitespace(text: str) -> Mistake | None:
    if text == text.strip():
        return None
    return Mistake("whitespace", "has whitespace around it: leave it out.", text.strip())


def _quotes(text: str) -> Mistake | None:
    bare = text.strip("\"'`<>,;")
    if bare == text:
        return None
    return Mistake(
        "quotes", "has quotes, commas or brackets around it: leave them out.", bare or None
    )


def _null(text: str) -> Mistake | None:
    if text.strip("/").lower() != "null":
        return None
    return Mistake(
        "null",
        "is what every sandboxed frame and every local file calls itself, so it can never be "
        "allowed: serve the page over http://localhost or https and write that origin.",
    )


def _regex(text: str) -> Mistake | None:
    if not looks_like_regex(text):
        return None
    found = translate(text)
    repair = found[0] if len(found) == 1 and found[0] != "*" else None
    return Mistake(
        "regular_expression",
        "is a regular expression, which is not supported: write exact origins, "
        "https://*.example.com for subdomains, or :* for any port.",
        repair,
    )


def _characters(text: str) -> Mistake | None:
    if text.isprintable() and " " not in text:
        return None
    return Mistake(
        "bad_character",
        "holds a character that no origin has: type it again, as the browser's console prints "
        "location.origin.",
    )


def _backslash(text: str) -> Mistake | None:
    if "\\" not in text:
        return None
    return Mistake("backslash", "has a backslash: write slashes.", text.replace("\\", "/"))


RULES = (
    _empty,
    _too_long,
    _scheme,
    _several,
    _whitespace,
    _quotes,
    _null,
    _characters,
    _regex,
    _backslash,
)
