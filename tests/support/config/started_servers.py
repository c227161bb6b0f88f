"""Starts servers one after the other, as their command lines do, and writes what each goes by.

A program of its own, since some applications change classes of Jupyter's for good: standard input
is a JSON array of cases, standard output gets one of ``[settings, mistakes]``.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from typing import Any

from jupyter_core import paths
from jupyter_server.serverapp import ServerApp

from escherpad_ext.config.resolve import resolve
from support.config.text import text_of

#: The applications that start a server, by their commands.
STARTERS = {
    "lab": ("jupyterlab.labapp", "LabApp"),
    "notebook": ("notebook.app", "JupyterNotebookApp"),
    "nbclassic": ("nbclassic.notebookapp", "NotebookApp"),
}
QUIET = ["--ServerApp.port=0", "--ServerApp.open_browser=False", "--allow-root"]


def use_folders(near: str, far: str) -> None:
    """Let Jupyter read its configuration from these two folders, the first of which wins."""
    os.environ["JUPYTER_CONFIG_DIR"] = near
    paths.ENV_CONFIG_PATH[:] = [far]
    paths.SYSTEM_CONFIG_PATH[:] = []


def started(case: dict[str, Any]) -> list[Any]:
    """Start a server; return its settings and its mistakes, as text."""
    use_folders(case["near"], case["far"])
    os.chdir(case["near"])
    ServerApp.clear_instance()
    server = _initialized(case["command"], [*case["arguments"], *QUIET])
    (extension,) = server.extension_manager.extension_apps["escherpad_ext"]
    if server.http_server is not None:
        server.http_server.stop()
    mistakes = resolve(extension._written(extension._grants)).mistakes
    return [text_of(extension._settings), list(map(str, mistakes))]


def _initialized(command: str, arguments: list[str]) -> ServerApp:
    if command == "server":
        server: ServerApp = ServerApp.instance()
        server.initialize(arguments)
        return server
    module, name = STARTERS[command]
    return getattr(importlib.import_module(module), name).initialize_server(arguments)


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        found = [started(case) for case in json.load(sys.stdin)]
    json.dump(found, sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # whatever was left running
