"""What the reader finds besides values: who set them, and what Jupyter does not read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from escherpad_ext.config.arguments import relevant
from escherpad_ext.config.configuration import Configuration
from escherpad_ext.config.reader import COMMAND_LINE, read_configuration

SITE = "https://a.example.com"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder of configuration, with JupyterLab switched on."""
    monkeypatch.setattr("jupyter_core.paths.ENV_CONFIG_PATH", [])
    monkeypatch.setattr("jupyter_core.paths.SYSTEM_CONFIG_PATH", [])
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    monkeypatch.delenv("JUPYTER_NO_CONFIG", raising=False)
    on = {"ServerApp": {"jpserver_extensions": {"jupyterlab": True, "escherpad_ext": True}}}
    (tmp_path / "jupyter_server_config.d").mkdir()
    (tmp_path / "jupyter_server_config.d" / "on.json").write_text(json.dumps(on))
    return tmp_path


def read(*arguments: str) -> Configuration:
    return read_configuration(arguments, seconds=30)


def test_settings_in_a_folder_of_switches(folder) -> None:
    """Jupyter reads nothing else there."""
    file = folder / "jupyter_server_config.d" / "x.json"
    file.write_text(json.dumps({"EscherpadExt": {"connect": "off"}}))
    found = read()
    assert found.values["connect"] == "ask"
    assert [(each.file, each.names) for each in found.ignored] == [
        (str(file), ("EscherpadExt.connect",))
    ]


def test_a_file_with_a_suffix_of_its_own(folder) -> None:
    """Jupyter looks for the name with ``.py`` and ``.json``."""
    file = folder / "x.config"
    file.write_text("c.EscherpadExt.connect = 'off'")
    found = read(f"--config={file}")
    assert found.values["connect"] == "ask"
    assert [each.file for each in found.ignored] == [str(file)]
    assert found.ignored[0].target == str(folder / "x.py")
    assert found.default_file == str(folder / "x.py")


def test_json_with_a_suffix_of_its_own(folder) -> None:
    """Jupyter reads it under the suffix for JSON only."""
    file = folder / "x.config"
    file.write_text(json.dumps({"EscherpadExt": {"connect": "off"}}))
    assert read(f"--config={file}").ignored[0].target == str(folder / "x.json")


def test_our_settings_in_the_file_of_an_application(folder) -> None:
    """They come after the extension was given its own."""
    file = folder / "jupyter_lab_config.py"
    file.write_text("c.EscherpadExt.connect = 'off'")
    found = read()
    assert found.values["connect"] == "ask"
    assert [each.file for each in found.ignored] == [str(file)]


def test_notebook_settings_count_where_an_application_moves_them(folder) -> None:
    """With the file that they came from."""
    file = folder / "jupyter_lab_config.py"
    file.write_text(f"c.NotebookApp.allow_origin = {SITE!r}")
    found = read()
    assert found.source("ServerApp.allow_origin") == str(file)
    assert found.settings is not None
    assert found.settings.allowed_origins.allows(SITE)


@pytest.mark.parametrize("form", ["--config={}", "--config {}", "--ServerApp.config_file={}"])
def test_a_file_that_is_named(folder, form) -> None:
    file = folder / "my.py"
    file.write_text("c.EscherpadExt.connect = 'off'")
    found = read(*form.format(file).split())
    assert (found.values["connect"], found.source("connect")) == ("off", str(file))


def test_credentials_of_the_server_count_with_its_origins(folder) -> None:
    """As on the server: once, the two of them said different things here."""
    found = read(f"--ServerApp.allow_origin={SITE}", "--ServerApp.allow_credentials=True")
    assert found.settings is not None
    assert found.settings.allow_credentials
    assert found.source("ServerApp.allow_credentials") == COMMAND_LINE


def test_no_secret_of_a_command_line_is_kept() -> None:
    """And a relative file is looked for where the server was started."""
    words = ["--IdentityProvider.token", "hush", "--config", "my.py", "--ServerApp.password=hush"]
    assert relevant(words, Path("/srv")) == (f"--config={Path('/srv/my.py')}",)


def test_an_application_that_is_gone(folder) -> None:
    """Its file is named, with the line that takes its place."""
    file = folder / "jupyter_notebook_config.py"
    file.write_text(f"c.NotebookApp.allow_origin = '{SITE}'")
    (ignored,) = read().ignored
    assert (ignored.file, ignored.names) == (str(file), ("NotebookApp.allow_origin",))
    assert ignored.line == f'c.EscherpadExt.allowed_origins = ["{SITE}"]'
    assert ignored.target == str(folder / "jupyter_server_config.py")


def test_old_arguments_that_no_application_moves(folder) -> None:
    """JupyterLab moves them to the server."""
    argument = f"--NotebookApp.allow_origin={SITE}"
    assert read(argument).legacy is not None
    (folder / "jupyter_server_config.d" / "on.json").unlink()
    found = read(argument)
    assert found.legacy is None
    (ignored,) = found.ignored
    assert (ignored.file, ignored.names) == (COMMAND_LINE, ("NotebookApp.allow_origin",))


def test_jupyters_settings_that_do_not_count(folder) -> None:
    (folder / "jupyter_server_config.py").write_text(
        f"c.ServerApp.allow_origin = '{SITE}'\nc.EscherpadExt.allowed_origins = []\n"
    )
    overridden = read().overridden
    assert overridden is not None
    assert overridden.allows(SITE)
