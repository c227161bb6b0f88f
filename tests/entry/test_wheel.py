"""The distributions: they hold the library for sites, and an installed server serves it."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from urllib.request import urlopen

import pytest
from support.doc_pages import ROOT
from support.jupyter_process import JupyterProcess
from support.requirements import missing

from escherpad_ext.connect.client_library import LIBRARY_FILES, library_folder

pytestmark = pytest.mark.timeout(240)

LIBRARY = ROOT / "js" / "bundle"


def build(target: str, folder: Path) -> Path:
    """Return the distribution that hatchling builds, without network and environments."""
    if not importlib.util.find_spec("hatchling"):
        missing("Install what builds the package: pip install hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True, timeout=60)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what is in the wheel."""
    wheel = build("wheel", tmp_path_factory.mktemp("dist"))
    folder = tmp_path_factory.mktemp("site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


class InstalledServer(JupyterProcess):
    """A server that imports the package from a folder, whatever else is installed."""

    packages: Path

    def _environment(self) -> dict[str, str]:
        environment = super()._environment()
        path = os.pathsep.join([str(self.packages), environment["PYTHONPATH"]])
        return {**environment, "PYTHONPATH": path}

    def folder_of_library(self) -> Path:
        """Return where a process with this environment finds the library."""
        program = (
            "from escherpad_ext.connect.client_library import library_folder;"
            "print(library_folder())"
        )
        found = subprocess.run(
            [sys.executable, "-c", program],
            env=self._environment(),
            cwd=self.folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Path(found.stdout.strip())


def test_the_library_is_listed_in_full() -> None:
    assert sorted(LIBRARY_FILES) == sorted(file.name for file in LIBRARY.iterdir())


def test_an_installed_server_serves_the_library(installed: Path, tmp_path: Path) -> None:
    """At the same addresses, and byte for byte what is in js/bundle."""
    server = InstalledServer(tmp_path, {})
    server.packages = installed
    with server:
        library = server.folder_of_library()
        assert library == installed / "escherpad_ext" / "connect" / "library"
        assert sorted(file.name for file in library.iterdir()) == sorted(LIBRARY_FILES)
        for name in LIBRARY_FILES:
            with urlopen(f"{server.url}escherpad/static/{name}", timeout=20) as answer:
                assert answer.read() == (LIBRARY / name).read_bytes(), name


def test_a_checkout_serves_the_library_without_a_build(tmp_path: Path) -> None:
    package = tmp_path / "escherpad_ext" / "connect"
    package.mkdir(parents=True)
    assert library_folder(package) == tmp_path / "js" / "bundle"


def test_the_source_distribution_has_the_package_for_npm(tmp_path: Path) -> None:
    archive = build("sdist", tmp_path)
    with tarfile.open(archive) as content:
        names = {name.partition("/")[2] for name in content.getnames()}
    package = json.loads((ROOT / "js" / "package.json").read_text(encoding="utf-8"))
    wanted = {"package.json", "package-lock.json", "README.md", "LICENSE", "build.mjs"}
    wanted |= {"tsconfig.json", "tsconfig.types.json", "element.d.ts"}
    source = ROOT / "js" / "src"
    wanted |= {f"src/{file.relative_to(source).as_posix()}" for file in source.rglob("*.js")}
    wanted |= {f"bundle/{name}" for name in LIBRARY_FILES}
    assert {f"js/{name}" for name in wanted} <= names
    assert not [name for name in names if "node_modules" in name]
    assert package["name"] == "escherpad-connect"
