"""Applications whose configuration files the server reads, too.

Measured on jupyter_server 2.21 with JupyterLab 4.6, Notebook 7.6 and nbclassic 1.3: each
enabled application adds the ``ServerApp`` settings of its file, whichever command started the
server. The server's own files win; of two applications, the one whose package comes first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from .layers import Layer

SERVER_STEM = "jupyter_server_config"
MODULE = "escherpad_ext"
_SERVER = "ServerApp"


class Application(NamedTuple):
    """An application: its package, its file, and sections whose settings it moves to ServerApp."""

    module: str
    stem: str
    moved: tuple[str, ...] = ()

    def move(self, layer: Layer) -> Layer:
        """Return a layer as the application understands it (``notebook_shim``)."""
        for section in self.moved:
            layer = layer.moved(section, _SERVER)
        return layer


#: In the order in which the server links them.
APPLICATIONS = (
    Application(MODULE, "jupyter_escherpad_ext_config"),
    Application("jupyterlab", "jupyter_lab_config", ("NotebookApp", "LabApp")),
    Application("nbclassic", "jupyter_notebook_config", ("NotebookApp",)),
    Application("notebook", "jupyter_notebook_config", ("NotebookApp", "JupyterNotebookApp")),
)


def switches(layer: Layer, folders: list[Path]) -> dict[str, tuple[bool, str]]:
    """Return for each extension whether the server would load it, and the file that decides it.

    ``jpserver_extensions`` in the configuration wins over the folders
    (``ServerApp.find_server_extensions``). There, a file in ``….d`` loses to the file beside it.
    """
    found: dict[str, tuple[bool, str]] = {}
    for folder in reversed(folders):
        beside = folder / f"{SERVER_STEM}.json"
        for file in (*sorted((folder / f"{SERVER_STEM}.d").glob("*.json")), beside):
            found |= {name: (on is True, str(file)) for name, on in _switched(file).items()}
    named = layer.config.get(_SERVER, {}).get("jpserver_extensions", {})
    if isinstance(named, dict):
        place = layer.source(f"{_SERVER}.jpserver_extensions") or ""
        found |= {name: (on is True, place) for name, on in named.items()}
    return found


def _switched(file: Path) -> Mapping[str, object]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))[_SERVER]["jpserver_extensions"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def linked(on: Mapping[str, tuple[bool, str]]) -> Iterator[Application]:
    """Yield the applications that the server links: installed and enabled, or this extension."""
    for application in APPLICATIONS:
        module = application.module
        if module == MODULE or (on.get(module, (False, ""))[0] and find_spec(module) is not None):
            yield application
