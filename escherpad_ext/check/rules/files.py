"""Checks whether Jupyter reads the configuration files that should allow an origin."""

from __future__ import annotations

from collections.abc import Iterator

from ...config.configuration import Configuration, Ignored
from ...policy.origin import Origin
from ...policy.patterns import OriginPattern
from .. import fixes
from ..findings import Finding, make_finding

_ORIGIN_SETTINGS = frozenset({"allowed_origins", "allow_origin", "allow_origin_pat"})


def check_files(configuration: Configuration, origin: str) -> Iterator[Finding]:
    """Yield files that may allow the origin, and that Jupyter does not read.

    Call it only for a refused origin: these files are no problem for others.
    """
    for ignored in configuration.ignored:
        names = set(map(_short, ignored.names))
        if (not names or names & _ORIGIN_SETTINGS) and _may_allow(ignored, origin):
            yield _not_read(ignored, origin)


def _may_allow(ignored: Ignored, origin: str) -> bool:
    """Return whether the file would allow the origin, as far as its text shows that."""
    parsed = (
        OriginPattern.parse(each, allow_insecure=True, allow_public_suffix=True)
        for each in ignored.origins
    )
    return not ignored.origins or any(each.covers(Origin.parse(origin)) for each in parsed)


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _not_read(ignored: Ignored, origin: str) -> Finding:
    names = ", ".join(ignored.names)
    what = names or "all settings"
    why = f"Not read: {what} in {ignored.file}. The reason: {ignored.why}."
    line = ignored.line
    is_old = any(name.startswith("NotebookApp.") for name in ignored.names)
    if is_old and ignored.target.endswith(".py") and fixes.may_be_quoted(origin):
        line = line or f'c.EscherpadExt.allowed_origins = ["{origin}"]'
    if line:
        fix = f"# in {ignored.target}, {fixes.RESTART}\n{line}"
        return make_finding("config_file_not_read", why, fix.replace("; ", "\n"))
    fix = f"# move {what} from {ignored.file} to {ignored.target}, {fixes.RESTART}"
    return make_finding("config_file_not_read", why, fix)
