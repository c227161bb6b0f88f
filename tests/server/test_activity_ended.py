"""What is recorded of an app is deleted 30 days after its grant ends."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from contextlib import closing

import pytest
from support.constants import ALLOWED

from escherpad_ext.grants import GrantRequest, Registry, data_folder
from escherpad_ext.grants.activity import Action, ActivityFile, Client, Deed
from escherpad_ext.grants.ended_records import delete_ended
from escherpad_ext.grants.registry import FILE_NAME
from escherpad_ext.server import ended_grants
from escherpad_ext.server.patient_thread import PatientThread

DAY = 86400
NOW = 1_900_000_000
LONG_AGO = NOW - 100 * DAY


@pytest.fixture
def registry(tmp_path):
    with Registry(tmp_path / FILE_NAME) as found:
        yield found


@pytest.fixture
def file(tmp_path):
    with closing(ActivityFile(tmp_path)) as found:
        yield found


def deed(grant_id, last=LONG_AGO):
    client = Client(grant_id, ALLOWED, None, "An app")
    action = Action("contents:write", "PUT", "/a", 200, "")
    return Deed(0, client, float(LONG_AGO), float(last), 1, action)


def make(registry, expires):
    scopes = frozenset({"contents:read"})
    return registry.create(GrantRequest(ALLOWED, scopes, "ana", LONG_AGO, expires), "key").id


def recorded(file):
    return {each.client.grant_id for each in file.read()}


def test_30_days_after_the_end(file, registry, tmp_path):
    """It expired, or the owner revoked it or gave it an earlier end."""
    late = NOW + 100 * DAY
    live, ended, kept = make(registry, late), [], []
    for end, grants in ((NOW - 30 * DAY, ended), (NOW - 30 * DAY + 1, kept)):
        expired, revoked, shortened = (make(registry, each) for each in (end, late, late))
        assert registry.revoke(revoked, end)
        assert registry.amendments.shorten(shortened, end)
        grants += [expired, revoked, shortened]
    file.write([deed(each) for each in (live, *ended, *kept)])
    delete_ended(file, tmp_path, NOW)
    assert recorded(file) == {live, *kept}
    rows = file.database.rows("SELECT user_version, grant_id FROM pragma_user_version, apps")
    assert {row[1] for row in rows} == {live, *kept}


@pytest.mark.parametrize("is_there", [True, False])
def test_a_grant_that_the_registry_does_not_know(file, registry, tmp_path, is_there):
    """It ended, nobody knows when: the last thing that it did counts."""
    if is_there:
        make(registry, NOW)
    file.write([deed("old"), deed("new"), deed("new", NOW - 30 * DAY + 1)])
    delete_ended(file, tmp_path, NOW)
    assert recorded(file) == {"new"}


def test_a_registry_that_cannot_be_read(file, tmp_path):
    """Nobody knows what ended, so nothing is deleted."""
    file.write([deed("old")])
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 1000)
    (tmp_path / FILE_NAME).chmod(0o600)
    delete_ended(file, tmp_path, NOW)
    assert recorded(file) == {"old"}


def test_without_a_record(file, tmp_path):
    """No file is made."""
    delete_ended(file, tmp_path, NOW)
    assert list(tmp_path.iterdir()) == []


async def test_once_an_hour_in_the_thread_of_the_record(file, tmp_path, monkeypatch):
    """The event loop never waits for the files. A clock that is set back delays nothing."""
    threads, now = [], float(NOW)
    monkeypatch.setattr(
        ended_grants, "delete_ended", lambda *_: threads.append(threading.get_ident())
    )
    thread = PatientThread(file.path, logging.getLogger())
    ended = ended_grants.EndedGrants(thread, file, tmp_path, lambda: now)
    looks = []
    for seconds in (0, 59, 60, 61, 3659, 3660, 7259, 60):
        now = float(NOW + seconds)
        look = ended.tick()
        looks.append(look is not None)
        if look is not None:
            await look
    assert looks == [False, False, True, False, False, True, False, True]
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()
    assert len(threads) == 3
    await thread.stop(asyncio.sleep(0))


class TestOnAServer:
    """Also if nothing is recorded any more, and if the grant ended while no server ran."""

    @pytest.fixture
    def escherpad_config(self):
        return {"allowed_origins": [ALLOWED], "activity": "off"}

    async def test_it_is_deleted(self, jp_serverapp, give):
        """The server looks by itself."""
        grant, _ = give("view")
        (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
        with closing(ActivityFile(data_folder())) as file:
            file.write([deed(grant.id)])
            extension.clock = lambda: time.time() + 31 * DAY
            while recorded(file):
                await asyncio.sleep(0.05)
