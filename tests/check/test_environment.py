"""What another process's environment says of where its configuration is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from jupyter_core.paths import jupyter_config_dir

from escherpad_ext.check.environment import other_environment, using


@contextmanager
def process(**variables: str) -> Iterator[int]:
    """Run a process with some variables until the end."""
    command = [sys.executable, "-c", "print(flush=True); input()"]
    environment = {**os.environ, **variables}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as started:
        assert started.stdout is not None
        started.stdout.readline()
        yield started.pid
        started.communicate(b"\n")


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))


def test_a_folder_of_its_own(tmp_path: Path) -> None:
    with process(JUPYTER_CONFIG_DIR=str(tmp_path / "own"), TOKEN="secret") as pid:
        found = other_environment(pid)
    assert found is not None
    assert "TOKEN" not in found, "only what says where configuration is"
    with using(found):
        assert jupyter_config_dir() == str(tmp_path / "own")
    assert jupyter_config_dir() == str(tmp_path / "config")


def test_the_same_environment() -> None:
    with process() as pid:
        assert other_environment(pid) is None


def test_an_environment_that_names_another_runtime_folder(tmp_path: Path) -> None:
    """The server's file was found elsewhere, so these are not its variables any more."""
    with process(JUPYTER_RUNTIME_DIR=str(tmp_path), JUPYTER_CONFIG_DIR=str(tmp_path)) as pid:
        assert other_environment(pid) is None


def test_a_process_that_does_not_run() -> None:
    with process() as pid:
        pass
    assert other_environment(pid) is None
