"""What becomes of the registry when the world is not as it should be.

The rule: when in doubt, grant tokens are refused. Nothing is deleted, nobody waits for long.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import psutil
import pytest
from support.powers import without_roots_power

from escherpad_ext.errors import GrantsUnavailable, TokenRefused
from escherpad_ext.grants import GrantRequest, Registry, database
from escherpad_ext.grants.activity import ActivityFile

pytestmark = pytest.mark.slow

NOW = 1_800_000_000
KEY_ID = "escherpad-00-11"
WISH = GrantRequest("none", frozenset({"contents:read"}), "ana", NOW, NOW + 3600)
#: Whoever waits for so many seconds does wait, and a busy machine is no reason for that.
PATIENT = 30
posix_only = pytest.mark.skipif(os.name != "posix", reason="for POSIX")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "grants.sqlite3"


@pytest.fixture
def registry(path):
    with Registry(path) as found:
        yield found


@pytest.fixture
def grant(registry):
    return registry.create(WISH, KEY_ID)


def unavailable(call, *arguments):
    with pytest.raises(GrantsUnavailable) as caught:
        call(*arguments)
    assert caught.value.code == "registry_unavailable"
    return str(caught.value)


# Locked


class Clock:
    """Stands in for ``time``: it goes on only while somebody sleeps."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    """Return the clock by which reads wait for a lock, however busy the machine is."""
    found = Clock()
    monkeypatch.setattr(database, "time", found)
    return found


@pytest.fixture
def lock(path, grant):
    """Hold the file's exclusive lock, as a process does that was stopped while it wrote."""
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    yield holder
    holder.close()


def test_a_locked_file_refuses_soon(registry, grant, lock, clock):
    """No request waits for more than a quarter of a second; then it is as it was before."""
    assert "locked" in unavailable(registry.check, grant.id, NOW)
    assert 0.1 < clock.now < 0.25
    lock.execute("ROLLBACK")
    assert registry.check(grant.id, NOW)


def test_a_lock_that_stays_does_not_hold_up_every_request(registry, grant, lock, clock):
    """Each waits half as long as the one before, so that the owner's own requests go on."""
    for _ in range(50):
        unavailable(registry.check, grant.id, NOW)
    assert clock.now < 0.5
    lock.execute("ROLLBACK")
    assert registry.check(grant.id, NOW)
    lock.execute("BEGIN EXCLUSIVE")
    before = clock.now
    unavailable(registry.check, grant.id, NOW)
    assert clock.now - before > 0.1


def test_a_command_waits_longer_for_a_lock(path, registry, grant, lock):
    """A command that is in the way of another one succeeds when that is done."""
    code = (
        "import sys; from pathlib import Path; from escherpad_ext.grants import *\n"
        "print('go', flush=True)\n"
        "with Registry(Path(sys.argv[1]), wait_seconds=COMMAND_WAIT_SECONDS) as registry:\n"
        f"    registry.revoke_all({NOW})"
    )
    command = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert command.stdout.readline() == "go\n"
    assert command.poll() is None
    lock.execute("ROLLBACK")
    command.communicate()
    assert command.returncode == 0
    assert registry.get(grant.id).revoked == NOW


def test_writes_to_a_locked_file_never_happened(registry, grant, lock):
    """They fail, and nothing of them is left."""
    unavailable(registry.create, WISH, KEY_ID)
    unavailable(registry.revoke, grant.id, NOW)
    unavailable(registry.revoke_all, NOW)
    lock.execute("ROLLBACK")
    assert list(registry.list(NOW, ended=True)) == [grant]


def test_accounting_neither_waits_nor_fails(grant, path):
    """A reader's or writer's lock is no reason to hold up a request."""
    holder = sqlite3.connect(path, isolation_level=None)
    with Registry(path, wait_seconds=PATIENT) as registry:
        holder.execute("BEGIN IMMEDIATE")
        found = registry.check(grant.id, NOW)  # readers are not in the way of one who will write
        before = time.monotonic()
        assert registry.touch(found, NOW) is True
        registry.flush(NOW)
        assert time.monotonic() - before < PATIENT
        holder.execute("ROLLBACK")
        holder.close()
        registry.flush(NOW + 60)
    assert registry.get(grant.id).last_used == NOW


# Damaged


DAMAGES = {
    "garbage": lambda content: b"not a database, but long enough to be taken for one" * 99,
    "no header": lambda content: bytes(100) + content[100:],
    "first page": lambda content: content[:100] + b"\xff" * 400 + content[500:],
    "half": lambda content: content[: len(content) // 2 + 77],
    "zeros": lambda content: content[:4096] + bytes(len(content) - 4096),
    "noise": lambda content: content[:4096] + os.urandom(len(content) - 4096),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_an_error_and_stays(registry, grant, path, damage):
    """Nothing is accepted, nothing repaired or deleted; the owner is told."""
    registry.close()
    content = damage(path.read_bytes())
    path.write_bytes(content)
    assert str(path) in unavailable(registry.check, grant.id, NOW)
    unavailable(registry.create, WISH, KEY_ID)
    assert path.read_bytes() == content


def test_a_connection_that_failed_is_closed(registry, grant, path):
    """Not left to the garbage collector: a server asks again at every request."""
    registry.close()
    path.write_bytes(DAMAGES["garbage"](b""))
    with pytest.raises(GrantsUnavailable) as caught:
        registry.check(grant.id, NOW)
    open_now = {Path(file.path) for file in psutil.Process().open_files()}
    # Whatever an error's traceback knows lives as long as the error.
    assert path.resolve() not in open_now, caught


def test_no_damage_accepts_what_was_not_granted(registry, path):
    """Wherever bytes are changed: the grant as it was, or a refusal, and never another error."""
    grant = registry.create(WISH, KEY_ID)
    registry.close()
    content = path.read_bytes()
    chance = random.Random(7)
    for _ in range(300):
        broken = bytearray(content)
        start = chance.randrange(len(broken))
        for position in range(start, min(start + chance.choice([1, 8, 200]), len(broken))):
            broken[position] = chance.randrange(256)
        path.write_bytes(broken)
        try:
            found = registry.check(grant.id, NOW)
        except (TokenRefused, GrantsUnavailable):
            continue
        finally:
            registry.close()
        assert found.id == grant.id


def test_nothing_is_written_into_an_empty_file(registry, path, grant):
    """Its owner may be about to put the right one there; only a new grant makes a registry."""
    registry.touch(grant, NOW)
    path.unlink()
    path.touch(0o600)
    registry.flush(NOW, at_once=True)
    assert path.stat().st_size == 0
    assert registry.is_flush_due(NOW + 60)


def test_an_empty_file_is_no_registry_yet(registry, path):
    """Whoever made it was killed before anything was in it: there are no grants yet."""
    path.parent.mkdir()
    path.touch(mode=0o600)
    assert registry.install() is None
    assert registry.get("0" * 32) is None
    assert registry.create(WISH, KEY_ID)
    assert len(list(registry.list(NOW))) == 1


def test_a_registry_without_its_install_is_refused(registry, grant, path):
    """Rows that were lost are not made up."""
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM meta")
    connection.commit()
    connection.close()
    unavailable(registry.ensure)


@posix_only
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_is_refused(registry, grant, path, mode):
    """They could take a revocation back. It says what to run, and then goes on."""
    path.chmod(mode)
    assert f"chmod 600 {path}" in unavailable(registry.check, grant.id, NOW)
    unavailable(registry.create, WISH, KEY_ID)
    path.chmod(0o600)
    assert registry.check(grant.id, NOW)


@posix_only
@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777, 0o1777])
def test_a_folder_that_others_can_write_is_refused(registry, grant, path, mode):
    """They could put a journal there, which takes a revocation back. It says what to run."""
    path.parent.chmod(mode)
    assert f"chmod 700 {path.parent}" in unavailable(registry.check, grant.id, NOW)
    unavailable(registry.create, WISH, KEY_ID)
    unavailable(registry.revoke, grant.id, NOW)
    path.parent.chmod(0o700)
    assert registry.check(grant.id, NOW)


@posix_only
@pytest.mark.parametrize("suffix", ["-journal", "-wal", "-shm"])
def test_a_journal_that_others_could_write_is_refused(registry, grant, path, suffix):
    """Left from when the folder was open, with another owner's, or as a link."""
    journal = path.with_name(path.name + suffix)
    journal.write_bytes(b"")
    journal.chmod(0o600)
    assert registry.check(grant.id, NOW), "the owner's own, as after a crash"
    journal.chmod(0o666)
    assert str(journal) in unavailable(registry.check, grant.id, NOW)
    journal.unlink(missing_ok=True)
    journal.symlink_to(path.parent / "elsewhere")
    unavailable(registry.create, WISH, KEY_ID)
    journal.unlink()
    assert registry.check(grant.id, NOW)


@posix_only
@pytest.mark.skipif("os.geteuid() != 0", reason="only root can give a file away")
@pytest.mark.parametrize("name", ["grants.sqlite3-journal", "grants.sqlite3", ""])
def test_what_belongs_to_another_user_is_refused(registry, grant, path, name):
    """A journal that was planted, a registry, a folder."""
    found = path.parent / name if name else path.parent
    if name.endswith("-journal"):
        found.write_bytes(b"")
        found.chmod(0o600)
    os.chown(found, 65534, -1)
    assert str(found) in unavailable(registry.check, grant.id, NOW)


@posix_only
@pytest.mark.parametrize("kind", [Registry, ActivityFile])
def test_what_a_link_leads_to_is_checked(tmp_path, kind):
    """A folder that others can write to may hold their journal, also where a link leads there."""
    file = kind(tmp_path / "grants.sqlite3" if kind is Registry else tmp_path)
    use = file.ensure if kind is Registry else partial(file.write, [])
    with closing(file):
        use()
        path = tmp_path / ("grants.sqlite3" if kind is Registry else "activity/activity.sqlite3")
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        target = path.rename(tmp_path / "elsewhere" / "moved.sqlite3")
        path.symlink_to(target)
        use()
        assert not path.with_name(f"{path.name}-journal").exists()
        target.parent.chmod(0o777)
        assert f"chmod 700 {target.parent}" in unavailable(use)
        target.parent.chmod(0o700)
        target.with_name("moved.sqlite3-journal").symlink_to(tmp_path)
        assert "moved.sqlite3-journal" in unavailable(use)
        target.with_name("moved.sqlite3-journal").unlink()
        use()
        target.unlink()
        assert "is a link to nothing. Delete it." in unavailable(use)
        path.unlink()
        use()


# What only another process can have


def run(path, code, *before, **options):
    """Run code in a process of its own, `registry` and `grant_id` at hand; return its output."""
    prelude = (
        "import sys, resource\n"
        "from pathlib import Path\n"
        "from escherpad_ext.errors import *\n"
        "from escherpad_ext.grants import *\n"
        "def outcome(call, *arguments):\n"
        "    try: call(*arguments)\n"
        "    except (TokenRefused, GrantTokensUnavailable) as error:\n"
        "        print(error.code, error, file=sys.stderr)\n"
        "        return error.code\n"
        "    return 'done'\n"
        f"NOW, KEY_ID = {NOW}, {KEY_ID!r}\n"
        f"WISH = GrantRequest('none', frozenset({{'contents:read'}}), 'ana', {NOW}, {NOW} + 3600)\n"
        "registry = Registry(Path(sys.argv[1]))\n"
        "grant_id = sys.argv[2] if len(sys.argv) > 2 else None\n"
    )
    command = [*before, sys.executable, "-c", prelude + code, str(path), *options.pop("more", [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


USE_ALL = """
print(outcome(registry.check, grant_id, NOW))
print(outcome(registry.create, WISH, KEY_ID))
print(outcome(registry.revoke, grant_id, NOW))
grant = registry.get(grant_id)
print(registry.touch(grant, NOW))
registry.flush(NOW)
print(registry.get(grant_id).last_used, registry.get(grant_id).revoked)
"""


@posix_only
@pytest.mark.parametrize(("mode", "folder_mode"), [(0o400, 0o700), (0o600, 0o500), (0o400, 0o500)])
def test_what_cannot_be_written_can_be_read(path, registry, grant, mode, folder_mode):
    """Read-only file or folder: tokens are checked, nothing is made, revoked or noted; an error."""
    path.chmod(mode)
    path.parent.chmod(folder_mode)
    found = run(path, USE_ALL, *without_roots_power(), more=[grant.id])
    path.parent.chmod(0o700)
    assert found == ["done", *["registry_unavailable"] * 2, "True", "None", "None"]


@posix_only
@pytest.mark.parametrize(("mode", "folder_mode"), [(0o000, 0o700), (0o600, 0o000)])
def test_what_cannot_be_read_is_not_missing(path, registry, grant, mode, folder_mode):
    """Unreadable is an error: it must not look like a registry without grants."""
    path.chmod(mode)
    path.parent.chmod(folder_mode)
    code = "print(outcome(registry.check, grant_id, NOW), outcome(registry.create, WISH, KEY_ID))"
    found = run(path, code, *without_roots_power(), more=[grant.id])
    path.parent.chmod(0o700)
    assert found == ["registry_unavailable"] * 2


FILL = """
made = []
while True:
    try: made.append(registry.create(WISH._replace(name="n" * 100, place="p" * 1000), KEY_ID).id)
    except GrantsUnavailable as error: print("full", file=sys.stderr); break
    assert len(made) < 10000
print(all(registry.check(one, NOW) for one in made), len(made) > 3)
print(len(list(registry.list(NOW, ended=True))) == len(made))
print(registry.touch(registry.get(made[0]), NOW))
registry.flush(NOW)
registry.close()
print(outcome(registry.check, made[-1], NOW))
"""


@posix_only
def test_no_more_space(path):
    """A write that does not fit never happened; what was there before is there, and is checked."""
    limit = "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
    assert run(path, limit + FILL) == ["True"] * 4 + ["done"]
    with Registry(path) as registry:
        assert registry.create(WISH, KEY_ID)  # there is space again


@posix_only
def test_a_disk_that_is_full(tmp_path):
    """The same on a real file system that has no space left."""
    mounted = tmp_path / "small"
    mounted.mkdir()
    mount = f'mount -t tmpfs -o mode=700,size=128k tmpfs "{mounted}" && exec "$@"'
    before = ["unshare", "-m", "sh", "-c", mount, "sh"]
    probe = shutil.which("unshare") and subprocess.run(
        [*before, "true"], capture_output=True, check=False
    )
    if not probe or probe.returncode != 0:
        pytest.skip("nothing can be mounted here")
    assert run(mounted / "grants.sqlite3", FILL, *before) == ["True"] * 4 + ["done"]


NO_LOCKS = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
static int answer(const char *name, int fd, int command, void *argument) {
    if (command == F_SETLK || command == F_SETLKW || command == F_GETLK) {
        errno = CODE;
        return -1;
    }
    int (*real)(int, int, ...) = dlsym(RTLD_NEXT, name);
    return real(fd, command, argument);
}
int fcntl(int fd, int command, ...) {
    va_list list; va_start(list, command); void *argument = va_arg(list, void *); va_end(list);
    return answer("fcntl", fd, command, argument);
}
int fcntl64(int fd, int command, ...) {
    va_list list; va_start(list, command); void *argument = va_arg(list, void *); va_end(list);
    return answer("fcntl64", fd, command, argument);
}
"""


@pytest.mark.skipif(sys.platform != "linux", reason="preloads a library")
@pytest.mark.parametrize("error", ["ENOLCK", "EOPNOTSUPP", "EIO"])
def test_a_file_system_without_locks(path, registry, grant, tmp_path, error):
    """Without locks a revocation could be lost: refused, soon, and it says what to do."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no compiler")
    source, library = tmp_path / "locks.c", tmp_path / "locks.so"
    source.write_text(NO_LOCKS)
    command = [compiler, "-shared", "-fPIC", f"-DCODE={error}", "-o", library, source, "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    code = (
        "import time; before = time.monotonic()\n"
        "print(outcome(registry.check, grant_id, NOW), outcome(registry.create, WISH, KEY_ID))\n"
        "print(time.monotonic() - before < 0.5)\n"
        "try: registry.check(grant_id, NOW)\n"
        "except GrantsUnavailable as error: print('JUPYTER_DATA_DIR' in str(error))"
    )
    environment = {**os.environ, "LD_PRELOAD": str(library)}
    found = run(path, code, more=[grant.id], env=environment)
    assert found[:3] == ["registry_unavailable", "registry_unavailable", "True"]
    assert found[3] == "True"
    assert registry.check(grant.id, NOW)


HOT = """
import os, sqlite3
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN EXCLUSIVE")
connection.execute("UPDATE grants SET revoked = NULL, name = hex(randomblob(2000))")
for n in range(200):
    connection.execute("UPDATE meta SET value = ? WHERE name = 'install'", (str(n) * 9000,))
print(Path(sys.argv[1] + "-journal").stat().st_size > 512, flush=True)
os.kill(os.getpid(), 9)
"""


@posix_only
def test_a_transaction_that_was_killed_is_undone(path, registry):
    """kill -9 with half of a change on the disk: the next reader sees the state before."""
    grant = registry.create(WISH, KEY_ID)
    install = registry.install()
    registry.revoke(grant.id, NOW)
    registry.close()
    with pytest.raises(AssertionError):
        run(path, HOT)
    assert Path(f"{path}-journal").exists()
    with pytest.raises(TokenRefused) as caught:
        registry.check(grant.id, NOW)
    assert caught.value.code == "revoked"
    assert registry.install() == install


@posix_only
def test_a_killed_transaction_that_cannot_be_undone(path, registry):
    """On a read-only file a half-made change stays half-made, so nothing is accepted."""
    grant = registry.create(WISH, KEY_ID)
    registry.close()
    with pytest.raises(AssertionError):
        run(path, HOT)
    path.chmod(0o400)
    path.parent.chmod(0o500)
    code = "print(outcome(registry.check, grant_id, NOW))"
    found = run(path, code, *without_roots_power(), more=[grant.id])
    path.parent.chmod(0o700)
    assert found == ["registry_unavailable"]


def test_a_million_grants_would_be_the_same(registry, path):
    """The pages that a check reads, and so its time and memory, hardly grow with the grants."""
    grant = registry.create(WISH._replace(via="connect", origin="https://a.example"), KEY_ID)
    few = steps(path, grant.id)
    connection = sqlite3.connect(path)
    connection.executemany(
        "INSERT INTO grants (id, origin, scopes, owner, server, place, name, via, key_id, created,"
        " expires) VALUES (?, 'https://a.example', 's', 'o', 'x', '', '', 'connect', 'k', ?, ?)",
        ((f"{n:032x}", NOW, NOW + 3600) for n in range(20_000)),
    )
    connection.commit()
    connection.close()
    assert steps(path, grant.id) <= few * 1.2


def steps(path, grant_id):
    """Return how many steps SQLite's machine takes for what a request asks."""
    from escherpad_ext.grants import rows

    connection = sqlite3.connect(path)
    count = 0

    def step():
        nonlocal count
        count += 1

    connection.set_progress_handler(step, 1)
    assert connection.execute(rows.FIND, (grant_id,)).fetchall()
    connection.close()
    return count
