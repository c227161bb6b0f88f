"""Which folders an owner can choose from, on a real disk."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from jupyter_server.services.contents.filemanager import FileContentsManager

from escherpad_ext.server import folder_choices
from escherpad_ext.server.folder_choices import (
    MAX_DEPTH,
    MAX_FOLDERS,
    FolderChoices,
    FolderFinder,
)
from escherpad_ext.server.secret_places import SecretPlaces


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the folder that a server serves."""
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def make(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).mkdir(parents=True)


def look(root: Path, folder: str | None = None, *, secret: str = "", **traits: bool):
    """Return what is found below a root."""
    manager = FileContentsManager(root_dir=str(root), **traits)
    places = SecretPlaces([root / secret] if secret else [], read_closely=[])
    return asyncio.run(FolderFinder(manager, lambda: places).look(folder))


def test_folders_are_found_by_their_paths(root):
    """Sorted as people read them; files are none."""
    make(root, "b/inner", "A", "ä/ö")
    (root / "file.txt").write_text("x")
    assert look(root).folders == ("A", "b", "b/inner", "ä", "ä/ö")


def test_hidden_and_secret_folders_and_links_are_left_out(root):
    """Also where hidden ones are served, and what is in them."""
    make(root, ".hidden/x", "jupyter/runtime", "plain", "other")
    (root / "link").symlink_to(root / "other")
    (root / "out").symlink_to(root.parent)
    for allow_hidden in (False, True):
        found = look(root, secret="jupyter", allow_hidden=allow_hidden)
        assert found.folders == ("other", "plain")


def test_names_that_no_grant_can_have_are_left_out(root):
    """A line break could forge a second entry."""
    make(root, "plain")
    for name in ("two\nlines", "\u202eright", "back\\slash"):
        try:
            (root / name).mkdir()
        except (OSError, ValueError):  # of a file system that has no such names
            continue
    assert look(root).folders == ("plain",)


def test_depth_and_number_are_bounded(root):
    """The outer folders come first."""
    make(root, "/".join("abcdefgh"))
    assert look(root).folders[-1].count("/") == MAX_DEPTH - 1
    make(root, *(f"n{number:04}/inner" for number in range(MAX_FOLDERS + 20)))
    found = look(root).folders
    assert len(found) == MAX_FOLDERS
    assert not any("inner" in each for each in found)


def test_time_is_bounded(root, monkeypatch):
    """What was found until then is shown."""
    make(root, "a", "b", "c")
    monkeypatch.setattr(folder_choices, "LOOK_SECONDS", -1.0)
    assert len(look(root).folders) == 1


@pytest.mark.parametrize(
    ("folder", "missing"),
    [
        ("data", False),
        ("data/inner", False),
        ("link", False),
        ("nowhere", True),
        ("file.txt", True),
        (".hidden", True),
        ("jupyter", True),
        ("jupyter/runtime", True),
    ],
)
def test_a_folder_that_no_app_may_see_is_missing(root, folder, missing):
    make(root, "data/inner", ".hidden", "jupyter/runtime")
    (root / "file.txt").write_text("x")
    (root / "link").symlink_to(root / "data")
    assert look(root, folder, secret="jupyter").is_missing is missing


def test_a_hidden_folder_counts_where_hidden_files_are_served(root):
    make(root, ".hidden")
    assert not look(root, ".hidden", allow_hidden=True).is_missing


def test_a_disk_that_hangs_holds_nobody_up(root, monkeypatch):
    """The page comes without a list, and so does the next one, which does not wait at all."""
    make(root, "data")
    monkeypatch.setattr(folder_choices, "WAIT_SECONDS", 0.05)
    released = threading.Event()
    finder = FolderFinder(
        FileContentsManager(root_dir=str(root)), lambda: SecretPlaces([], read_closely=[])
    )
    walk = finder._walk

    def hang():
        released.wait(60)
        yield from walk()

    async def ask() -> None:
        monkeypatch.setattr(finder, "_walk", hang)
        assert await finder.look("nowhere") == FolderChoices()
        monkeypatch.setattr(folder_choices, "WAIT_SECONDS", 3600.0)
        assert await finder.look("nowhere") == FolderChoices()
        released.set()
        while finder._is_busy:
            await asyncio.sleep(0.01)
        assert (await finder.look(None)).folders == ("data",)

    asyncio.run(ask())
