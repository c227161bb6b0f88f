"""Which files count, in which order, and what is said of those that do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from escherpad_ext.config.files import Files, ours

STEM = "jupyter_server_config"


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Return two folders, the first of which wins."""
    found = [tmp_path / "user", tmp_path / "system"]
    for folder in found:
        folder.mkdir()
    return found


def python(folder: Path, value: str, stem: str = STEM) -> Path:
    file = folder / f"{stem}.py"
    file.write_text(f"c.EscherpadExt.connect = {value!r}\n")
    return file


def as_json(file: Path, **settings: Any) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"EscherpadExt": settings}))
    return file


def connect(files: Files) -> Any:
    return files.stem(STEM).config.EscherpadExt.connect


def test_the_first_folder_wins(folders: list[Path]) -> None:
    python(folders[0], "off")
    as_json(folders[1] / f"{STEM}.json", connect="listed")
    assert connect(Files(folders)) == "off"


def test_json_wins_over_python_in_a_folder(folders: list[Path]) -> None:
    """`jupyter escherpad allow` writes JSON. The last place is named last."""
    first = python(folders[0], "off")
    second = as_json(folders[0] / f"{STEM}.json", connect="listed")
    files = Files(folders)
    assert connect(files) == "listed"
    assert files.stem(STEM).places["EscherpadExt.connect"] == (str(first), str(second))


def test_a_file_is_read_once(folders: list[Path]) -> None:
    """It is a program, and may do something."""
    file = folders[0] / f"{STEM}.py"
    count = folders[0] / "count"
    file.write_text(f"with open({str(count)!r}, 'a') as file:\n    file.write('x')\n")
    files = Files(folders)
    files.stem(STEM)
    files.stem(STEM)
    files.named(file)
    assert count.read_text() == "x"


@pytest.mark.parametrize("text", ["1 / 0", "syntax error", "raise SystemExit", "import no_such_"])
def test_a_file_that_fails_is_named(folders: list[Path], text: str) -> None:
    """The other files count."""
    (folders[0] / f"{STEM}.py").write_text(text)
    as_json(folders[1] / f"{STEM}.json", connect="listed")
    files = Files(folders)
    assert connect(files) == "listed"
    (unread,) = files.unread
    assert unread.file == str(folders[0] / f"{STEM}.py")
    assert ": " in unread.error


def test_a_named_file_is_read_with_each_suffix(folders: list[Path]) -> None:
    """As Jupyter does, whatever the suffix was."""
    python(folders[0], "off", "mine")
    layer = Files(folders).named(folders[0] / "mine.conf")
    assert layer.config.EscherpadExt.connect == "off"


def test_a_section_that_is_none_makes_the_file_unreadable(folders: list[Path]) -> None:
    """Jupyter ignores such a file, too."""
    file = folders[0] / f"{STEM}.json"
    file.write_text('{"EscherpadExt": ["https://a.example"]}')
    files = Files(folders)
    files.stem(STEM)
    assert [each.file for each in files.unread] == [str(file)]


@pytest.mark.parametrize("stem", ["jupyter_escherpad_ext_config", "jupyter_config"])
def test_every_folder_of_switches_is_searched(folders: list[Path], stem: str) -> None:
    file = as_json(folders[0] / f"{stem}.d" / "x.json", connect="off")
    (found,) = Files(folders).ignored(None, folders[0] / f"{STEM}.py")
    assert found.file == str(file)


def test_settings_where_jupyter_reads_none_are_told(folders: list[Path]) -> None:
    """In a folder of switches, or in a file with a suffix of its own."""
    file = as_json(folders[0] / f"{STEM}.d" / "x.json", connect="off")
    (folders[0] / f"{STEM}.d" / "y.json").write_text("{")
    as_json(folders[0] / f"{STEM}.d" / "z.json")
    named = folders[0] / "mine.conf"
    named.touch()
    main = folders[0] / f"{STEM}.py"
    first, second = Files(folders).ignored(named, main)
    assert (first.file, first.names) == (str(named), ())
    assert (second.file, second.names) == (str(file), ("EscherpadExt.connect",))
    assert [Path(each.target).name for each in (first, second)] == ["mine.py", f"{STEM}.json"]


@pytest.mark.parametrize("name", ["mine.py", "mine.json", "missing.conf"])
def test_a_file_that_jupyter_reads_is_not_told(folders: list[Path], name: str) -> None:
    """Nor one that does not exist."""
    if not name.startswith("missing"):
        (folders[0] / name).touch()
    assert list(Files(folders).ignored(folders[0] / name, folders[0] / f"{STEM}.py")) == []


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ({"EscherpadExt": {"connect": 1, "x": 2}}, ["EscherpadExt.connect", "EscherpadExt.x"]),
        ({"ServerApp": {"allow_origin": "*", "port": 1}}, ["ServerApp.allow_origin"]),
        ({"NotebookApp": {"allow_credentials": True}}, ["NotebookApp.allow_credentials"]),
        ({"LabApp": {"allow_origin": "*"}, "EscherpadExt": ["x"]}, []),
    ],
)
def test_which_settings_concern_this_extension(content: Any, names: list[str]) -> None:
    """Its own, and those of Jupyter that say who may call."""
    assert list(ours(content)) == names
