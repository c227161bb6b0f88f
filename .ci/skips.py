"""Prove what a newcomer sees who has Python alone: tests that skip, and say what to install.

Usage: ``python .ci/skips.py FOLDER``, with an empty folder to work in. Runs the tests that need
Node.js, a browser, a proxy or a package of npm's, where none of them is. No test may fail. It needs
the package and its ``test`` extra in the environment, as the README's test command does.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PLUGINS = ROOT / ".ci" / "plugins"
sys.path[:0] = [str(PLUGINS), str(ROOT / "tests")]

from python_alone import HIDDEN  # noqa: E402 - from beside this file
from support.checkout import copy_checkout  # noqa: E402 - what the tests have


def link_programs(folder: Path) -> None:
    """Link all programs of the PATH into one folder, except those that tests may lack."""
    folder.mkdir()
    for place in map(Path, os.environ["PATH"].split(os.pathsep)):
        for program in place.iterdir() if place.is_dir() else ():
            link = folder / program.name
            if program.name not in HIDDEN and not link.is_symlink():
                link.symlink_to(program)


def main(folder: Path) -> None:
    """Run the tests; exits with pytest's status."""
    checkout = folder / "checkout"
    copy_checkout(checkout)
    link_programs(folder / "bin")
    environment = {
        **{
            name: value for name, value in os.environ.items() if name not in {"CHROMIUM", "FIREFOX"}
        },
        "ESCHERPAD_REQUIRE_BROWSER": "",
        "PATH": str(folder / "bin"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PLUGINS), os.environ.get("PYTHONPATH")])),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "python_alone", "-p", "no:cacheprovider"]
    sys.exit(subprocess.run(command, cwd=checkout, env=environment, check=False).returncode)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
