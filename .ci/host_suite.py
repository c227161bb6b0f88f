"""Run Jupyter Server's own tests without and with the extension, and compare the results.

The tests are those of the newest Jupyter Server, from its source distribution. Every server that
they start in their own process has the extension enabled as an installation enables it; so do the
servers that they start as processes. Nothing of the extension is configured.

Usage: ``python .ci/host_suite.py FOLDER [PYTEST ARGUMENTS]``, with an empty folder to work in.
Fails where a test has one result without the extension and another with it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
PLUGIN_FOLDER = ROOT / ".ci" / "plugins"
#: How often a test whose results differ is run again on each side: it may only be unstable.
REPEATS = 3

#: Tests that have to differ, and why.
EXPECTED = {
    "tests/auth/test_legacy_login.py::test_legacy_identity_config": (
        "asks for the exact class of the identity provider; the extension derives from it"
    ),
    "tests/extension/test_app.py::test_stop_extension": (
        "asks for the exact list of extensions that are loaded"
    ),
}

Results = dict[str, str]


def run(*command: str | Path, folder: Path, may_fail: bool = False, **environment: str) -> None:
    """Run a command; raises CalledProcessError where it fails and may not."""
    sys.stdout.flush()
    words = [str(word) for word in command]
    variables = {**os.environ, "PYTEST_ADDOPTS": "", **environment}
    subprocess.run(words, check=not may_fail, cwd=folder, env=variables)


class Suite:
    """Jupyter Server's tests, in an environment of their own."""

    def __init__(self, folder: Path, arguments: Iterable[str]) -> None:
        self.folder = folder
        self.arguments = tuple(arguments)
        self._python = (
            folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        )

    def install(self) -> None:
        """Install Jupyter Server with what its tests need, and unpack its tests."""
        run(sys.executable, "-m", "venv", self.folder / "venv", folder=self.folder)
        self._pip("install", "jupyter_server[test]", "pytest-xdist")
        self._pip("download", "--no-binary=:all:", "--no-deps", "-d", "sdist", self._requirement())
        (archive,) = (self.folder / "sdist").glob("*.tar.gz")
        with tarfile.open(archive) as opened:
            opened.extractall(self.folder / "unpacked", filter="data")
        (unpacked,) = (self.folder / "unpacked").iterdir()
        # Without the package beside them: the installed one is tested.
        shutil.copytree(unpacked / "tests", self.folder / "suite" / "tests")
        shutil.copy(unpacked / "pyproject.toml", self.folder / "suite")

    def install_extension(self) -> None:
        """Install this checkout beside it."""
        self._pip("install", str(ROOT))

    def results(self, name: str, tests: Iterable[str], *, extension: bool) -> Results:
        """Run these tests, and return the result of each."""
        report = self.folder / f"{name}.json"
        settings = {"HOST_SUITE_REPORT": str(report), "PYTHONPATH": str(PLUGIN_FOLDER)}
        settings["HOST_SUITE_EXTENSION"] = "1" if extension else ""
        # The tests also run the commands of the environment.
        settings["PATH"] = os.pathsep.join([str(self._python.parent), os.environ["PATH"]])
        pytest = (self._python, "-m", "pytest", "-p", "host_suite_plugin", "-q", "--color=no")
        # What newer versions of other packages warn of is theirs to fix.
        words = (*pytest, "-W", "default::DeprecationWarning", "--tb=line", *self.arguments, *tests)
        run(*words, folder=self.folder / "suite", may_fail=True, **settings)
        found: Results = json.loads(report.read_text(encoding="utf-8"))
        return found

    def _pip(self, *words: str) -> None:
        quiet = ("-q", "--disable-pip-version-check")
        run(self._python, "-m", "pip", *words, *quiet, folder=self.folder)

    def _requirement(self) -> str:
        code = "from jupyter_server import __version__; print('jupyter_server==' + __version__)"
        done = subprocess.run(
            [str(self._python), "-c", code], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()


def differing(before: Results, after: Results) -> list[str]:
    """Return the tests whose results are not the same."""
    return sorted(test for test in {*before, *after} if before.get(test) != after.get(test))


def stable(suite: Suite, tests: list[str]) -> list[str]:
    """Return which of these tests have other results in each of a few more runs."""
    for number in range(REPEATS):
        if tests:
            before = suite.results(f"without-{number}", tests, extension=False)
            after = suite.results(f"with-{number}", tests, extension=True)
            tests = differing(before, after)
    return tests


def main(folder: Path, arguments: list[str]) -> None:
    """Compare, print what differs, and exit with 1 if anything does."""
    suite = Suite(folder, arguments)
    suite.install()
    print("== Without the extension")
    before = suite.results("without", ("tests",), extension=False)
    suite.install_extension()
    print("== With the extension")
    after = suite.results("with", ("tests",), extension=True)
    first = differing(before, after)
    found = stable(suite, first)
    for test in first:
        kind = EXPECTED.get(test, "DIFFERS") if test in found else "unstable"
        print(f"{test}: {before.get(test)} without, {after.get(test)} with the extension: {kind}")
    unexpected = [test for test in found if test not in EXPECTED]
    print(f"{len(before)} tests; {len(unexpected)} differ that should not")
    sys.exit(1 if unexpected or not before else 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:])
