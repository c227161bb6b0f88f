"""What a server with rooms of jupyter-collaboration needs."""

from __future__ import annotations

from typing import Any

from ..requirements import require_modules

MODULES = ("jupyter_server_fileid", "jupyter_server_ydoc")


def with_rooms(**more: Any) -> dict[str, Any]:
    """Return the configuration of a server with rooms; skips the test where they cannot be had."""
    require_modules(dict.fromkeys(MODULES, "jupyter-collaboration"), "what rooms are made of")
    extensions = {"escherpad_ext": True, **dict.fromkeys(MODULES, True)}
    return {"ServerApp": {"jpserver_extensions": extensions}, **more}
