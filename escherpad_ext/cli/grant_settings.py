"""What the owner's configuration files say about grants, for commands that run without a server."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from typing import Any

from jupyter_core.application import JupyterApp
from traitlets.config import Application

from ..errors import GrantError
from ..policy.lifetimes import DEFAULT_MAX_SECONDS, DEFAULT_SECONDS, LIMIT_SECONDS

# Later ones win, as in jupyter_server (see config_file.py).
_FILES = ("jupyter_escherpad_ext_config", "jupyter_config", "jupyter_server_config")


@dataclass(frozen=True)
class GrantSettings:
    """The settings of ``EscherpadExt`` that decide what may be granted. Times in seconds."""

    lifetime: int = DEFAULT_SECONDS
    longest: int = DEFAULT_MAX_SECONDS
    insecure_origins: bool = False

    @classmethod
    def read(cls) -> GrantSettings:
        """Return what the files say; raises GrantError for values that cannot be."""
        section = _section()
        longest = _seconds(section, "grant_lifetime_max_seconds", DEFAULT_MAX_SECONDS)
        lifetime = _seconds(section, "grant_lifetime_seconds", min(DEFAULT_SECONDS, longest))
        insecure = section.get("dangerously_allow_insecure_origins", False)
        return cls(min(lifetime, longest), longest, insecure is True)


def _seconds(section: dict[str, Any], name: str, default: int) -> int:
    value = section.get(name, default)
    if type(value) is not int or not 0 < value <= LIMIT_SECONDS:
        raise GrantError(
            f"c.EscherpadExt.{name} = {value!r} is not a number of seconds from 1 to "
            f"{LIMIT_SECONDS}. Write {default}.",
            code="setting",
        )
    return value


def _section() -> dict[str, Any]:
    application = JupyterApp()
    # A configuration file is a program, and what it prints is not the token.
    with contextlib.redirect_stdout(sys.stderr):
        for name in _FILES:
            # Not JupyterApp's own method, which knows one name only.
            Application.load_config_file(application, name, path=application.config_file_paths)
    return dict(application.config.get("EscherpadExt", {}))
