"""Signing keys: made safely, used only if nobody else can read them, rotated."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import traceback

import pytest

from escherpad_ext.errors import KeyUnusable, TokenRefused
from escherpad_ext.grants import keys as keys_module
from escherpad_ext.grants.keys import KEY_BYTES, PRUNE_GRACE_SECONDS, ROTATE_AFTER_SECONDS, KeyRing

NOW = 1_800_000_000
posix_only = pytest.mark.skipif(os.name != "posix", reason="modes mean nothing there")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data" / "keys"


@pytest.fixture
def ring(folder):
    return KeyRing(folder)


def files(folder):
    return sorted(folder.iterdir()) if folder.exists() else []


def test_looking_makes_no_key(ring, folder):
    """A key is made when a token is, never to verify one."""
    with pytest.raises(TokenRefused) as caught:
        ring.find("escherpad-00-00")
    assert caught.value.code == "unknown_key"
    assert not folder.exists()


def test_the_first_token_makes_a_key(ring, folder):
    """32 random bytes, the same for every process and after a restart."""
    key_id = ring.current(NOW)
    assert len(ring.find(key_id).reveal()) == KEY_BYTES
    assert KeyRing(folder).find(key_id).reveal() == ring.find(key_id).reveal()
    assert ring.current(NOW + 1) == key_id
    assert len(files(folder)) == 1


def test_keys_differ(tmp_path):
    """No two installs have the same."""
    found = set()
    for name in "abc":
        ring = KeyRing(tmp_path / name)
        found.add(ring.find(ring.current(NOW)).reveal())
    assert len(found) == 3


@posix_only
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_files_are_the_owners_alone(ring, folder, umask):
    """Mode 0600 in a folder of 0700, whatever the umask."""
    before = os.umask(umask & 0o077)
    try:
        ring.current(NOW)
    finally:
        os.umask(before)
    assert [stat.S_IMODE(path.stat().st_mode) for path in files(folder)] == [0o600]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@posix_only
def test_a_folder_that_others_may_enter_is_closed(ring, folder):
    """An older or hand-made folder is no way in."""
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    ring.current(NOW)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@posix_only
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o666, 0o610])
def test_a_key_that_others_can_reach_is_never_used(ring, folder, mode):
    """Neither to verify nor to sign, from the moment on; the error says what to run."""
    key_id = ring.current(NOW)
    ring.find(key_id)
    path = files(folder)[0]
    path.chmod(mode)
    for use in (lambda: ring.find(key_id), lambda: ring.current(NOW)):
        with pytest.raises(KeyUnusable, match=f"chmod 600 {path}"):
            use()
    path.chmod(0o600)
    assert ring.find(key_id)


def test_windows_has_no_modes(ring, folder, monkeypatch):
    """There the profile's access list does it, and every file says 0666."""
    monkeypatch.setattr(keys_module, "_CHECKS_MODES", False)
    key_id = ring.current(NOW)
    files(folder)[0].chmod(0o666)
    assert len(ring.find(key_id).reveal()) == KEY_BYTES


@posix_only
def test_a_file_system_without_modes_keeps_no_key(ring, folder, monkeypatch):
    """Where every file is open to all, no key stays behind, and the error says what to set."""
    create = keys_module.write_private

    def on_vfat(path, content):
        create(path, content)
        path.chmod(0o777)

    monkeypatch.setattr(keys_module, "write_private", on_vfat)
    with pytest.raises(KeyUnusable, match="JUPYTER_DATA_DIR"):
        ring.current(NOW)
    assert files(folder) == []


@posix_only
@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_only_a_file_is_a_key(ring, folder, tmp_path, kind):
    """A link, a folder or a pipe under a key's name is not followed, listed or waited for."""
    key_id = ring.current(NOW)
    path = files(folder)[0]
    moved = path.rename(tmp_path / "moved")
    if kind == "link":
        path.symlink_to(moved)
    elif kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(path, 0o600)
    with pytest.raises(KeyUnusable):
        ring.find(key_id)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-2],
        lambda content: content[: len(content) // 2],
        lambda content: bytes([content[0] ^ 1]) + content[1:],
        lambda content: content[:20] + b"\0" + content[21:],
        lambda content: content * 10,
        lambda content: b"A" * len(content),
    ],
)
def test_a_damaged_key_is_an_error(ring, folder, damage):
    """Truncated or changed, it signs and verifies nothing, and is not replaced in silence."""
    key_id = ring.current(NOW)
    path = files(folder)[0]
    content = damage(path.read_bytes())
    path.write_bytes(content)
    for use in (lambda: ring.find(key_id), lambda: KeyRing(folder).current(NOW)):
        with pytest.raises(KeyUnusable, match="damaged"):
            use()
    assert path.read_bytes() == content


def test_a_key_under_another_name_is_damaged(ring, folder):
    """A key file belongs to its name."""
    key_id = ring.current(NOW)
    other = key_id[:-1] + ("0" if key_id[-1] != "0" else "1")
    (folder / f"{key_id}.key").rename(folder / f"{other}.key")
    with pytest.raises(KeyUnusable):
        ring.find(other)


def test_a_deleted_or_replaced_key_counts_no_more(ring, folder):
    """What the owner does to the files holds at once, in processes that have read them."""
    key_id = ring.current(NOW)
    first = ring.find(key_id)
    path = files(folder)[0]
    path.unlink()
    with pytest.raises(TokenRefused):
        ring.find(key_id)
    keys_module.write_private(path, keys_module._encode(key_id, b"n" * KEY_BYTES))
    assert ring.find(key_id).reveal() != first.reveal()


def test_rotation_keeps_what_was_signed(ring):
    """New tokens are signed by the newest key; the older ones go on verifying."""
    first = ring.current(NOW)
    assert ring.current(NOW + ROTATE_AFTER_SECONDS - 1) == first
    second = ring.current(NOW + ROTATE_AFTER_SECONDS)
    assert second != first
    assert ring.find(first)
    assert ring.find(second)
    third = ring.rotate(NOW + ROTATE_AFTER_SECONDS + 1)
    assert ring.current(NOW + ROTATE_AFTER_SECONDS + 2) == third


def test_a_key_is_dropped_when_no_grant_needs_it(ring, folder):
    """Neither the newest one, nor one that a grant needs, nor one just superseded."""
    first, second, third = ring.rotate(NOW), ring.rotate(NOW + 10), ring.rotate(NOW + 20)
    late = NOW + 20 + PRUNE_GRACE_SECONDS
    assert ring.prune(NOW + 20, lambda key_id: False) == []
    assert ring.prune(late, lambda key_id: key_id == first) == [second]
    assert ring.prune(late, lambda key_id: False) == [first]
    assert ring.prune(late, lambda key_id: False) == []
    assert [path.name for path in files(folder)] == [f"{third}.key"]


def test_a_clock_that_was_wrong_does_no_harm(ring):
    """A key from the future is used until its time; nothing fails."""
    future = ring.rotate(NOW * 10)
    assert ring.current(NOW) == future
    assert ring.rotate(-5).startswith("escherpad-")


def test_what_a_killed_process_left_is_swept_away(ring, folder):
    """Unfinished files go when the next key is made, if they are old; young ones may be in use."""
    ring.current(NOW)
    old, young = folder / "escherpad-1.key.aa.tmp", folder / "escherpad-2.key.bb.tmp"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    ring.rotate(NOW + 1)
    assert not old.exists()
    assert young.exists()
    assert young.stem not in ring.current(NOW + 1)


def test_no_space_for_a_key(ring, folder, monkeypatch):
    """A write that fails leaves neither a key nor half of one."""

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeyUnusable, match="No space left"):
        ring.current(NOW)
    assert files(folder) == []


RACE = """
import sys, time
from pathlib import Path
from escherpad_ext.grants.keys import KeyRing
ring = KeyRing(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(20):
    key_id = ring.current(1_800_000_000)
    assert len(ring.find(key_id).reveal()) == 32
print(key_id)
"""


def test_processes_that_make_the_first_key_at_once(folder):
    """No reader sees half a key, no writer takes another's; every key that was used stays."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    used = {process.communicate()[0].strip() for process in processes}
    assert [process.returncode for process in processes] == [0] * 4
    assert {path.stem for path in files(folder)} >= used
    assert all(path.suffix == ".key" for path in files(folder))


KILLED = """
import sys
from pathlib import Path
from escherpad_ext.grants.keys import KeyRing
ring = KeyRing(Path(sys.argv[1]))
print("ready", flush=True)
now = 1_800_000_000
while True:
    now += 1
    ring.rotate(now)
"""


def test_a_process_that_is_killed_while_it_makes_keys(folder):
    """kill -9 at any moment leaves only whole keys."""
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE
        )
        process.stdout.readline()
        before = len(files(folder))
        while len(files(folder)) < before + 3:
            pass
        process.kill()
        process.communicate()
        ring = KeyRing(folder)
        for path in folder.glob("*.key"):
            assert ring.find(path.stem)
        assert ring.find(ring.current(NOW))


def test_no_key_in_an_error(ring, folder):
    """A traceback of a damaged key names the file, not what is in it."""
    key_id = ring.current(NOW)
    path = files(folder)[0]
    content = path.read_bytes()
    path.write_bytes(content[:30])
    try:
        ring.find(key_id)
    except KeyUnusable as error:
        shown = "".join(traceback.format_exception(error)) + repr(error)
    assert content[:30].decode() not in shown
    assert content[:8].decode() not in shown
