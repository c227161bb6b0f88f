"""The settings on a server's command line. Secrets on it are never read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from traitlets.config.loader import KVArgParseConfigLoader

#: The only options that are read.
_OPTIONS = ("--EscherpadExt.", "--ServerApp.jpserver_extensions")
_LEGACY = tuple(
    f"--{section}.allow_{name}"
    for section in ("ServerApp", "NotebookApp", "LabApp", "JupyterNotebookApp")
    for name in ("origin", "credentials")
)
_FILE = ("--config", "--JupyterApp.config_file", "--ServerApp.config_file")


def relevant(words: Sequence[str], folder: Path | None = None) -> tuple[str, ...]:
    """Return the arguments about these settings, as ``--option=value``.

    ``folder`` is where the server was started: a relative file name starts there.
    """
    return tuple(_relevant(words, folder))


def _relevant(words: Sequence[str], folder: Path | None) -> Iterator[str]:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name not in _FILE and not word.startswith((*_OPTIONS, *_LEGACY)):
            continue
        if not equals and following.startswith("-"):
            continue
        value = value if equals else following
        if name in _FILE and folder is not None:
            value = str(folder / value)
        yield f"{name}={value}"


def read_arguments(words: Sequence[str]) -> Any:
    """Return the configuration of these arguments, as traitlets reads them."""
    aliases = {"config": "JupyterApp.config_file"}
    try:
        return KVArgParseConfigLoader([*relevant(words)], aliases=aliases).load_config()
    except (Exception, SystemExit):
        return KVArgParseConfigLoader([]).load_config()
