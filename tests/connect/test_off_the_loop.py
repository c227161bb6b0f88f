"""The owner's pages and the endpoints wait for the registry, and the event loop does not."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest

from escherpad_ext.grants.database import Database
from escherpad_ext.grants.keys import KeyRing
from escherpad_ext.grants.written_files import WrittenFiles
from escherpad_ext.server import grant_service
from escherpad_ext.server.secret_places import SecretPlaces


@pytest.fixture
def patience():
    """Wait no longer than the documents say."""


@pytest.fixture
def disk(jp_serverapp, monkeypatch):
    """Return who touched the disk: (thread, what), for the registry, the keys and the notes."""
    found = []

    def watch(owner, name):
        use = getattr(owner, name)

        def watched(*arguments, **more):
            found.append((threading.current_thread().name, name))
            return use(*arguments, **more)

        monkeypatch.setattr(owner, name, watched)

    for owner, names in {
        Database: ("_follow", "_make"),
        KeyRing: ("find", "_names"),
        WrittenFiles: ("_read_ids", "_write", "_read", "forget"),
        SecretPlaces: ("__init__", "hold"),
        grant_service: ("warn_of_shown_secret",),
    }.items():
        for name in names:
            watch(owner, name)
    return found


async def test_only_threads_touch_the_disk(call, owner, site, disk):
    """From the question of a site to the end of its grant, with all pages on the way."""
    token = await site.connect(owner, "edit")
    body = json.dumps({"type": "file", "format": "text", "content": "x"})
    written = await call("PUT", "api/contents/a.txt", origin=site.origin, token=token, body=body)
    assert written.code == 201
    assert (await call("GET", "escherpad/grant", origin=site.origin, token=token)).code == 200
    assert (await owner.open_page("escherpad/open?address=%2Fa%2540b%2Flab")).code == 200
    page = await owner.open_page("escherpad/")
    assert (await owner.click(page, trust="yes")).code == 303
    second = await site.connect(owner)
    assert (
        await site.post("escherpad/revoke", token=second, client_id=f"{site.origin}/")
    ).code == 200
    page = await owner.open_page("escherpad/")
    assert (await owner.click(page, disconnect="all", sure="yes")).code == 303
    assert {name for _, name in disk} >= {"_follow", "_make", "find", "_write", "_read", "forget"}
    assert {name for _, name in disk} >= {"__init__", "hold", "warn_of_shown_secret"}
    assert {thread for thread, _ in disk} == {"escherpad-registry"}


async def test_a_disk_that_hangs_holds_up_no_page_of_others(call, owner, site, monkeypatch):
    """Who asks for a page that needs the registry waits, or is told; nobody else notices."""
    token = await site.connect(owner)
    opened = threading.Event()
    read = Database.rows
    monkeypatch.setattr(Database, "rows", lambda *a, **more: opened.wait(60) and read(*a, **more))
    page = asyncio.ensure_future(owner.open_page("escherpad/"))
    try:
        assert (await call("GET", "api", origin="https://other.example")).code == 403
        refused = await call("GET", "api", origin=site.origin, token=token)
        assert json.loads(refused.body)["reason"] == "registry_unavailable"
    finally:
        opened.set()
    assert (await page).code == 200
