"""Python files, as their syntax trees."""

from __future__ import annotations

import ast
import gc
from functools import cache
from pathlib import Path


@cache
def parse(file: Path) -> ast.Module:
    """Return the syntax tree of a file. Do not change it: others get the same one.

    No garbage is collected meanwhile. Python 3.11 counts wrongly where that parses something, too
    (https://github.com/python/cpython/issues/106905).
    """
    text, collects = file.read_text(encoding="utf-8"), gc.isenabled()
    gc.disable()
    try:
        return ast.parse(text)
    finally:
        if collects:
            gc.enable()
