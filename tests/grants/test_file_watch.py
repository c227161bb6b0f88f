"""What the kernel says of files without asking the disk: any change, and in doubt, a change."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from escherpad_ext.grants import file_watch
from escherpad_ext.grants.file_watch import FileWatch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a file, below one that may be moved."""
    found = tmp_path / "above" / "folder"
    found.mkdir(parents=True)
    (found / "file").write_text("text")
    return found


@pytest.fixture
def watch(monkeypatch):
    monkeypatch.setattr(file_watch, "MAX_AGE_SECONDS", 3600)
    return FileWatch()


@pytest.fixture
def look(watch, folder):
    """Return a function that takes a snapshot of the folder and the file."""
    return lambda: watch.snapshot([str(folder), str(folder / "file")])


def write(folder):
    with (folder / "file").open("a") as file:
        file.write("more")


def put_another(folder):
    (folder / "another").write_text("text")
    (folder / "another").replace(folder / "file")


def write_by_another_name(folder):
    os.link(folder / "file", folder.parent / "link")
    (folder.parent / "link").write_text("other")


CHANGES = {
    "content": write,
    "content by another name": write_by_another_name,
    "length": lambda folder: os.truncate(folder / "file", 1),
    "mode": lambda folder: (folder / "file").chmod(0o400),
    "mode of the folder": lambda folder: folder.chmod(0o777),
    "removed": lambda folder: (folder / "file").unlink(),
    "replaced": put_another,
    "moved": lambda folder: (folder / "file").rename(folder / "elsewhere"),
    "a file beside it": lambda folder: (folder / "file-journal").touch(),
    "the folder moved": lambda folder: folder.rename(folder.with_name("moved")),
    "a folder above moved": lambda folder: folder.parent.rename(folder.parent.with_name("moved")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_known_at_once(look, folder, change):
    """Without a look at the disk. What comes afterwards can be watched again."""
    found = look()
    assert found.holds()
    assert found.holds()
    change(folder)
    assert not found.holds()
    assert not found.holds()
    later = look()
    assert not found.holds()
    assert later is None or later.holds()


def test_the_file_that_is_there_now_is_watched(watch, folder):
    """Not the one that was there before. Nothing but the file itself is watched here."""
    paths = [str(folder / "file")]
    assert watch.snapshot(paths).holds()
    put_another(folder)
    found = watch.snapshot(paths)
    assert found.holds()
    write(folder)
    assert not found.holds()


def test_who_looks_takes_nothing_from_others(look, folder):
    """Whatever one has learned of, the others' snapshots are no longer true either."""
    first, second = look(), look()
    assert first.holds()
    assert second.holds()
    write(folder)
    third = look()
    assert not first.holds()
    assert not second.holds()
    assert third.holds()


def test_without_events_it_counts_for_a_second(folder, monkeypatch):
    """Some changes cause none, a file system that is mounted over a folder for example."""
    assert file_watch.MAX_AGE_SECONDS == 1
    monkeypatch.setattr(file_watch, "MAX_AGE_SECONDS", 0)
    assert not FileWatch().snapshot([str(folder)]).holds()


def test_other_machines_disks_are_not_watched(watch, folder, monkeypatch):
    """Of what others write there, no kernel here learns. It is not tried at every request."""
    assert FileWatch().snapshot(["/proc/self/status"]) is None
    assert not {"nfs", "nfs4", "cifs", "9p", "fuse", "virtiofs", "ceph"} & file_watch.LOCAL
    assert not any(name.startswith("fuse.") for name in file_watch.LOCAL)
    with monkeypatch.context() as patch:
        patch.setattr(file_watch, "LOCAL", frozenset())
        assert watch.snapshot([str(folder)]) is None
    assert watch.snapshot([str(folder)]) is None
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + file_watch.RETRY_SECONDS)
    assert watch.snapshot([str(folder)]).holds()


@pytest.mark.parametrize("text", ["", "pos:\t0\n", "mnt_id:\n", "mnt_id:\t0\n"])
def test_a_system_that_names_no_file_system(folder, monkeypatch, text):
    """Some sandboxes have inotify, and leave things out of ``/proc``."""
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: text)
    assert FileWatch().snapshot([str(folder)]) is None


@pytest.mark.parametrize("error", [OSError(), AttributeError(), ImportError()])
def test_a_system_without_it(folder, monkeypatch, error):
    """There is no snapshot. The thread is asked each time."""

    def fail(*_):
        raise error

    monkeypatch.setattr(file_watch, "_call", fail)
    assert FileWatch().snapshot([str(folder)]) is None


def test_whoever_causes_events_without_end_holds_nobody_up(look, folder, monkeypatch):
    """Another user may own a folder beside the one above. Nothing is taken for granted then."""
    found, read = look(), os.read

    def noisy(descriptor, size):
        events = read(descriptor, size)
        if len(reads) < 1000:
            folder.chmod(0o700)
        reads.append(len(events))
        return events

    reads = []
    monkeypatch.setattr(os, "read", noisy)
    folder.chmod(0o700)
    noise = look()
    assert len(reads) == 1
    assert not found.holds()
    assert not noise.holds()
    reads.extend([0] * 1000)
    look()
    assert look().holds()


def test_folders_above_that_may_not_be_listed(watch, folder, monkeypatch):
    """A home of one user among others: what happens there counts after a second."""
    call, refused = file_watch._call, []

    def pick(name, *arguments):
        if arguments[1:] and arguments[1] == os.fsencode(folder.parent.parent):
            refused.append(name)
            raise PermissionError
        return call(name, *arguments)

    monkeypatch.setattr(file_watch, "_call", pick)
    found = watch.snapshot([str(folder), str(folder / "file")])
    assert found.holds()
    assert refused
    write(folder)
    assert not found.holds()


def test_a_file_that_is_missing(watch, folder):
    """It cannot be watched, so nothing is taken for granted; what is asked of others goes on."""
    assert watch.snapshot([str(folder), str(folder / "none")]) is None
    found = watch.snapshot([str(folder), str(folder / "file")])
    assert found.holds()
    assert watch.snapshot([str(folder), str(folder / "none")]) is None
    assert found.holds()
    write(folder)
    assert not found.holds()


def is_open(descriptor):
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}") == "anon_inode:inotify"  # noqa: PTH115
    except FileNotFoundError:
        return False


def test_what_others_do_above_is_no_change(look, folder):
    """Their files are in the same folders: a home, or the one for temporary files."""
    beside = folder.parent / "beside"
    found = look()
    beside.touch()
    beside.chmod(0o600)
    beside.write_text("text")
    beside.unlink()
    assert found.holds()


def test_what_is_held_is_bounded(look, folder, monkeypatch):
    """However often files are replaced; and nothing stays open that nobody needs."""
    monkeypatch.setattr(file_watch, "MAX_WATCHES", 40)
    seen = set()
    kept = (folder / "file").open()  # lest the kernel forgets the watch with the file
    others = []
    for number in range(100):
        others.append((folder / "file").open())
        put_another(folder)
        found = look()
        assert found.holds(), number
        assert len(found.watch._numbers) <= 50
        seen.add(found.watch)
    for file in (kept, *others):
        file.close()
    assert len(seen) > 1
    assert sum(is_open(each._descriptor) for each in seen) == 1, "the others are closed"


def test_nothing_is_left_open(folder):
    """All programs of a person share 128 of them: nobody waits until memory is cleaned up.

    No snapshot holds afterwards, also where another file has the number by then.
    """
    watch, other = FileWatch(), FileWatch()
    found = watch.snapshot([str(folder)])
    descriptor = found.watch._descriptor
    assert found.holds()
    watch.close()
    assert not is_open(descriptor)
    quiet = other.snapshot([str(folder)])
    os.dup2(quiet.watch._descriptor, descriptor)
    try:
        assert quiet.holds()
        assert not found.holds()
    finally:
        if descriptor != quiet.watch._descriptor:
            os.close(descriptor)
