"""What reaches a terminal: text that is safe to show, and messages apart from results."""

from __future__ import annotations

import sys


def printable(text: str) -> str:
    """Return text that moves no cursor and turns no line round: the rest is escaped."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def cut(text: str, most: int = 40) -> str:
    """Return what somebody else said in at most this many characters, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def tell(message: str) -> None:
    """Write a message to standard error: standard output is for results alone."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def fail(message: str, status: int) -> int:
    """Say why a command did not do what it was asked; return its exit status."""
    tell(message)
    return status
