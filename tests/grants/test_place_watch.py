"""Whether a look would find something new, asked of the kernel: in doubt, it would."""

from __future__ import annotations

import os
import sys
import time

import pytest

from escherpad_ext.grants import file_watch
from escherpad_ext.grants.place_watch import QUIET_SECONDS, PlaceWatch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")


@pytest.fixture
def places(tmp_path):
    """Return a folder and a file in it, neither of which is there."""
    folder = tmp_path / "above" / "folder"
    return folder, folder / "file"


@pytest.fixture
def watch(places):
    return PlaceWatch(places)


def snapshot(watch):
    return watch.snapshot(3600)


def make_above(folder, _file):
    folder.parent.mkdir()


def make_folder(folder, _file):
    folder.mkdir()


def make_file(_folder, file):
    file.touch()


def write_file(_folder, file):
    file.write_text("more")


def remove_file(_folder, file):
    file.unlink()


def remove_folder(folder, _file):
    folder.rmdir()


def make_all(folder, file):
    folder.mkdir()
    file.write_text("all")


CHANGES = [
    make_above,
    make_folder,
    make_file,
    write_file,
    remove_file,
    remove_folder,
    make_all,
    write_file,
]


def test_what_is_not_there_is_watched_too(watch, places):
    """Whatever is made, changed or removed, by the next question at the latest."""
    for change in CHANGES:
        before = snapshot(watch)
        assert before.holds()
        change(*places)
        assert not before.holds(), change
        assert snapshot(watch).holds()
        assert not before.holds(), change


def test_what_is_made_meanwhile(watch, places, monkeypatch):
    """Between the moment that it was missing and the moment that its folder is watched."""
    folder, _ = places
    folder.parent.mkdir()
    add = file_watch.Watch.add

    def slowly(self, paths):
        if paths == [str(folder.parent)]:
            folder.mkdir()
        add(self, paths)

    monkeypatch.setattr(file_watch.Watch, "add", slowly)
    assert snapshot(watch) is None
    monkeypatch.setattr(file_watch.Watch, "add", add)
    assert snapshot(watch).holds()


def test_a_place_that_leads_elsewhere(watch, places):
    """What causes no event counts with the next snapshot: the place itself is asked again."""
    folder, file = places
    make_above(*places)
    make_all(*places)
    assert snapshot(watch).holds()
    folder.rename(folder.with_name("moved"))
    make_all(*places)
    os.read(watch._files._watch._descriptor, 65536)  # as if it had caused no event
    later = snapshot(watch)
    assert later.holds()
    file.write_text("more")
    assert not later.holds()


def test_it_holds_for_some_seconds(watch, places):
    """Not for ever."""
    assert QUIET_SECONDS == 5
    assert not watch.snapshot(0).holds()
    assert time.monotonic() < snapshot(watch).until


def test_other_machines_disks(watch, monkeypatch):
    """Of what others write there, no kernel here learns. It is not tried at every look."""
    asked = []
    monkeypatch.setattr(file_watch, "_file_system", lambda path: asked.append(path) or "nfs4")
    assert snapshot(watch) is None
    assert snapshot(watch) is None
    assert len(asked) == 1


@pytest.mark.parametrize("error", [OSError, AttributeError, ImportError, ValueError])
def test_a_system_without_it(watch, monkeypatch, error):
    """There is no snapshot. Each look is made."""

    def fail(*_arguments):
        raise error

    monkeypatch.setattr(file_watch, "Watch", fail)
    assert snapshot(watch) is None
