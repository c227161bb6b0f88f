"""Which arguments of a server's command line are read, and how."""

from __future__ import annotations

from pathlib import Path

import pytest

from escherpad_ext.config.arguments import read_arguments, relevant


@pytest.mark.parametrize(
    "word",
    [
        "--IdentityProvider.token=secret",
        "--ServerApp.token=secret",
        "--ServerApp.password=secret",
        "--ServerApp.allow_remote_access=True",
        "--config_file=x.py",
        "--debug",
        "notebook.ipynb",
    ],
)
def test_nothing_else_is_read(word: str) -> None:
    """Above all no secret."""
    assert relevant([word]) == ()


@pytest.mark.parametrize(
    "option",
    [
        "--EscherpadExt.connect",
        "--ServerApp.jpserver_extensions",
        "--ServerApp.allow_origin",
        "--NotebookApp.allow_origin_pat",
        "--LabApp.allow_credentials",
        "--config",
    ],
)
def test_a_value_follows_in_either_form(option: str) -> None:
    assert relevant([f"{option}=x"]) == relevant([option, "x"]) == (f"{option}=x",)


def test_an_option_is_no_value() -> None:
    """Of ``--config --debug``, traitlets reads no file either."""
    assert relevant(["--config", "--debug"]) == ()
    assert relevant(["--EscherpadExt.connect"]) == ("--EscherpadExt.connect=",)


@pytest.mark.parametrize("option", ["--config", "--ServerApp.config_file"])
def test_a_relative_file_starts_in_the_server_s_folder(tmp_path: Path, option: str) -> None:
    """An absolute file stays as it is, and so does what is no file."""
    absolute = tmp_path / "absolute.py"
    words = [option, "mine.py", f"{option}={absolute}", "--EscherpadExt.connect=mine.py"]
    assert relevant(words, tmp_path) == (
        f"{option}={tmp_path / 'mine.py'}",
        f"{option}={absolute}",
        "--EscherpadExt.connect=mine.py",
    )


def test_the_configuration_has_what_traitlets_reads() -> None:
    words = ["--EscherpadExt.allowed_origins=https://a.example", "--config=mine.py", "--debug"]
    config = read_arguments(words)
    assert config.EscherpadExt.allowed_origins == "https://a.example"
    assert config.JupyterApp.config_file == "mine.py"
    assert set(config) == {"EscherpadExt", "JupyterApp"}


def test_what_traitlets_refuses_says_nothing() -> None:
    """The server does not start with it."""
    assert read_arguments(["--EscherpadExt.=x"]) == {}
