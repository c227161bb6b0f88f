"""The library for sites: the JavaScript modules of ``js/src``, which the server serves too."""

from __future__ import annotations

from pathlib import Path

#: connect.js, and what it imports to find out why something failed.
LIBRARY_FILES = ("connect.js", "diagnose.js", "findings.js", "probe.js", "reach.js")


def library_folder(package: Path = Path(__file__).parent) -> Path:
    """Return the folder of the modules: in the wheel, or in the checkout it is installed from."""
    packaged = package / "library"
    return packaged if packaged.is_dir() else package.parents[1] / "js" / "src"
