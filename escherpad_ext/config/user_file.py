"""The user's ``jupyter_escherpad_ext_config.json``, which ``allow`` and ``disallow`` edit."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_config_dir

SECTION = "EscherpadExt"
SETTING = "allowed_origins"
STEM = "jupyter_escherpad_ext_config"


class ConfigFileError(Exception):
    """The file cannot be used; the message says why. Nothing was changed."""


def user_config_file() -> Path:
    """Return the file that ``allow`` and ``disallow`` edit, whether it exists or not."""
    return Path(jupyter_config_dir()) / f"{STEM}.json"


def read_config(path: Path) -> dict[str, Any]:
    """Return what is in the file, ``{}`` if there is none; raise `ConfigFileError`."""
    try:
        # Windows' editors may write a byte order mark, with which Jupyter ignores the file.
        text = path.read_text(encoding="utf-8-sig")
        config = json.loads(text) if text.strip() else {}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigFileError(f"{path} cannot be read: {error}. Fix it, or move it away.") from None
    if not isinstance(config, dict) or not isinstance(config.get(SECTION, {}), dict):
        raise ConfigFileError(
            f'{path} does not have the form {{"{SECTION}": {{…}}}}. Fix it, or move it away.'
        )
    return config


def listed_origins(config: dict[str, Any], path: Path) -> list[str]:
    """Return the setting's entries; raise `ConfigFileError` if it is no list of strings."""
    origins = config.get(SECTION, {}).get(SETTING, [])
    if not isinstance(origins, list) or not all(isinstance(entry, str) for entry in origins):
        raise ConfigFileError(f"{SECTION}.{SETTING} in {path} is not a list of strings. Fix it.")
    return origins


def write_origins(path: Path, config: dict[str, Any], origins: list[str]) -> None:
    """Replace the origins in the file in one step; everything else stays."""
    section = {**config.get(SECTION, {}), SETTING: origins}
    # ASCII, since Jupyter reads the file in the encoding of the user's locale.
    text = json.dumps({**config, SECTION: section}, indent=2) + "\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(path.resolve(), text)  # follows a link, for example into a folder of dotfiles
    except OSError as error:
        raise ConfigFileError(f"{path} cannot be written: {error}") from None


def _replace(path: Path, text: str) -> None:
    """Write a new file next to the old one and put it in its place (atomic on one volume)."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
        if path.exists():
            shutil.copymode(path, name)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
