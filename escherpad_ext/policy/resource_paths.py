"""The paths of ``resource_paths``: each is a protected resource with a scope of its own. Pure.

They are for handlers that declare no resource, as those of agents' endpoints (MCP) do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import unquote

from ..errors import SettingError, SettingsInvalid
from .scopes import CONNECT_RESOURCE, NEVER, SCOPES

#: What no grant token may reach, or only in part: see ``required_scopes``.
_RESERVED_NAMES = frozenset({CONNECT_RESOURCE, "server", "config"})
#: The pages and documents of this extension.
_RESERVED_PATHS = ("/escherpad", "/.well-known")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,49}")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+){1,10}")
_MAX_LENGTH = 200
# Those who parse URLs as browsers do leave some of these out.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Resource(NamedTuple):
    """A protected path, below the base URL, and the one scope that everything below it needs."""

    path: str
    scope: str


@dataclass(frozen=True)
class ResourcePaths:
    """What ``resource_paths`` says, parsed: the resources by their paths."""

    resources: Mapping[str, Resource] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, names: Mapping[str, str]) -> ResourcePaths:
        """Return those with these names, by valid paths."""
        found = {path: Resource(path, f"{name}:execute") for path, name in names.items()}
        return cls(MappingProxyType(found))

    @classmethod
    def closing(cls, value: object) -> ResourcePaths:
        """Return those of a value that may be wrong: every path in it stays protected.

        A grant token reaches only what is right.
        """
        found = {}
        for path, name in value.items() if isinstance(value, dict) else ():
            right = _mistake(path, name) is None
            parts = [part for part in path.split("/") if part] if isinstance(path, str) else []
            if parts:
                at = "/" + "/".join(parts)
                found[at] = Resource(at, f"{name}:execute" if right else NEVER)
        return cls(MappingProxyType(found))

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes of all resources."""
        return frozenset(resource.scope for resource in self.resources.values())

    def find(self, path: str) -> Resource | None:
        """Return the innermost resource at or above a path, which is below the base URL.

        None for a path that somebody behind a proxy could read as one outside.
        """
        if not _is_plain(path):
            return None
        while path:
            if path in self.resources:
                return self.resources[path]
            path = path.rpartition("/")[0]
        return None

    def may_concern(self, path: str) -> bool:
        """Return whether a path begins like one of these, however it goes on."""
        decoded = unquote(path)
        return any(
            each == known or each.startswith(f"{known}/")
            for known in self.resources
            for each in (path, decoded)
        )


def is_path_scope(name: str) -> bool:
    """Return whether a name can be the scope of a path, and of nothing else."""
    resource, _, verb = name.partition(":")
    return verb == "execute" and _NAME.fullmatch(resource) is not None and name not in SCOPES


def is_path(text: str) -> bool:
    """Return whether a text is a path that a resource can have."""
    return len(text) <= _MAX_LENGTH and bool(_PATH.fullmatch(text)) and _is_plain(text)


def is_below(path: str, resource: str) -> bool:
    """Return whether a path, below the base URL, is that of a resource or below it."""
    return _is_plain(path) and (path == resource or path.startswith(f"{resource}/"))


def _is_plain(path: str) -> bool:
    """Return whether a path means the same to everybody who reads it."""
    try:
        decoded = unquote(path, errors="strict")
    except UnicodeDecodeError:  # overlong forms of a dot, for example
        return False
    if "%" in decoded or "\\" in decoded or decoded.count("/") != path.count("/"):
        return False
    if "//" in decoded or _CONTROL.search(decoded):
        return False
    return not any(map(_is_dots, decoded.split("/")))


def _is_dots(part: str) -> bool:
    """Return whether a part is ``.``, ``..``, or what some take for it.

    Java's servers leave out what follows a semicolon, and Windows final dots and spaces.
    """
    return part != "" and not part.partition(";")[0].strip(". ")


def parse_resource_paths(setting: str, values: Mapping[str, Any]) -> ResourcePaths:
    """Return what a setting says. Raises SettingError, and SettingsInvalid for all its entries."""
    value = values[setting]
    if not isinstance(value, dict):
        raise SettingError(
            f"{value!r} is not a dictionary of paths and names, as {{'/mcp': 'mcp'}} is.",
            code="not_a_dictionary",
            setting=setting,
        )
    wrong = [what for path, name in value.items() if (what := _mistake(path, name)) is not None]
    if wrong:
        raise SettingsInvalid(
            SettingError(what, code="resource_path", setting=setting) for what in wrong
        )
    return ResourcePaths.of(value)


def _mistake(path: object, name: object) -> str | None:
    """Return what is wrong with an entry, None where nothing is."""
    if not isinstance(path, str) or len(path) > _MAX_LENGTH or not _PATH.fullmatch(path):
        return (
            f"{path!r} is not a path below the base URL. Write one such as '/mcp': it begins with "
            "a slash, ends without one, and has letters, digits and . _ ~ - between slashes."
        )
    if not _is_plain(path):
        return f"{path!r} has a part that consists of dots. Leave it out."
    if path.startswith(_RESERVED_PATHS):
        return f"{path!r} belongs to this extension. Name the path of another one."
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return (
            f"{name!r} is not the name of a resource. Write one such as 'mcp': it begins with a "
            "lower-case letter, and has lower-case letters, digits, _ and -."
        )
    if name in _RESERVED_NAMES:
        return f"{name!r} is a resource that no grant token reaches. Use another name."
    return None
