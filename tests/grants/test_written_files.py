"""The notes of what apps wrote: they outlive everything but the owner's word."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from escherpad_ext.errors import GrantsUnavailable
from escherpad_ext.grants.written_files import MAX_LISTED, WrittenFiles


@pytest.fixture
def written(tmp_path: Path) -> WrittenFiles:
    return WrittenFiles(tmp_path, None)


def other(tmp_path: Path, owner: str | None = None) -> WrittenFiles:
    """Return another server's view."""
    found = WrittenFiles(tmp_path, owner)
    found.look()
    return found


def test_a_note_outlives_the_server(written: WrittenFiles, tmp_path: Path) -> None:
    """Another process sees it, and so does the next one; no other owner does."""
    assert not other(tmp_path).any
    written.note("https://a.example", "d/a.ipynb", "/home")
    assert written.any
    (found,) = other(tmp_path).list()
    assert found[1:] == ("https://a.example", "d/a.ipynb", "/home")
    assert not other(tmp_path, "ana").any


def test_only_what_was_shown_is_forgotten(written: WrittenFiles, tmp_path: Path) -> None:
    """What an app writes while the owner reads the page is asked about again."""
    written.note("a", "x", "")
    shown = [each.id for each in written.list()]
    written.note("a", "x", "")
    written.forget(shown)
    assert written.any
    assert other(tmp_path).any
    written.forget([each.id for each in written.list()])
    assert not written.any
    assert not other(tmp_path).any


def test_what_another_server_forgot_is_noted_again(written: WrittenFiles, tmp_path: Path) -> None:
    """It does not count as known."""
    written.note("a", "x", "")
    second = other(tmp_path)
    second.forget([each.id for each in second.list()])
    written.look()
    assert not written.any
    written.note("a", "x", "")
    assert other(tmp_path).any


def test_a_note_that_another_server_removed_is_made_again_at_once(
    written: WrittenFiles, tmp_path: Path
) -> None:
    """Not only after the next look at the folder."""
    written.note("a", "x", "")
    second = other(tmp_path)
    second.forget([each.id for each in second.list()])
    written.note("a", "x", "")
    assert other(tmp_path).any


def test_a_write_after_another_server_showed_the_notes(
    written: WrittenFiles, tmp_path: Path
) -> None:
    """It is noted again, and the owner's click on what they were shown does not clear it."""
    written.note("a", "x", "")
    written.note("a", "x", "")
    first = other(tmp_path)
    shown = first.list()
    assert len(shown) == 1
    written.note("a", "x", "")
    first.forget([each.id for each in shown])
    assert [each.path for each in first.list()] == ["x"]


def test_notes_that_cannot_be_marked_as_shown(written: WrittenFiles, tmp_path: Path) -> None:
    """They are not shown: another server would count what it writes as shown."""
    written.note("a", "x", "")
    (tmp_path / "written" / "all.shown").mkdir(parents=True)
    with pytest.raises(GrantsUnavailable):
        other(tmp_path).list()


def test_memory_for_notes_is_bounded(written: WrittenFiles) -> None:
    """An app can name as many files as it likes, also such as cannot be written."""
    for number in range(MAX_LISTED):
        written.note("a", str(number), "")
    before = len(pickle.dumps(vars(written)))
    for number in range(5_000):
        written.note("a", f"{number} {'x' * 2_000}", "")
    assert len(pickle.dumps(vars(written))) < before + 1_000


def test_one_note_for_a_file(written: WrittenFiles) -> None:
    """Saving a file again and again costs nothing, and many files cost no more than the limit."""
    for _ in range(5):
        written.note("a", "x", "")
    assert len(written.list()) == 1
    for number in range(MAX_LISTED + 50):
        written.note("a", str(number), "")
    assert len(written.list()) == MAX_LISTED + 1


def test_above_the_limit_a_write_still_counts(written: WrittenFiles) -> None:
    """Many files do not hide one that is written while the owner reads the page."""
    for number in range(MAX_LISTED + 1):
        written.note("a", str(number), "")
    shown = [each.id for each in written.list()]
    written.note("a", "late", "")
    written.forget(shown)
    assert written.any


def test_a_note_that_cannot_be_read_counts(written: WrittenFiles, tmp_path: Path) -> None:
    """Somebody damaged it: the owner is asked, and can still say that it is fine."""
    written.note("a", "x", "")
    (file,) = next((tmp_path / "written").iterdir()).iterdir()
    file.write_text("{")
    found = other(tmp_path)
    (note,) = found.list()
    assert note.app == "?"
    found.forget([note.id])
    assert not found.any


def test_notes_that_cannot_be_listed_count(written: WrittenFiles) -> None:
    """In doubt, an app wrote something, until it is known again that none did."""
    written.folder.parent.mkdir()
    written.folder.touch()  # no folder
    written.look()
    assert written.any
    written.folder.unlink()
    written.look()
    assert not written.any


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_where_others_may_write_nothing_is_noted(written: WrittenFiles, tmp_path: Path) -> None:
    """Nor is the file written then: they could remove the note."""
    tmp_path.chmod(0o777)
    with pytest.raises(GrantsUnavailable):
        written.note("a", "x", "")
    assert written.any
