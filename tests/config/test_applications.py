"""Whose configuration the server reads, too, and which file switches an extension."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config

from escherpad_ext.config.applications import APPLICATIONS, Application, linked, switches
from escherpad_ext.config.layers import Layer

OURS = "escherpad_ext"


def switch(file: Path, **extensions: Any) -> Path:
    """Write a file that switches extensions."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"ServerApp": {"jpserver_extensions": extensions}}))
    return file


def layer(**extensions: Any) -> Layer:
    return Layer.of("--x", Config({"ServerApp": {"jpserver_extensions": extensions}}))


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Return two folders, the first of which wins."""
    return [tmp_path / "user", tmp_path / "system"]


def test_the_first_folder_wins(folders: list[Path]) -> None:
    """Each extension by itself."""
    user = switch(folders[0] / "jupyter_server_config.json", escherpad_ext=False)
    system = switch(folders[1] / "jupyter_server_config.json", escherpad_ext=True, other=True)
    found = switches(Layer.merged([]), folders)
    assert found == {OURS: (False, str(user)), "other": (True, str(system))}


def test_the_file_beside_a_folder_of_switches_wins(folders: list[Path]) -> None:
    switch(folders[0] / "jupyter_server_config.d" / "escherpad_ext.json", escherpad_ext=True)
    beside = switch(folders[0] / "jupyter_server_config.json", escherpad_ext=False)
    assert switches(Layer.merged([]), folders)[OURS] == (False, str(beside))


def test_of_a_folder_of_switches_the_last_file_wins(folders: list[Path]) -> None:
    folder = folders[0] / "jupyter_server_config.d"
    switch(folder / "a.json", escherpad_ext=True)
    last = switch(folder / "b.json", escherpad_ext=False)
    assert switches(Layer.merged([]), folders)[OURS] == (False, str(last))


def test_the_configuration_wins_over_the_folders(folders: list[Path]) -> None:
    switch(folders[0] / "jupyter_server_config.json", escherpad_ext=False)
    assert switches(layer(escherpad_ext=True), folders)[OURS] == (True, "--x")


@pytest.mark.parametrize("value", [1, "true", None])
def test_only_true_switches_on(folders: list[Path], value: Any) -> None:
    """Jupyter Server loads nothing for any other value."""
    assert switches(layer(escherpad_ext=value), folders)[OURS][0] is False
    file = switch(folders[0] / "jupyter_server_config.json", escherpad_ext=value)
    assert switches(Layer.merged([]), folders)[OURS] == (False, str(file))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"ServerApp": {"jpserver_extensions": 1}}'])
def test_an_odd_file_switches_nothing(folders: list[Path], text: str) -> None:
    folders[0].mkdir()
    (folders[0] / "jupyter_server_config.json").write_text(text)
    assert switches(Layer.merged([]), folders) == {}


def test_this_extension_is_always_linked() -> None:
    """It reads its own file, however it was switched on."""
    assert [application.module for application in linked({})] == [OURS]


def test_what_is_enabled_is_linked_if_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the server's order."""
    monkeypatch.setattr(
        "escherpad_ext.config.applications.find_spec",
        lambda module: None if module == "nbclassic" else module,
    )
    on = dict.fromkeys(("notebook", "nbclassic", "jupyterlab"), (True, ""))
    assert [each.module for each in linked(on)] == [OURS, "jupyterlab", "notebook"]
    off = {"jupyterlab": (False, ""), "notebook": (True, "")}
    assert [each.module for each in linked(off)] == [OURS, "notebook"]


def test_each_application_moves_its_own_sections() -> None:
    """As notebook_shim does. A section of another application stays where it is."""
    config = {"NotebookApp": {"a": 1}, "LabApp": {"b": 2}}
    layers = {each.module: each.move(Layer.of("x", Config(config))) for each in APPLICATIONS}
    assert layers["jupyterlab"].config == {"ServerApp": {"a": 1, "b": 2}}
    assert layers["nbclassic"].config == {"ServerApp": {"a": 1}, "LabApp": {"b": 2}}
    assert layers[OURS].config == config
    assert Application("x", "x").moved == ()
