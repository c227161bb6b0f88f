"""How much memory a kernel uses, as jupyter-resource-usage counts it."""

from __future__ import annotations

import importlib
from typing import Any


def memory_of(kernel: Any) -> int | None:
    """Return the bytes that a kernel and what it started use; None where that is not known."""
    try:
        psutil: Any = importlib.import_module("psutil")  # jupyter-resource-usage brings it
    except ImportError:
        return None
    process: Any = getattr(getattr(kernel, "provisioner", None), "process", None)
    try:
        root = psutil.Process(process.pid)
        found = [root, *root.children(recursive=True)]
        return sum(int(each.memory_info().rss) for each in found)
    except (AttributeError, TypeError, ValueError, psutil.Error):  # elsewhere, or ended
        return None
