"""``pip install . ./labextension``: with Node.js it builds, without it pip says what to do."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest
from support.browser.browsers import FULL
from support.checkout import copy_checkout
from support.doc_pages import ROOT
from support.requirements import find_node, missing

LAB = ROOT / "labextension"
WINDOWS = sys.platform == "win32"


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., None]:
    """Return a function that runs what pip runs first."""
    if not importlib.util.find_spec("hatchling"):
        missing("Install what builds the package: pip install hatchling")
    spec = importlib.util.spec_from_file_location("hatch_build", LAB / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    hook = module.NeedsNode(str(tmp_path), {}, None, None, str(tmp_path), "wheel")
    return lambda: hook.initialize("standard", {})


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder, which is the PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def put_node(folder: Path, version: str) -> None:
    """Write a program that is Node.js as far as its version goes."""
    node = folder / ("node.bat" if WINDOWS else "node")
    node.write_text(f"@echo {version}\n" if WINDOWS else f"#!/bin/sh\necho {version}\n")
    node.chmod(0o755)


@pytest.mark.usefixtures("programs")
def test_without_node_it_says_what_to_do(build: Callable[..., None]) -> None:
    """What to install, and what works without it."""
    with pytest.raises(SystemExit) as stopped:
        build()
    message = str(stopped.value)
    assert "Node.js 20 or later. There is no `node` on the PATH." in message
    assert "https://nodejs.org" in message
    assert '"pip install ." installs escherpad-ext alone' in message


def test_an_old_node_is_told(programs: Path, build: Callable[..., None]) -> None:
    put_node(programs, "v18.20.4")
    with pytest.raises(SystemExit, match=r"is v18\.20\.4\."):
        build()


def test_a_new_node_is_enough(programs: Path, build: Callable[..., None]) -> None:
    put_node(programs, "v20.0.0")
    build()


@pytest.mark.usefixtures("programs")
def test_what_is_built_needs_no_node(tmp_path: Path, build: Callable[..., None]) -> None:
    """A source distribution holds what was built."""
    built = tmp_path / "escherpad_ext_lab/labextension/static/style.js"
    built.parent.mkdir(parents=True)
    built.touch()
    build()


def test_it_is_asked_before_anything_is_built() -> None:
    settings = (LAB / "pyproject.toml").read_text(encoding="utf-8")
    hooks = re.findall(r"^\[tool\.hatch\.build\.hooks\.([^.\]]+)\]", settings, re.M)
    assert hooks == ["custom", "jupyter-builder"]


@pytest.mark.slow
@pytest.mark.skipif(not FULL, reason="ESCHERPAD_FULL=1 installs it, which takes minutes.")
@pytest.mark.timeout(1800)
def test_a_fresh_checkout(tmp_path: Path) -> None:
    """Without Node.js nothing is installed, and the server extension alone can be; then with it."""
    checkout, environment = tmp_path / "checkout", tmp_path / "venv"
    copy_checkout(checkout)
    venv.create(environment, with_pip=True)
    scripts = environment / ("Scripts" if WINDOWS else "bin")

    def run(name: str, *words: str, more: str = "") -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "PYTHON"))}
        return subprocess.run(
            [str(scripts / name), *words],
            env={**kept, "PATH": os.pathsep.join([str(scripts), more])},
            cwd=checkout,
            check=False,
            capture_output=True,
            text=True,
            timeout=900,
        )

    failed = run("pip", "install", ".", "./labextension")
    assert failed.returncode != 0
    assert "There is no `node` on the PATH." in failed.stdout + failed.stderr
    assert "Traceback" not in failed.stdout + failed.stderr
    assert "escherpad" not in run("pip", "list").stdout
    alone = run("pip", "install", ".")
    assert alone.returncode == 0, alone.stderr
    both = run("pip", "install", ".", "./labextension", more=str(Path(find_node()).parent))
    assert both.returncode == 0, both.stderr
    listed = run("jupyter", "labextension", "list").stderr
    (line,) = [each for each in listed.splitlines() if "escherpad-ext-lab" in each]
    assert "enabled" in line
    assert "OK" in line
