"""What tests need and a machine may not have. Its tests skip, and say what to install.

With ``ESCHERPAD_REQUIRE_BROWSER=1``, as in continuous integration, they fail instead.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from typing import NoReturn

import pytest

NODE = "Install Node.js 20 or later (`node` is not on the PATH)."


def missing(what_to_install: str) -> NoReturn:
    """End the test with a sentence that says what to install."""
    if os.environ.get("ESCHERPAD_REQUIRE_BROWSER") == "1":
        pytest.fail(what_to_install)
    pytest.skip(what_to_install)


def find_program(name: str, what_to_install: str, *more_folders: str) -> str:
    """Return where a program is, on the path or in these folders."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *more_folders])
    return shutil.which(name, path=path) or missing(what_to_install)


def find_node() -> str:
    """Return where Node.js is."""
    return find_program("node", NODE)


def require_modules(packages: dict[str, str], what_for: str) -> None:
    """End the test where a module cannot be found; ``packages`` say what each is a part of."""
    lacking = {name for module, name in packages.items() if not importlib.util.find_spec(module)}
    if lacking:
        missing(f"Install {what_for}: pip install {' '.join(sorted(lacking))}")
