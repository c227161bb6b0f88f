"""The saved state of widgets, in a notebook's metadata: not for apps without code execution.

A page shows a widget with the output that refers to it. If that output is trusted, so is what the
state says: it may hold HTML.
"""

from __future__ import annotations

from typing import Any

_KEY = "widgets"


def keep_widgets(meta: Any, before: Any) -> None:
    """Put back the state that the room had. ``meta`` is part of a copy, ``before`` of the room."""
    from pycrdt import Map  # noqa: PLC0415 - where there are rooms, it is installed

    known, found = _metadata(before), _metadata(meta)
    if known.get(_KEY) == found.get(_KEY):
        return
    kept = {name: value for name, value in found.items() if name != _KEY}
    meta["metadata"] = Map(kept | {name: known[name] for name in (_KEY,) if name in known})


def keep_widgets_of_file(notebook: Any, before: Any) -> None:
    """Let a room take over from a file all metadata but the state of widgets."""
    metadata = notebook.get("metadata") if isinstance(notebook, dict) else None
    if not isinstance(metadata, dict):
        return
    known = _metadata(before)
    metadata.pop(_KEY, None)
    if _KEY in known:
        metadata[_KEY] = known[_KEY]


def _metadata(meta: Any) -> dict[str, Any]:
    found = meta.to_py() or {}
    metadata = found.get("metadata")
    return metadata if isinstance(metadata, dict) else {}
