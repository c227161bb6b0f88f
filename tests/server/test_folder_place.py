"""The folder of a grant on the file system, without a server."""

from __future__ import annotations

import os

import pytest

from escherpad_ext.server.folder_messages import without_places
from escherpad_ext.server.folder_place import FolderPlace


@pytest.fixture
def place(tmp_path):
    (tmp_path / "data" / "sub").mkdir(parents=True)
    (tmp_path / "data" / "sub" / "x").write_text("x")
    return FolderPlace(str(tmp_path), "data")


def folding(function):
    """Return a function of the file system that takes upper for lower case."""
    return lambda path, *more, **named: function(str(path).replace("DATA", "data"), *more, **named)


def test_a_file_system_that_knows_no_case(place, monkeypatch, tmp_path):
    """What it takes for the folder is the folder, though resolved paths keep their spelling."""
    assert not place.holds("DATA/sub/x")
    for name in ("stat", "lstat", "readlink"):
        monkeypatch.setattr(os, name, folding(getattr(os, name)))
    assert place.holds("DATA/sub/x")
    assert place.holds("DATA/missing")
    assert not place.holds("DATA")
    assert place.holds("DATA", itself=True)
    (tmp_path / "data" / "out").symlink_to(tmp_path / "elsewhere")
    assert not place.holds("DATA/out")


def test_what_is_missing_is_compared_by_name(place, tmp_path):
    """A folder that is not there yet, or no longer."""
    missing = FolderPlace(str(tmp_path), "missing/folder")
    assert missing.holds("missing/folder/x")
    assert not missing.holds("missing/x")
    assert not missing.holds("MISSING/folder/x")


@pytest.mark.parametrize("name", ["x\ud800", "x" * 300, "x\x00"])
def test_what_is_no_name(place, name):
    """Is answered, whatever the file system says of it."""
    assert place.holds(f"data/{name}") in {True, False}
    assert not place.holds(f"other/{name}")


def test_links_that_lead_in_a_circle_lead_nowhere(place, tmp_path):
    """They may go through what is outside, and where they end is not to be told."""
    (tmp_path / "data" / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "data" / "a")
    assert not place.holds("data/a")
    assert not place.holds("data/a/x")
    assert place.redirects_out("data/a")


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Cannot read {root}/data/x: broken", "Cannot read data/x: broken"),
        ("[Errno 2] No such file: '{root}/data/x'", "[Errno 2] No such file: 'data/x'"),
        ("[Errno 2] No such file: '{root}/data/x' -> '/tmp/y'", ""),
        ("Denied: /etc/passwd", ""),
        ("Denied: C:\\Users\\ana", ""),
        ("No such directory: data/x", "No such directory: data/x"),
        ("Use PUT/PATCH instead.", "Use PUT/PATCH instead."),
    ],
)
def test_messages(message, told, tmp_path):
    """Keep what says something of the folder, and lose what is around it."""
    text = message.replace("{root}/", str(tmp_path) + os.sep)
    assert without_places(text, str(tmp_path)) == told
