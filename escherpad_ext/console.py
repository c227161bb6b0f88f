"""What may reach a terminal. Pure."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return text that moves no cursor and turns no line round: the rest is escaped."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def cut(text: str, most: int = 40) -> str:
    """Return what somebody else said in at most this many characters, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"
