"""Checks that are remembered: they count only while the registry and the key are as they were."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from escherpad_ext.errors import TokenRefused
from escherpad_ext.grants import GrantRequest, Issuer, file_watch, recent_checks
from escherpad_ext.grants.own_writes import OwnWrites
from escherpad_ext.grants.recent_checks import RecentChecks
from escherpad_ext.grants.registry import FILE_NAME

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")

NOW = 1_800_000_000
SITE = "https://site.example"
WISH = GrantRequest(SITE, frozenset({"api:read"}), "ana", NOW, NOW + 3600)


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """A busy machine may take its time."""
    monkeypatch.setattr(file_watch, "MAX_AGE_SECONDS", 3600)


@pytest.fixture
def issuer(tmp_path):
    found = Issuer(tmp_path / "data", wait_seconds=60)
    yield found
    found.close()


@pytest.fixture
def checks():
    return RecentChecks()


@pytest.fixture
def check(issuer, checks):
    """Return a function that checks a token as the thread does."""

    def check_(token):
        snapshot = issuer.snapshot(token)
        grant = issuer.verify(token, origin=SITE, now=NOW)
        if snapshot is not None:
            checks.remember(token, grant, snapshot)

    return check_


@pytest.fixture
def given(issuer, check):
    """Return a grant and its token, which was checked."""
    grant, token = issuer.issue(WISH)
    check(token)
    check(token)
    return grant, token


def recall(checks, token, origin=SITE, now=NOW):
    return checks.recall(token, origin=origin, now=now)


def test_the_second_check_is_remembered(checks, issuer, check):
    """The first finds out which key signed the token, and so which file to watch."""
    grant, token = issuer.issue(WISH)
    check(token)
    assert recall(checks, token) is None
    check(token)
    assert recall(checks, token) == grant


def test_only_from_its_origin_and_in_its_time(checks, given):
    """The thread says what is wrong."""
    grant, token = given
    assert recall(checks, token, origin="https://other.example") is None
    assert recall(checks, token, origin=None) is None
    assert recall(checks, token + "x") is None
    assert recall(checks, token, now=NOW - 1) is None
    assert recall(checks, token, now=NOW + 3599.9) == grant
    assert recall(checks, token, now=NOW + 3600) is None


def test_a_program_s_token_only_where_no_site_sends_it(checks, issuer):
    """A browser says so in Sec-Fetch-Site."""
    grant, token = issuer.issue(WISH._replace(origin="none", program="p"))
    for _ in range(2):
        snapshot = issuer.snapshot(token)
        issuer.verify(token, origin=None, now=NOW)
    checks.remember(token, grant, snapshot)
    assert recall(checks, token, origin=None) == grant
    assert checks.recall(token, origin=None, now=NOW, fetch_site="cross-site") is None


CHANGES = {
    "the key is removed": lambda issuer, grant, key: key.unlink(),
    "the key has another name": lambda issuer, grant, key: (
        key.parents[2].joinpath("k").hardlink_to(key)
    ),
    "others may read the key": lambda issuer, grant, key: key.chmod(0o644),
    "the keys are moved": lambda issuer, grant, key: key.parent.rename(key.parent.with_name("k")),
    "it is revoked": lambda issuer, grant, key: issuer.registry.revoke(grant.id, NOW),
    "the registry is removed": lambda issuer, grant, key: issuer.registry._database.path.unlink(),
    "others may write there": lambda issuer, grant, key: key.parent.parent.chmod(0o777),
    "a journal appears": lambda issuer, grant, key: key.parents[1].joinpath("x-wal").touch(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_ends_it_at_once(checks, given, issuer, change):
    """Whoever changed what. Then the files are read."""
    grant, token = given
    assert recall(checks, token) == grant
    change(issuer, grant, issuer.keys._folder / f"{grant.key_id}.key")
    assert recall(checks, token) is None
    assert recall(checks, token) is None


def test_what_this_process_answers_while_it_commits(tmp_path, checks):
    """It may be old by then: another process may have the lock already, and have revoked.

    Its lock, and its end, cause no event.
    """
    writes = OwnWrites()
    with closing(Issuer(tmp_path / "data", own_writes=writes)) as issuer:
        grant, token = issuer.issue(WISH)
        issuer.verify(token, origin=SITE, now=NOW)
        other = sqlite3.connect(tmp_path / "data" / FILE_NAME, isolation_level=None)
        with closing(other), writes.holding(other, issuer.registry._database._identity):
            other.execute("UPDATE grants SET revoked = ? WHERE id = ?", (NOW, grant.id))
            other.execute("BEGIN EXCLUSIVE")
            snapshot = issuer.snapshot(token)
            assert issuer.verify(token, origin=SITE, now=NOW) == grant
            other.execute("ROLLBACK")
        if snapshot is not None:
            checks.remember(token, grant, snapshot)
        assert recall(checks, token) is None
        with pytest.raises(TokenRefused):
            issuer.verify(token, origin=SITE, now=NOW)


def test_another_token_s_check_ends_it_too(checks, given, issuer, check):
    """What the thread learned of while it checked another token."""
    _, token = given
    _, other = issuer.issue(WISH)
    check(other)
    check(other)
    assert recall(checks, token) is None
    assert recall(checks, other)
    check(token)
    assert recall(checks, token)
    assert recall(checks, other)


def test_memory_is_bounded(checks, given, issuer):
    """However many tokens are used."""
    grant, token = given
    snapshot = issuer.snapshot(token)
    for number in range(1000):
        checks.remember(f"{token}{number}", grant, snapshot)
    assert len(checks._checks) <= recent_checks.MAX_RECENT


REVOKE = f"""
import sys
from pathlib import Path
from escherpad_ext.grants import GrantRequest, Issuer
issuer = Issuer(Path(sys.argv[1]), wait_seconds=60)
request = GrantRequest({SITE!r}, frozenset({{"api:read"}}), "ana", {NOW}, {NOW} + 3600)
for _ in range(15):
    grant, token = issuer.issue(request)
    print(token, flush=True)
    sys.stdin.readline()
    issuer.registry.revoke(grant.id, {NOW})
    print("revoked", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.slow
def test_what_another_process_revoked(checks, check, tmp_path):
    """As soon as it says so, without a moment's delay."""
    command = [sys.executable, "-c", REVOKE, str(tmp_path / "data")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as other:
        before = None
        for _ in range(15):
            token = other.stdout.readline().strip()
            if before is not None:
                assert recall(checks, before) is None
            while recall(checks, token) is None:
                check(token)
            other.stdin.write("\n")
            assert other.stdout.readline() == "revoked\n"
            assert recall(checks, token) is None
            other.stdin.write("\n")
            before = token
    assert other.returncode == 0


def test_a_second_at_most(checks, given, issuer, monkeypatch):
    """Where nothing was noticed, the files are read once a second."""
    _, token = given
    assert recall(checks, token)
    later = time.monotonic() + 3601
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert recall(checks, token) is None
