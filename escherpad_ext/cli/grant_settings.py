"""The settings about grants in the owner's files, for commands that run without a server."""

from __future__ import annotations

from dataclasses import dataclass

from ..config.reader import read_configuration
from ..config.resolve import line_of
from ..errors import GrantError
from ..policy.interstitial import is_contained
from ..policy.resource_paths import ResourcePaths
from ..policy.scopes import NEVER

_LIFETIMES = ("grant_lifetime_seconds", "grant_lifetime_max_seconds")


@dataclass(frozen=True)
class GrantSettings:
    """The settings of ``EscherpadExt`` that decide what may be granted. Times in seconds."""

    lifetime: int
    longest: int
    insecure_origins: bool
    #: Whether what an app writes waits for the owner, at the address that is configured.
    contained: bool = True
    #: The scopes of the paths in ``resource_paths``.
    scopes_of_paths: frozenset[str] = frozenset()

    @classmethod
    def read(cls) -> GrantSettings:
        """Return the settings of the files; raises GrantError for invalid lifetimes."""
        found = read_configuration()
        if not found.values:
            (unread,) = found.unread
            raise GrantError(f"{unread.file} cannot be read: {unread.error}.", code="setting")
        for mistake in found.mistakes:
            if mistake.setting in _LIFETIMES:
                raise GrantError(line_of(mistake), code="setting")
        lifetime, longest = (found.values[name] for name in _LIFETIMES)
        insecure = found.values["dangerously_allow_insecure_origins"] is True
        contained = is_contained(str(found.values["public_url"]))
        paths = ResourcePaths.closing(found.values["resource_paths"])
        return cls(min(lifetime, longest), longest, insecure, contained, paths.scopes - {NEVER})
