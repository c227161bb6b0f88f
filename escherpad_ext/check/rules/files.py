"""Checks whether Jupyter reads the configuration files that should allow an origin."""

from __future__ import annotations

from collections.abc import Iterator

from ...config.configuration import Configuration, Ignored
from .. import fixes
from ..findings import Finding, make_finding

_ORIGIN_SETTINGS = frozenset({"allowed_origins", "allow_origin", "allow_origin_pat"})


def check_files(configuration: Configuration) -> Iterator[Finding]:
    """Yield files that may allow the origin, and that Jupyter does not read.

    Call it only for a refused origin: these files are no problem for others.
    """
    for ignored in configuration.ignored:
        if not ignored.names or not _ORIGIN_SETTINGS.isdisjoint(map(_short, ignored.names)):
            yield _not_read(ignored)


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _not_read(ignored: Ignored) -> Finding:
    names = ", ".join(ignored.names)
    what = names or "all settings"
    why = f"Not read: {what} in {ignored.file}. The reason: {ignored.why}."
    if ignored.line:
        fix = f"# in {ignored.target}, {fixes.RESTART}\n{ignored.line}"
        return make_finding("config_file_not_read", why, fix.replace("; ", "\n"))
    fix = f"# move {what} from {ignored.file} to {ignored.target}, {fixes.RESTART}"
    return make_finding("config_file_not_read", why, fix)
