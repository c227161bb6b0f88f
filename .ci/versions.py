"""Test the built wheel, not the checkout: on the oldest of everything, and on each Python found.

Left out here are browsers, which do not change with the version of Python, and what is slow.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: The oldest of each that the suite passes with; pyproject.toml promises no less.
OLDEST = ("jupyter_server==2.17.0", "tornado==6.5", "traitlets==5.9.0", "jupyterlab==4.1.*")
#: The oldest Python with the oldest of all else, the others with the newest. What the suite was
#: run with before this is not run again.
PYTHONS = {"3.10": OLDEST, "3.11": (), "3.12": (), "3.13": ()}


def find(version: str) -> str | None:
    """Return a Python of this version, on the path or among pyenv's."""
    known = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    found = [str(path) for path in known] or [shutil.which(f"python{version}") or ""]
    return found[-1] or None


def run(*command: str | Path, **environment: str) -> None:
    """Run a command in the checkout; raises where it fails."""
    sys.stdout.flush()
    subprocess.run(
        [str(word) for word in command], check=True, cwd=ROOT, env={**os.environ, **environment}
    )


def check(python: str, wheel: Path, folder: Path, pins: tuple[str, ...]) -> None:
    """Run the suite with one Python against the installed wheel."""
    run(python, "-m", "venv", folder)
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    run(scripts / "python", "-m", "pip", "install", "-q", f"{wheel}[test-base]", *pins)
    # What old dependencies warn of is not ours to mend.
    strictness = ("-W", "default") if pins else ()
    run(
        scripts / "pytest",
        "-q",
        "-m",
        "not slow",
        "--ignore",
        "tests/browser",
        *strictness,
        ESCHERPAD_REQUIRE_BROWSER="",
    )


def main(folder: Path) -> None:
    """Build the wheel once, then test it everywhere."""
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT)
    (wheel,) = folder.glob("escherpad_ext-*.whl")
    for version, pins in PYTHONS.items():
        python = find(version)
        if python is None:
            print(f"-- Python {version} is not here: left out")
        elif pins or not sys.version.startswith(f"{version}."):
            print(f"-- Python {version} {' '.join(pins)}")
            check(python, wheel, folder / version, pins)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
