"""What JupyterLab and Notebook show of the apps that are connected to the server."""

from __future__ import annotations


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Return where the built extension is, for JupyterLab's own development tools."""
    return [{"src": "labextension", "dest": "escherpad-ext-lab"}]
