"""Jupyter's own settings for origins, where no application reads them any more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from escherpad_ext.config.unread import unmoved, unread_files

SITE = "https://a.example.com"
LINE = f'c.EscherpadExt.allowed_origins = ["{SITE}"]'


def found(folder: Path, *linked: str) -> list[tuple[str, str]]:
    return [(each.name, each.advice) for each in unread_files([folder], linked)]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("jupyter_notebook_config.py", f"c = get_config()\nc.NotebookApp.allow_origin = '{SITE}'"),
        ("jupyter_notebook_config.py", f"  c.NotebookApp.allow_origin='{SITE}'\n"),
        ("jupyter_notebook_config.json", json.dumps({"NotebookApp": {"allow_origin": SITE}})),
        ("jupyter_lab_config.py", f'c.NotebookApp.allow_origin = "{SITE}"'),
    ],
)
def test_files_of_applications_that_are_gone(tmp_path: Path, file: str, text: str) -> None:
    """With the line to write instead."""
    (tmp_path / file).write_text(text)
    assert found(tmp_path) == [("NotebookApp.allow_origin", LINE)]


def test_a_pattern_is_translated(tmp_path: Path) -> None:
    file = tmp_path / "jupyter_notebook_config.py"
    file.write_text("c.NotebookApp.allow_origin_pat = r'https://.*\\.example\\.com'")
    line = 'c.EscherpadExt.allowed_origins = ["https://*.example.com"]'
    assert found(tmp_path) == [("NotebookApp.allow_origin_pat", line)]


@pytest.mark.parametrize("module", ["nbclassic", "notebook"])
def test_files_that_an_application_reads(tmp_path: Path, module: str) -> None:
    """Two applications share the file of Notebook."""
    (tmp_path / "jupyter_notebook_config.py").write_text(f"c.NotebookApp.allow_origin = '{SITE}'")
    assert found(tmp_path, module) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# c.NotebookApp.allow_origin = '*'",
        "c.NotebookApp.ip = '*'",
        "\x00",
        "raise SystemExit",
    ],
)
def test_files_that_say_nothing_about_origins(tmp_path: Path, text: str) -> None:
    """They are never run."""
    (tmp_path / "jupyter_notebook_config.py").write_text(text)
    (tmp_path / "jupyter_notebook_config.json").write_text(text)
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("file", "text", "name"),
    [
        ("jupyter_notebook_config.py", f"c.NotebookApp.allow_origin = ['{SITE}']", "NotebookApp."),
        ("jupyter_notebook_config.py", f"c.NotebookApp.allow_origin = '{SITE}/,'", "NotebookApp."),
        ("jupyter_lab_config.py", f"c.EscherpadExt.allowed_origins = ['{SITE}']", ""),
        (
            "jupyter_notebook_config.json",
            json.dumps({"EscherpadExt": {"allowed_origins": [SITE]}}),
            "",
        ),
    ],
)
def test_lists(tmp_path: Path, file: str, text: str, name: str) -> None:
    """In Jupyter's own settings, which take no list, and in ours."""
    (tmp_path / file).write_text(text)
    expected = f"{name}allow_origin" if name else "EscherpadExt.allowed_origins"
    assert found(tmp_path) == [(expected, LINE)]


def test_a_value_that_only_running_the_file_would_tell(tmp_path: Path) -> None:
    """It is told without a line."""
    (tmp_path / "jupyter_notebook_config.py").write_text("c.NotebookApp.allow_origin = SITE")
    assert found(tmp_path) == [("NotebookApp.allow_origin", "")]


@pytest.mark.parametrize(("effective", "count"), [({}, 1), ({"allow_origin": SITE}, 0)])
def test_a_setting_that_no_application_moves(effective: dict[str, Any], count: int) -> None:
    """As on the command line of `jupyter server` without JupyterLab."""
    config = {"NotebookApp": {"allow_origin": SITE}}
    told = list(unmoved(config, effective, lambda name: f"place of {name}"))
    assert len(told) == count
    for each in told:
        assert (each.place, each.advice) == ("place of NotebookApp.allow_origin", LINE)
