"""Output to a terminal: safe text that fits, with messages on stderr and results on stdout."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence


def printable(text: str) -> str:
    """Return text with all characters escaped that move the cursor or change the direction."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


#: Letters that look like spaces: fillers of Hangul, and a pattern of Braille without dots.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def quoted(text: str) -> str:
    """Return printable text, in quotes if it has spaces: a file's name must not read on."""
    text = printable(text)
    if not text or any(c == '"' or c.isspace() or c in _BLANK for c in text):
        return '"{}"'.format(text.replace('"', '\\"'))
    return text


def cut(text: str, most: int = 40) -> str:
    """Return text from another program on one line, of at most this many characters."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def tell(message: str) -> None:
    """Write a message to standard error, because standard output is for results only."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def fail(message: str, status: int) -> int:
    """Write why a command failed; return its exit status."""
    tell(message)
    return status


def output_width() -> float:
    """Return how many characters fit on a line of standard output; infinite unless a terminal."""
    if sys.stdout is None or not sys.stdout.isatty():
        return float("inf")
    return shutil.get_terminal_size().columns


def table(rows: Sequence[Sequence[str]], *, indent: str = "", width: float) -> Iterator[str]:
    """Yield the lines of a table whose first row is its head.

    If they are wider than ``width``, each row becomes a block, with one line for each cell.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if len(indent) + sum(widths) + 2 * (len(widths) - 1) <= width:
        for row in rows:
            cells = (cell.ljust(size) for cell, size in zip(row, widths, strict=True))
            yield f"{indent}{'  '.join(cells)}".rstrip()
        return
    head, *others = rows
    longest = max(map(len, head))
    for number, row in enumerate(others):
        yield from [""] if number else []
        yield from (
            f"{indent}{name.ljust(longest)}  {cell}" for name, cell in zip(head, row, strict=True)
        )
