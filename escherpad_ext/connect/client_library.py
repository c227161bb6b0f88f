"""The library for sites, which the server serves too: built from ``js/src``."""

from __future__ import annotations

from pathlib import Path

#: The library, and the element, which imports it. The maps lead to the readable source.
LIBRARY_FILES = ("connect.js", "connect.js.map", "element.js", "element.js.map")


def library_folder(package: Path = Path(__file__).parent) -> Path:
    """Return the folder of these files: in the wheel, or in the checkout it is installed from."""
    packaged = package / "library"
    return packaged if packaged.is_dir() else package.parents[1] / "js" / "bundle"
