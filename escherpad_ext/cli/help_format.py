"""Help that is never wider than the terminal."""

from __future__ import annotations

import argparse
import re
import textwrap
from typing import Any

# `  name      what it means`: a row of a table, or an example with a remark.
_ROW = re.compile(r"(?P<first>\s*\S(?:.*?\S)??\s{2,})\S")
_REMARK_COLUMN = 6
_USAGE_COLUMN = 8
# argparse leaves these columns free at the right.
_MARGIN = 2


class HelpFormatter(argparse.HelpFormatter):
    """Keeps the lines of descriptions and epilogs, and wraps those that are too long.

    ``argparse.RawDescriptionHelpFormatter`` keeps all lines; the default joins them.
    """

    def _format_usage(self, *arguments: Any) -> str:
        usage = super()._format_usage(*arguments)
        width = self._width + _MARGIN
        return "\n".join(_moved_left(line, width) for line in usage.split("\n"))

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines, width = text.splitlines(), width + _MARGIN
        return "\n".join(part for line in lines for part in _wrapped(indent + line, width))


def _moved_left(line: str, width: int) -> str:
    """Return a line of the usage that fits; argparse keeps groups of arguments on one line."""
    return line if len(line) <= width else " " * _USAGE_COLUMN + line.lstrip()


def _wrapped(line: str, width: int) -> list[str]:
    """Return a line as lines of at most ``width`` characters, the later ones indented."""
    if len(line) <= width:
        return [line]
    if line[: width // 2].isspace():  # a remark to the right of an example
        line = " " * _REMARK_COLUMN + line.lstrip()
    row = _ROW.match(line)
    column = len(row["first"]) if row else 0
    if not 0 < column <= width // 2:
        first_column = len(line) - len(line.lstrip())
        column = first_column + 4 if first_column else 0
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=" " * column,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
