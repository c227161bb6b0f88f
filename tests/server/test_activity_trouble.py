"""Trouble with the file of what apps did loses the record, and nothing else."""

from __future__ import annotations

import html
import json
import logging
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.constants import ALLOWED, TOKEN
from support.jupyter_process import JupyterProcess
from support.powers import without_roots_power
from support.server_starter import start_command

from escherpad_ext.cli import main
from escherpad_ext.errors import GrantsUnavailable
from escherpad_ext.grants import GrantRequest, Issuer, activity_limits, data_folder
from escherpad_ext.grants.activity import Action, ActivityFile, Client, Deed
from escherpad_ext.policy.scopes import expand

TEXT = json.dumps({"type": "file", "format": "text", "content": "x"})
#: What the script of the page of connected apps sends.
AT_HOME = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
#: How long a busy machine may take.
PATIENCE_SECONDS = 60
SETTINGS = {"EscherpadExt": {"allowed_origins": [ALLOWED]}}
CLOSED = "It is no file, or this account may not read or write it, or its folder."
FULL = os.environ.get("ESCHERPAD_FULL") == "1"


def deed(number, grant="g", scope="contents:write", reason=""):
    client = Client(grant, ALLOWED, None, "An app")
    action = Action(scope, "PUT", f"/{number}", 200, reason)
    return Deed(0, client, float(number), float(number), 1, action)


# Damage


def garbage(path):
    path.write_bytes(b"no database" * 1000)


def cut(path):
    make(path)
    path.write_bytes(path.read_bytes()[:6000])


def overwritten(path):
    make(path)
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def other_tables(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE other (a)")
        connection.execute("PRAGMA user_version = 2")
        connection.commit()


def foreign(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE other (a)")
        connection.commit()


def from_the_future(path):
    make(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.commit()


def a_folder(path):
    path.mkdir()


def a_dead_link(path):
    path.symlink_to(path.with_name("missing"))


def make(path):
    with closing(ActivityFile(path.parents[1])) as file:
        file.write([deed(number) for number in range(300)])


TROUBLE = [garbage, cut, overwritten, other_tables, foreign, from_the_future, a_folder, a_dead_link]
#: What the log says to do.
ADVICE = {
    "pip install": [from_the_future],
    "It is no file": [a_folder],
    "another program's database. Move it away": [foreign],
    "Delete it": [garbage, cut, overwritten, other_tables, a_dead_link],
}
#: Where the other is, there is no record yet.
READ = [trouble for trouble in TROUBLE if trouble is not foreign]


@pytest.fixture(params=TROUBLE, ids=lambda trouble: trouble.__name__)
def damaged(request, jp_environ):
    """Return the path of the record, with trouble there."""
    path = ActivityFile(data_folder()).path
    path.parent.mkdir(mode=0o700, parents=True)
    if request.param is a_dead_link and sys.platform == "win32":
        pytest.skip("Most accounts of Windows cannot make links.")
    request.param(path)
    if path.is_file():
        path.chmod(0o600)
    return path


def remove(path):
    path.rmdir() if path.is_dir() else path.unlink()


async def test_it_costs_no_app_anything(damaged, request, jp_serverapp, call, give, caplog):
    """The log says once what to do, the page says it, too, and what it says heals."""
    damage = request.node.callspec.params["damaged"]
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    recorder = extension._telemetry.activity
    recorder._logger.addHandler(caplog.handler)
    caplog.set_level(logging.WARNING)
    _, token = give("edit")

    async def put(name):
        answer = await call("PUT", f"api/contents/{name}", origin=ALLOWED, token=token, body=TEXT)
        assert answer.code == 201
        await recorder.write()

    async def page():
        answer = await call("GET", "escherpad/live", token=TOKEN, headers=AT_HOME)
        assert answer.code == 200
        return html.unescape(answer.body.decode())

    for name in "abc":
        await put(name)
    lines = [each.getMessage() for each in caplog.records if str(damaged) in each.getMessage()]
    recorder._logger.removeHandler(caplog.handler)
    assert len(lines) == 1
    (words,) = (words for words, which in ADVICE.items() if damage in which)
    assert words in lines[0]
    assert lines[0] in await page()
    remove(damaged)
    assert lines[0] not in await page()
    await put("d")
    with closing(ActivityFile(data_folder())) as file:
        assert "/api/contents/d" in [each.action.path for each in file.read()]


@pytest.mark.parametrize("damaged", READ, indirect=True, ids=lambda trouble: trouble.__name__)
def test_the_command_says_it(damaged, capsys):
    """In one sentence, with the status of a failure."""
    assert main(["log"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert str(damaged) in err


@pytest.mark.parametrize("grant", ["g", "another"])
def test_numbers_of_another_file_count_for_nothing(tmp_path, grant):
    """A file may be replaced while servers run. Nobody's entry there is changed."""
    with closing(ActivityFile(tmp_path)) as file:
        (number,) = file.write([deed(1)])
        file.close()
        file.path.unlink()
        assert file.write([deed(2, grant)]) == [number]
        file.write([deed(1)._replace(number=number, times=5)])
        found = [(each.client.grant_id, each.action.path, each.times) for each in file.read()]
    assert found == [(grant, "/2", 1), ("g", "/1", 5)]


# Other accounts


RUN = """
import sys; from pathlib import Path
from escherpad_ext.errors import GrantsUnavailable
from escherpad_ext.grants.activity import *
file = ActivityFile(Path(sys.argv[1]))
deed = Deed(0, Client("g", "none", None, ""), 1.0, 1.0, 1, Action("", "GET", "/later", 200, ""))
def show(): print(*[each.action.path for each in file.read()])
for work in (lambda: file.write([deed]), show):
    try: work()
    except GrantsUnavailable as error: print(error.what)
"""


def use(folder):
    """Write and read the record, without root's power; return the lines that came of it."""
    command = [*without_roots_power(), sys.executable, "-c", RUN, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.skipif(os.name != "posix", reason="for POSIX")
@pytest.mark.parametrize(("mode", "folder_mode"), [(0o400, 0o700), (0o600, 0o500), (0o400, 0o500)])
def test_what_cannot_be_written_can_be_read(tmp_path, mode, folder_mode):
    """Of a read-only file or folder, what was recorded before is there."""
    with closing(ActivityFile(tmp_path)) as file:
        file.write([deed(1)])
    file.path.chmod(mode)
    file.path.parent.chmod(folder_mode)
    trouble, read = use(tmp_path)
    file.path.parent.chmod(0o700)
    assert trouble.startswith(f"The record of what apps did {file.path} cannot be used: ")
    assert trouble.endswith(("It is read-only.", CLOSED))
    assert read == "/1"


@pytest.mark.skipif(os.name != "posix", reason="for POSIX")
def test_a_folder_that_takes_no_file(tmp_path):
    """There is no record, and nobody says that there is trouble with reading none."""
    folder = ActivityFile(tmp_path).path.parent
    folder.mkdir(mode=0o500)
    trouble, read = use(tmp_path)
    assert trouble.endswith(CLOSED)
    assert read == ""


@pytest.mark.skipif(os.name != "posix", reason="for POSIX")
@pytest.mark.parametrize(("mode", "folder_mode"), [(0o000, 0o700), (0o600, 0o000)])
def test_what_cannot_be_read_is_not_missing(tmp_path, mode, folder_mode):
    """It must not look like a record with nothing in it."""
    path = ActivityFile(tmp_path).path
    make(path)
    path.chmod(mode)
    path.parent.chmod(folder_mode)
    found = use(tmp_path)
    path.parent.chmod(0o700)
    assert len(found) == 2
    assert all(line.endswith(CLOSED) for line in found)


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can give a file away"
)
@pytest.mark.parametrize("name", ["activity.sqlite3-journal", "activity.sqlite3", ""])
def test_what_belongs_to_another_user_is_not_used(tmp_path, name):
    """A journal that was planted, a record, a folder. It says which, and nothing of grants."""
    with closing(ActivityFile(tmp_path)) as file:
        file.write([deed(1)])
        found = file.path.parent / name if name else file.path.parent
        found.touch(0o600)
        os.chown(found, 65534, -1)
        for work in (lambda: file.write([deed(2)]), lambda: list(file.read())):
            with pytest.raises(GrantsUnavailable) as caught:
                work()
            words = caught.value.what
            assert str(found) in words
            assert "record of what apps did" in words
            assert "grant" not in words


# Bounds


@settings(max_examples=100 if FULL else 15)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.sampled_from("abcde"),
                st.sampled_from(["contents:write", "contents:read"]),
                st.sampled_from(["", "scope_missing"]),
            ),
            max_size=20,
        ),
        max_size=6,
    )
)
def test_it_is_bounded_whatever_apps_do(tmp_path_factory, batches):
    """Per grant and in all; what is kept of each is the newest, in order."""
    most, grants = {activity_limits.CHANGE: 8, activity_limits.READ_ONLY: 2}, 3
    most[activity_limits.REFUSED] = 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(activity_limits, "MAX_GRANTS", grants)
        file = ActivityFile(tmp_path_factory.mktemp("record"))
        file.max_rows = 20
        number, order, written = 0, [], []
        for batch in batches:
            deeds = []
            for grant, scope, reason in batch:
                number += 1
                deeds.append(deed(number, grant, scope, reason))
            file.write(deeds)
            # Who comes back after being displaced begins anew, at the end.
            order += [
                g for g in dict.fromkeys(each.client.grant_id for each in deeds) if g not in order
            ]
            for gone in order[:-grants]:
                written = [each for each in written if each.client.grant_id != gone]
            deeds = [each for each in deeds if each.client.grant_id in order[-grants:]]
            order, written = order[-grants:], [*written, *deeds]
        found = list(file.read())
        file.close()
    kept = []
    for each in written:
        key = (each.client.grant_id, each.action.kind)
        later = [e for e in written if (e.client.grant_id, e.action.kind) == key]
        if each in later[-most[each.action.kind] :]:
            kept.append(each.action.path)
    assert [each.action.path for each in found] == kept


# Servers that are killed, and disks that are full


def token_for(server):
    folder = data_folder(str(server.folder / "data"))
    now = int(time.time())
    request = GrantRequest(ALLOWED, expand(("edit",)), "ana", now, now + 3600, name="An app")
    with closing(Issuer(folder)) as issuer:
        return issuer.issue(request)[1]


def put(server, token, name):
    """Write a file as the app; return the status."""
    headers = {"Origin": ALLOWED, "Authorization": f"token {token}"}
    with closing(HTTPConnection("localhost", server.port, timeout=PATIENCE_SECONDS)) as connection:
        connection.request("PUT", f"/api/contents/{name}", TEXT, headers)
        return connection.getresponse().status


def names(folder):
    """Return the files that the record names; none while it is being written."""
    with closing(ActivityFile(folder)) as file, suppress(GrantsUnavailable):
        return [each.action.path.rpartition("/")[2] for each in file.read()]
    return []


def wait_until(look):
    end = time.monotonic() + PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < end
        time.sleep(0.02)


class Server(JupyterProcess):
    """A server that is killed, and started again in the same folder."""

    def kill(self):
        psutil.Process(self.pid).kill()
        self._process.wait()
        self._process = None
        shutil.rmtree(self.folder / "runtime")
        shutil.rmtree(self.folder / "config")


@pytest.mark.slow
def test_a_server_that_is_killed(tmp_path):
    """Its record has what happened, in order, up to the last second. The next one goes on."""
    server = Server(tmp_path / "server", SETTINGS, others=False)
    folder = data_folder(str(server.folder / "data"))
    done = []
    with server:
        token = token_for(server)

        def work(before):
            while before() < 3:
                done.append(f"{len(done)}.txt")
                assert put(server, token, done[-1]) == 201

        work(lambda: len(names(folder)))
        seen = len(names(folder))
        server.kill()
    found = names(folder)
    assert found == done[: len(found)]
    assert len(found) >= seen
    with server:
        assert put(server, token, "after.txt") == 201
        wait_until(lambda: names(folder)[-1:] == ["after.txt"])
    assert names(folder) == [*found, "after.txt"]
    if os.name == "posix":
        assert stat.S_IMODE(ActivityFile(folder).path.stat().st_mode) == 0o600


class OnSmallDisk(JupyterProcess):
    """A server whose record is on a disk of its own, which only it sees."""

    @property
    def small(self):
        return self.folder / "data" / "escherpad_ext" / "activity"

    def inside(self):
        """Return the disk as this server sees it."""
        return Path(f"/proc/{self.pid}/root{self.small}")

    def _start(self):
        self.small.mkdir(parents=True, mode=0o700)
        for folder in (self.small.parent, self.small):
            folder.chmod(0o700)
        words = [*mounting(self.small), sys.executable, "-m", "jupyter_server", *self._words()]
        return start_command(words, self._environment(), self.root, self.log_path)


def mounting(folder):
    mount = f'mount -t tmpfs -o mode=700,size=192k tmpfs "{folder}" && exec "$@"'
    return ["unshare", "-m", "sh", "-c", mount, "sh"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux mounts a disk for one process.")
def test_a_disk_that_is_full(tmp_path):
    """Apps work on, the log says it once, and with room there again the record goes on."""
    probe = shutil.which("unshare") and subprocess.run(
        [*mounting(tmp_path), "true"], capture_output=True, check=False
    )
    if not probe or probe.returncode != 0:
        pytest.skip("nothing can be mounted here")
    with OnSmallDisk(tmp_path / "server", SETTINGS, others=False) as server:
        token = token_for(server)
        assert put(server, token, "before.txt") == 201
        wait_until(lambda: "before.txt" in names_inside(server))
        ballast = server.inside() / "ballast"
        fill(ballast)
        for number in range(3):
            assert put(server, token, f"{number}{'x' * 200}.txt") == 201
            wait_until(lambda: "cannot be used" in server.log())
            assert "Its disk is full. Make room there." in page_of(server)
        assert server.log().count("The record of what apps did") == 1
        ballast.unlink()
        wait_until(lambda: "Its disk is full" not in page_of(server))
        wait_until(lambda: put(server, token, "after.txt") < 300 and is_known(server, "after.txt"))
        assert names_inside(server)[0] == "before.txt"


def page_of(server):
    """Return the page of connected apps, as its script gets it."""
    headers = {**AT_HOME, "Authorization": f"token {server.token}"}
    with closing(HTTPConnection("localhost", server.port, timeout=PATIENCE_SECONDS)) as connection:
        connection.request("GET", "/escherpad/live", headers=headers)
        return connection.getresponse().read().decode()


def fill(ballast):
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 512)


def is_known(server, name):
    return name in names_inside(server)


def names_inside(server):
    """Return what the record on the small disk names. SQLite itself finds no way to that place."""
    copy = server.folder / "copy.sqlite3"
    with suppress(OSError, sqlite3.Error):
        shutil.copyfile(server.inside() / "activity.sqlite3", copy)
        with closing(sqlite3.connect(copy)) as connection:
            rows = connection.execute("SELECT path FROM activity ORDER BY number").fetchall()
        return [path.rpartition("/")[2] for (path,) in rows]
    return []
