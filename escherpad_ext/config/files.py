"""The files that Jupyter reads, in the order in which it reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from traitlets.config import Config
from traitlets.config.loader import JSONFileConfigLoader, PyFileConfigLoader

from .configuration import Ignored, Unread
from .layers import Layer
from .traits import LEGACY, SECTION

BASE_STEM = "jupyter_config"
READ_SUFFIXES = (".py", ".json")


@dataclass
class Files:
    """Reads each file once. ``folders`` are in the order of ``jupyter --paths``."""

    folders: list[Path]
    unread: list[Unread] = field(default_factory=list)
    _known: dict[Path, Layer | None] = field(default_factory=dict)

    def stem(self, stem: str) -> Layer:
        """Return the settings of all files of a name: the first folder wins, then ``.json``."""
        files = (
            folder / f"{stem}{suffix}"
            for folder in reversed(self.folders)
            for suffix in READ_SUFFIXES
        )
        return self._read(files)

    def named(self, file: Path) -> Layer:
        """Return the settings of ``--config=FILE``: Jupyter tries the name with other suffixes."""
        return self._read(file.with_suffix(suffix) for suffix in READ_SUFFIXES)

    def _read(self, files: Iterator[Path]) -> Layer:
        return Layer.merged(layer for file in files if (layer := self._load(file)) is not None)

    def _load(self, file: Path) -> Layer | None:
        if file not in self._known:
            self._known[file] = self._load_now(file)
        return self._known[file]

    def _load_now(self, file: Path) -> Layer | None:
        if not file.is_file():
            return None
        loader = JSONFileConfigLoader if file.suffix == ".json" else PyFileConfigLoader
        try:
            found = loader(file.name, path=str(file.parent)).load_config()
            Config().merge(deepcopy(found))  # raises where a section is no section
            return Layer.of(str(file), found)
        except (Exception, SystemExit) as error:  # it is a program and may raise anything
            self.unread.append(Unread(str(file), f"{type(error).__name__}: {error}"))
            return None

    def ignored(self, named: Path | None, main: Path) -> Iterator[Ignored]:
        """Yield the settings in files from which Jupyter does not read them.

        ``main`` is the file for the server's settings.
        """
        if named is not None and named.suffix not in READ_SUFFIXES and named.is_file():
            why = f"Jupyter reads {named.stem}.py and {named.stem}.json instead"
            yield Ignored(str(named), (), why, str(named.with_suffix(_suffix(named))))
        for folder in self.folders:
            for file in sorted(folder.glob("jupyter*_config.d/*.json")):
                if names := _names(file):
                    why = "such files only switch extensions on and off"
                    yield Ignored(str(file), names, why, str(main.with_suffix(".json")))


def _suffix(file: Path) -> str:
    """Return the suffix with which Jupyter would read a file."""
    try:
        json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ".py"
    return ".json"


def _names(file: Path) -> tuple[str, ...]:
    try:
        content: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple(ours(content)) if isinstance(content, dict) else ()


def ours(config: Any) -> Iterator[str]:
    """Yield this extension's settings and the legacy ones, as ``Section.name``."""
    for section, wanted in ((SECTION, None), ("ServerApp", LEGACY), ("NotebookApp", LEGACY)):
        content = config.get(section, {})
        if isinstance(content, dict):
            yield from (f"{section}.{n}" for n in content if wanted is None or n in wanted)
