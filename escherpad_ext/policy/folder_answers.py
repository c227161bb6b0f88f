"""What a grant for one folder is shown of kernels and sessions. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

_Model = dict[str, Any]


def sessions_in(sessions: Collection[_Model], holds: Callable[[str], bool]) -> list[_Model]:
    """Return the sessions of what is in the folder. ``holds`` says of a path whether it is."""
    return [model for model in sessions if holds(str(model.get("path") or ""))]


def ids_of_kernels(sessions: Collection[_Model]) -> frozenset[str]:
    """Return the ids of the kernels of sessions. A kernel without a session is in no folder."""
    return frozenset(str(model["kernel"]["id"]) for model in sessions if model.get("kernel"))


def with_ids(models: Collection[_Model], ids: Collection[str]) -> list[_Model]:
    """Return the models with these ids."""
    return [model for model in models if model.get("id") in ids]


def status_in(status: _Model, sessions: Collection[_Model]) -> _Model:
    """Return a server's status as if only the kernels of these sessions ran."""
    kernels = {model["kernel"]["id"]: model["kernel"] for model in sessions if model.get("kernel")}
    started = str(status.get("started", ""))
    activities = [str(kernel.get("last_activity", "")) for kernel in kernels.values()]
    return {
        "connections": sum(int(kernel.get("connections", 0)) for kernel in kernels.values()),
        "kernels": len(kernels),
        "last_activity": max([started, *activities]),
        "started": started,
    }
