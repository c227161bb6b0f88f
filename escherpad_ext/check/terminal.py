"""What may reach a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return text that moves no cursor and turns no line round: the rest is escaped."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )
