"""Jupyter's own settings for other origins, in places from which no application reads them.

Before Jupyter Server they were called ``NotebookApp.allow_origin``. Such lines stay in files of
applications that are not installed any more. These files are not run, only searched.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..policy.legacy import legacy_advice
from .applications import APPLICATIONS, MODULE

_NAMES = ("allow_origin", "allow_origin_pat")
_SECTIONS = ("NotebookApp", "ServerApp")
_LINE = re.compile(
    rf"^[ \t]*c\.({'|'.join(_SECTIONS)})\.({'|'.join(_NAMES)})[ \t]*=[ \t]*(.+?)[ \t]*$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class UnreadOrigins:
    """A setting in a place that nothing reads; ``advice`` is the line to write instead."""

    place: str
    name: str
    advice: str


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
    usable = isinstance(value, str | re.Pattern) and bool(value)
    short = name.rpartition(".")[2]
    return UnreadOrigins(place, name, legacy_advice(**{short: value}) if usable else "")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _in_python(text: str) -> Iterator[tuple[str, str, Any]]:
    for section, name, value in _LINE.findall(text):
        try:
            yield section, name, ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            yield section, name, None


def _in_json(text: str) -> Iterator[tuple[str, str, Any]]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return
    for section in _SECTIONS:
        written = content.get(section, {}) if isinstance(content, dict) else {}
        if isinstance(written, dict):
            yield from ((section, name, written[name]) for name in _NAMES if written.get(name))
