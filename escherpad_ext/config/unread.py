"""Settings for other origins, in places from which no application reads them.

Before Jupyter Server, Jupyter's own were called ``NotebookApp.allow_origin``. Such lines stay in
files of applications that are not installed any more. These files are not run, only searched.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..policy.legacy import LegacyOriginPolicy, legacy_advice
from .applications import APPLICATIONS, MODULE

_NAMES = ("allow_origin", "allow_origin_pat")
_SECTIONS = {"NotebookApp": _NAMES, "ServerApp": _NAMES, "EscherpadExt": ("allowed_origins",)}
_LINE = (  # compiled where there is such a file
    rf"^[ \t]*c\.({'|'.join(_SECTIONS)})\.({'|'.join(_NAMES)}|allowed_origins)"
    r"[ \t]*=[ \t]*(.+?)[ \t]*$"
)


class UnreadOrigins(NamedTuple):
    """A setting in a place that nothing reads.

    ``advice`` is the line to write instead, and ``origins`` are its entries. Both are empty if the
    value has no translation.
    """

    place: str
    name: str
    advice: str = ""
    origins: tuple[str, ...] = ()


def unread_files(folders: Collection[Path], linked: Collection[str]) -> Iterator[UnreadOrigins]:
    """Yield the settings in files of applications that the server does not link.

    ``linked`` has the packages of those that it links.
    """
    read = {each.stem for each in APPLICATIONS if each.module in {*linked, MODULE}}
    stems = dict.fromkeys(each.stem for each in APPLICATIONS if each.stem not in read)
    readers: dict[str, Callable[[str], Iterator[tuple[str, str, Any]]]] = {
        ".py": _in_python,
        ".json": _in_json,
    }
    for folder in folders:
        for stem in stems:
            for suffix, search in readers.items():
                file = folder / f"{stem}{suffix}"
                for section, name, value in search(_text(file)):
                    yield _found(str(file), f"{section}.{name}", value)


def unmoved(
    config: Mapping[str, Any], effective: Mapping[str, Any], place: Callable[[str], str]
) -> Iterator[UnreadOrigins]:
    """Yield settings of ``NotebookApp`` that no application moved to ``ServerApp``.

    ``effective`` has the values of the server, and ``place`` names where a setting is written.
    """
    for name in _NAMES:
        value = config.get("NotebookApp", {}).get(name)
        if value and effective.get(name) != value:
            yield _found(place(f"NotebookApp.{name}"), f"NotebookApp.{name}", value)


def _found(place: str, name: str, value: Any) -> UnreadOrigins:
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    if not isinstance(value, str | re.Pattern):
        return UnreadOrigins(place, name)
    is_pattern = name.endswith("_pat") or isinstance(value, re.Pattern)
    written = ("", value) if is_pattern else (str(value), None)
    origins = LegacyOriginPolicy.compile(*written).patterns
    return UnreadOrigins(place, name, legacy_advice(*written) if origins else "", origins)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _in_python(text: str) -> Iterator[tuple[str, str, Any]]:
    for section, name, value in re.findall(_LINE, text, re.MULTILINE):
        try:
            yield section, name, ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            yield section, name, None


def _in_json(text: str) -> Iterator[tuple[str, str, Any]]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return
    for section, names in _SECTIONS.items():
        written = content.get(section, {}) if isinstance(content, dict) else {}
        if isinstance(written, dict):
            yield from ((section, name, written[name]) for name in names if written.get(name))
