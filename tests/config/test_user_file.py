"""The user's file is read whole or refused, and replaced in one step."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from escherpad_ext.config import user_file
from escherpad_ext.config.user_file import (
    ConfigFileError,
    listed_origins,
    read_config,
    user_config_file,
    write_origins,
)

SITE = "https://app.example.com"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "config.json"


def test_it_is_in_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Jupyter looks for the settings of this extension."""
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    assert user_config_file() == tmp_path / "jupyter_escherpad_ext_config.json"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xef\xbb\xbf{}"])
def test_an_empty_file_has_no_settings(tmp_path: Path, content: bytes | None) -> None:
    """Nor has one that does not exist. A byte order mark does not count."""
    path = tmp_path / "config.json"
    if content is not None:
        path.write_bytes(content)
    assert read_config(path) == {}


@pytest.mark.parametrize("text", ["{", "[]", '{"EscherpadExt": []}', '"x"', "\xff"])
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    """The sentence names the file."""
    path = tmp_path / "config.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigFileError, match=r"config\.json"):
        read_config(path)


@pytest.mark.parametrize("value", [SITE, {}, [1], [SITE, None]])
def test_a_setting_that_is_no_list_of_strings_is_refused(file: Path, value: object) -> None:
    with pytest.raises(ConfigFileError, match="not a list of strings"):
        listed_origins({"EscherpadExt": {"allowed_origins": value}}, file)


def test_a_file_without_the_setting_lists_nothing(file: Path) -> None:
    assert listed_origins({}, file) == []
    assert listed_origins({"EscherpadExt": {"connect": "off"}}, file) == []


def test_only_the_origins_change(file: Path) -> None:
    """The folder is made. The other settings and their order stay."""
    config = {"Other": {"b": 1}, "EscherpadExt": {"connect": "off", "allowed_origins": []}}
    write_origins(file, config, [SITE])
    assert json.loads(file.read_text()) == {
        "Other": {"b": 1},
        "EscherpadExt": {"connect": "off", "allowed_origins": [SITE]},
    }
    assert list(read_config(file)) == ["Other", "EscherpadExt"]


def test_it_is_read_in_every_locale(file: Path) -> None:
    """Jupyter reads it in the encoding of the user's locale."""
    write_origins(file, {"Other": "ä"}, [])
    assert file.read_bytes().isascii()
    assert read_config(file)["Other"] == "ä"


def test_a_file_that_cannot_be_replaced_stays(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was, with nothing left beside it."""
    write_origins(file, {}, [SITE])
    before = file.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr(user_file.shutil, "copymode", fail)
    with pytest.raises(ConfigFileError, match="cannot be written: full"):
        write_origins(file, {}, [])
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigFileError, match="cannot be written"):
        write_origins(tmp_path / "file" / "config.json", {}, [SITE])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_mode_stays(file: Path) -> None:
    """A file that nobody else may read stays so, and others still read one that they may."""
    write_origins(file, {}, [])
    for mode in (0o600, 0o644):
        file.chmod(mode)
        write_origins(file, {}, [SITE])
        assert file.stat().st_mode & 0o777 == mode
