"""Test the built wheel, not the checkout: on the oldest of everything, and on each Python found.

Left out here are browsers, which do not change with the version of Python, and what is slow. The
oldest Python runs what other versions could change, the newer ones some of that. With ``--all``
they run all of it, and prereleases some: what fails there is shown, and fails nothing. What is
tested with what: docs/versions.md.
"""

from __future__ import annotations

import email
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
EVERYTHING = "--all" in sys.argv
#: The oldest Python with the oldest of all else, the others with the newest. What the suite was
#: run with before this is not run again.
OLDEST = "3.10"
PYTHONS = (OLDEST, "3.11", "3.12", "3.13")
#: Not needed by what is installed, but many have these beside it.
OLDEST_BESIDE = ("jupyterlab==4.1.*", "notebook==7.1.*", "nbclassic==1.0.*", "voila==0.5.*")
#: The oldest that ``labextension`` can do with. Its tests open browsers.
OLDEST_LAB = ("jupyterlab==4.0.2", "notebook==7.0.0")
#: jsonschema does without it, and importing it is most of a server's start. See ``run``.
UNWANTED = ("rfc3987-syntax",)
#: What differs between versions shows in these. The oldest of everything runs more.
FEW = (
    "policy",
    "grants",
    "connect/test_flow.py",
    "cli/test_allow.py",
    "cli/test_token.py",
    "server/test_grant_tokens.py",
    "server/test_identity.py",
    "server/test_rule.py",
    "server/test_sockets.py",
)
#: Where a change of Jupyter's would show first.
FIRST = (
    "connect/test_flow.py",
    "entry/test_entry_points.py",
    "server/test_grant_tokens.py",
    "server/test_identity.py",
    "server/test_rule.py",
    "server/test_sockets.py",
)
#: The same whatever is installed: pages and sources are read, proxies and other people's servers
#: asked, the benchmarks' own code tried.
SAME_ANYWHERE = (
    "check/test_hostile.py",
    "docs",
    "proxies",
    "test_benchmarks.py",
    "test_house.py",
    "translations",
)
#: Few of these could fail with the oldest packages alone, and they take a third of the time. Each
#: kind has others that stay: the demo has ``cli/test_token.py`` beside it, ``check`` its command.
SELDOM_DIFFERENT = (
    "check/rules",
    "check/test_address.py",
    "check/test_config_report.py",
    "check/test_findings.py",
    "check/test_fixes.py",
    "check/test_legacy.py",
    "check/test_owners.py",
    "check/test_proxies.py",
    "check/test_proxy_fixes.py",
    "check/test_servers.py",
    "check/test_tunnels.py",
    "cli/test_demo.py",
    "connect/test_hostile_clients.py",
    "connect/test_hostile_crowd.py",
    "connect/test_hostile_pages.py",
    "connect/test_hostile_questions.py",
    "connect/test_hostile_race.py",
    "entry/test_wheel.py",
    "server/test_folder_oracle.py",
    "server/test_load.py",
    "server/test_refusal_log.py",
)
PRERELEASE_SECONDS = 300


@dataclass(frozen=True)
class Run:
    """One Python with an environment of its own: what goes into it, and what is run there."""

    name: str
    python: str
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    tests: tuple[Path, ...] = (ROOT / "tests",)
    left_out: tuple[str, ...] = ("browser", *SAME_ANYWHERE)
    #: What other versions of other people's packages warn of is not ours to fix.
    strictness: tuple[str, ...] = ("-W", "default")
    may_fail: bool = False

    def install(self, wheel: Path, folder: Path) -> Path:
        """Return where the programs of a new environment are. Raises where it cannot be had."""
        environment = folder / self.name
        environment.mkdir()
        run(environment, self.python, "-m", "venv", environment)
        scripts = environment / ("Scripts" if sys.platform == "win32" else "bin")
        pip = (scripts / "python", "-m", "pip", "install", "-q", "--no-compile")
        run(environment, *pip, f"{wheel}[test-base]", *self.wanted, seconds=self._seconds)
        if self.unwanted:
            run(environment, *pip[:3], "uninstall", "-q", "-y", *self.unwanted)
        return scripts

    def test(self, scripts: Path) -> None:
        """Run the suite, or a part of it. Raises where it fails."""
        left_out = [f"--ignore={ROOT / 'tests' / each}" for each in self.left_out]
        chosen = ["-m", "not slow", *left_out, *self.tests]
        settings = ["-q", "-c", ROOT / "pyproject.toml", *self.strictness]
        # Not in the checkout: from there, children that tests start would import the checkout.
        run(scripts.parent, scripts / "pytest", *settings, *chosen, seconds=self._seconds)

    @property
    def _seconds(self) -> float | None:
        return PRERELEASE_SECONDS if self.may_fail else None


def find(version: str) -> str | None:
    """Return a Python of this version, on the path or among pyenv's."""
    known = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    found = [str(path) for path in known] or [shutil.which(f"python{version}") or ""]
    return found[-1] or None


def oldest(wheel: Path) -> tuple[str, ...]:
    """Return the oldest of all that the wheel says it can do with, and of what is beside it."""
    with zipfile.ZipFile(wheel) as content:
        (name,) = (path for path in content.namelist() if path.endswith(".dist-info/METADATA"))
        needed = email.message_from_bytes(content.read(name)).get_all("Requires-Dist", [])
    pins = [each.replace(">=", "==") for each in needed if "extra ==" not in each]
    return (*pins, *OLDEST_BESIDE)


def run(folder: Path, *command: str | Path, seconds: float | None = None) -> None:
    """Run a command in a folder; raises where it fails, or takes longer."""
    sys.stdout.flush()
    environment = {**os.environ, "ESCHERPAD_REQUIRE_BROWSER": ""}
    words = [str(word) for word in command]
    subprocess.run(words, check=True, cwd=folder, env=environment, timeout=seconds)


def planned(wheel: Path) -> Iterator[Run]:
    """Return what is to be run on this machine."""
    some = tuple(ROOT / "tests" / few for few in FEW)
    alone = (file for file in ROOT.glob("tests/test_*.py") if file.name not in SAME_ANYWHERE)
    newer = (ROOT / "tests",) if EVERYTHING else (*alone, *some)
    newest = sys.executable
    seldom = () if EVERYTHING else SELDOM_DIFFERENT
    for version in PYTHONS:
        python = find(version)
        if python is None:
            print(f"-- Python {version} is not here: left out")
            continue
        newest = python
        if version == OLDEST:
            left_out = (*Run.left_out, *seldom)
            yield Run(version, python, oldest(wheel), UNWANTED, left_out=left_out)
            if EVERYTHING:
                shown = (ROOT / "tests" / "browser" / "test_lab.py",)
                pins = tuple(each for each in oldest(wheel) if each not in OLDEST_BESIDE)
                wanted = (*pins, *OLDEST_LAB)
                yield Run("lab", python, wanted, UNWANTED, tests=shown, left_out=())
        elif not sys.version.startswith(f"{version}."):
            yield Run(version, python, tests=newer, strictness=())
    if not EVERYTHING:
        return
    documents = (ROOT / "tests" / "server" / "test_server_documents.py",)
    yield Run("rooms", newest, ("jupyter-server-documents",), tests=documents)
    beside = tuple(each.partition("=")[0] for each in OLDEST_BESIDE)
    first = tuple(ROOT / "tests" / each for each in FIRST)
    yield Run("prereleases", newest, ("--pre", *beside), tests=first, may_fail=True)


def prereleases(scripts: Path) -> str:
    """Return the prereleases that are installed, with their versions."""
    command = [str(scripts / "python"), "-m", "pip", "list", "--format=freeze"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    return ", ".join(re.findall(r"^\S+==\S*\d(?:a|b|rc|\.dev)\d+$", listed, re.M)) or "none is out"


def carry_out(one: Run, ready: Callable[[], Path]) -> None:
    """Wait for the environment of a run, and test in it. Raises where that fails and may not."""
    print(f"-- {one.name} {' '.join(one.wanted)}")
    start = time.monotonic()
    try:
        scripts = ready()
        if one.may_fail:
            print(f"-- {prereleases(scripts)}")
        one.test(scripts)
    except (subprocess.SubprocessError, OSError) as error:
        if not one.may_fail:
            raise
        print(f"-- FAILED, WITH PRERELEASES ONLY, AND SO LET PASS: {error}")
    print(f"-- {one.name}: {time.monotonic() - start:.0f} s")


def main(folder: Path) -> None:
    """Build the wheel once, then test it everywhere. What comes next is installed meanwhile."""
    run(ROOT, sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT)
    (wheel,) = folder.glob("escherpad_ext-*.whl")
    runs = list(planned(wheel))
    with ThreadPoolExecutor(1) as installer:
        ready = [installer.submit(one.install, wheel, folder) for one in runs]
        try:
            for one, environment in zip(runs, ready, strict=True):
                carry_out(one, environment.result)
        finally:
            installer.shutdown(cancel_futures=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
