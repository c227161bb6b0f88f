"""Test the built wheel, not the checkout: on the oldest of everything, and on each Python found.

Left out here are browsers, which do not change with the version of Python, and what is slow. The
newer Pythons run some of the rest, or with ``--all`` all of it.
"""

from __future__ import annotations

import email
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
EVERYTHING = "--all" in sys.argv
#: The oldest Python with the oldest of all else, the others with the newest. What the suite was
#: run with before this is not run again.
OLDEST = "3.10"
PYTHONS = (OLDEST, "3.11", "3.12", "3.13")
#: Not needed by what is installed, but many have it.
OLDEST_LAB = "jupyterlab==4.1.*"
#: What differs between versions shows in these. The oldest of everything runs all that is not slow.
FEW = (
    "policy",
    "connect/test_flow.py",
    "cli/test_allow.py",
    "cli/test_token.py",
    "server/test_given_away.py",
    "server/test_identity.py",
    "server/test_rule.py",
    "server/test_sockets.py",
)


def find(version: str) -> str | None:
    """Return a Python of this version, on the path or among pyenv's."""
    known = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    found = [str(path) for path in known] or [shutil.which(f"python{version}") or ""]
    return found[-1] or None


def oldest(wheel: Path) -> list[str]:
    """Return the oldest of all that the wheel says it can do with."""
    with zipfile.ZipFile(wheel) as content:
        (name,) = (path for path in content.namelist() if path.endswith(".dist-info/METADATA"))
        needed = email.message_from_bytes(content.read(name)).get_all("Requires-Dist", [])
    return [each.replace(">=", "==") for each in needed if "extra ==" not in each] + [OLDEST_LAB]


def run(folder: Path, *command: str | Path) -> None:
    """Run a command in a folder; raises where it fails."""
    sys.stdout.flush()
    environment = {**os.environ, "ESCHERPAD_REQUIRE_BROWSER": ""}
    subprocess.run([str(word) for word in command], check=True, cwd=folder, env=environment)


def check(python: str, wheel: Path, folder: Path, pins: list[str]) -> None:
    """Run the suite with one Python against the installed wheel."""
    folder.mkdir()
    run(folder, python, "-m", "venv", folder)
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    run(folder, scripts / "python", "-m", "pip", "install", "-q", f"{wheel}[test-base]", *pins)
    # What old dependencies warn of is not ours to mend.
    strictness = ["-W", "default"] if pins else []
    tests = ROOT / "tests"
    some = (
        [tests] if pins or EVERYTHING else [*tests.glob("test_*.py"), *(tests / few for few in FEW)]
    )
    chosen = ["-m", "not slow", "--ignore", tests / "browser", *some]
    # Not in the checkout: from there, children that tests start would import the checkout.
    run(folder, scripts / "pytest", "-q", "-c", ROOT / "pyproject.toml", *strictness, *chosen)


def main(folder: Path) -> None:
    """Build the wheel once, then test it everywhere."""
    run(ROOT, sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT)
    (wheel,) = folder.glob("escherpad_ext-*.whl")
    for version in PYTHONS:
        python = find(version)
        pins = oldest(wheel) if version == OLDEST else []
        if python is None:
            print(f"-- Python {version} is not here: left out")
        elif pins or not sys.version.startswith(f"{version}."):
            print(f"-- Python {version} {' '.join(pins)}")
            check(python, wheel, folder / version, pins)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
