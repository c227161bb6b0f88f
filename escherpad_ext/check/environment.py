"""The environment of a running server, which decides where it reads its configuration."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_runtime_dir

#: What says where configuration is (``jupyter --paths``).
_NAMES = re.compile(r"(?:JUPYTER_|XDG_)\w+|HOME|USERPROFILE|APPDATA|PROGRAMDATA")


def other_environment(pid: int) -> dict[str, str] | None:
    """Return the variables of a process that decide it, None if they are those of this process.

    None, too, if the system does not tell them, or tells old ones: the server's file was found in
    the folder that they name.
    """
    found = _relevant(_environment(pid))
    if not found or found == _relevant(os.environ):
        return None
    own = jupyter_runtime_dir()
    with using(found):
        return found if jupyter_runtime_dir() == own else None


@contextlib.contextmanager
def using(variables: Mapping[str, str]) -> Iterator[None]:
    """Let this process find the configuration as one with these variables does."""
    before = _relevant(os.environ)
    _replace(variables)
    try:
        yield
    finally:
        _replace(before)


def _replace(variables: Mapping[str, str]) -> None:
    for name in _relevant(os.environ).keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)


def _relevant(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if _NAMES.fullmatch(name)}


def _environment(pid: int) -> dict[str, str]:
    with contextlib.suppress(ImportError):
        # Works on every system, but is not always installed.
        psutil: Any = importlib.import_module("psutil")
        with contextlib.suppress(psutil.Error, OSError):
            return dict(psutil.Process(pid).environ())
    with contextlib.suppress(OSError):
        raw = os.fsdecode(Path(f"/proc/{pid}/environ").read_bytes())
        return dict(each.split("=", 1) for each in raw.split("\0") if "=" in each)
    return {}
