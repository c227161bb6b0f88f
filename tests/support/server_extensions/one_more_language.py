"""A server extension that offers a language more: ``OneMoreLanguage`` says which, and where."""

from __future__ import annotations

from pathlib import Path

from jupyter_server.serverapp import ServerApp

from escherpad_ext.connect import languages


def _load_jupyter_server_extension(serverapp: ServerApp) -> None:
    found = languages._catalogs()
    assert isinstance(found, dict)
    settings = serverapp.config["OneMoreLanguage"]
    found[settings["name"]] = Path(settings["file"])
