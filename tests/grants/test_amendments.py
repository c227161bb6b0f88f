"""What owners change of grants later. An end comes nearer at once, also in other processes."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from escherpad_ext.errors import GrantError, TokenRefused
from escherpad_ext.grants import Grant, GrantRequest, Issuer
from escherpad_ext.grants.recent_checks import RecentChecks
from escherpad_ext.grants.registry import FILE_NAME

NOW = 1_790_000_000
SITE = "https://app.example.com"
REQUEST = GrantRequest(SITE, frozenset({"contents:read"}), "ana", NOW, NOW + 3600, via="connect")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "escherpad_ext"


@pytest.fixture
def issuer(folder: Path) -> Iterator[Issuer]:
    with contextlib.closing(Issuer(folder)) as found:
        yield found


@pytest.fixture
def server(folder: Path) -> Iterator[Issuer]:
    """Return another process's issuer, which checks tokens."""
    with contextlib.closing(Issuer(folder)) as found:
        yield found


def test_a_name(issuer: Issuer, server: Issuer) -> None:
    """The token is as good as before, and its users have the new name."""
    grant, token = issuer.issue(REQUEST)
    assert server.verify(token, origin=SITE, now=NOW).name == ""
    assert issuer.registry.amendments.rename(grant.id, "Our lab's site")
    assert server.verify(token, origin=SITE, now=NOW).name == "Our lab's site"
    assert not issuer.registry.amendments.rename("0" * 32, "x")


@pytest.mark.parametrize("name", ["a\nb", "\u202egnp.exe", "x" * 101, "\x1b[31m"])
def test_a_name_that_no_list_can_show(issuer: Issuer, name: str) -> None:
    """It is refused, and the grant keeps the one it has."""
    grant, _ = issuer.issue(REQUEST)
    with pytest.raises(GrantError):
        issuer.registry.amendments.rename(grant.id, name)
    assert issuer.registry.get(grant.id) == grant


def test_an_earlier_end(issuer: Issuer, server: Issuer) -> None:
    """It counts at the next request, wherever the token was checked before."""
    grant, token = issuer.issue(REQUEST)
    assert server.verify(token, origin=SITE, now=NOW).expires == NOW + 3600
    assert issuer.registry.amendments.shorten(grant.id, NOW + 60)
    assert server.verify(token, origin=SITE, now=NOW + 59).expires == NOW + 60
    with pytest.raises(TokenRefused, match="expired"):
        server.verify(token, origin=SITE, now=NOW + 60)
    assert list(issuer.registry.list(NOW + 60)) == []
    assert issuer.registry.live_origins(None, NOW) == {SITE: NOW + 60}
    with contextlib.closing(Issuer(issuer.registry._database.path.parent)) as later:
        assert later.verify(token, origin=SITE, now=NOW + 59).signed_expires == NOW + 3600


@pytest.mark.parametrize("end", [NOW + 3600, NOW + 3601, NOW + 60, NOW, NOW - 1, 0])
def test_an_end_never_comes_later(issuer: Issuer, end: int) -> None:
    """Nor does a shortened one go back to what was signed, and no grant ends before it began."""
    grant, _ = issuer.issue(REQUEST)
    issuer.registry.amendments.shorten(grant.id, NOW + 60)
    assert not issuer.registry.amendments.shorten(grant.id, end)
    found = issuer.registry.get(grant.id)
    assert found is not None
    assert (found.expires, found.signed_expires) == (NOW + 60, NOW + 3600)


def test_what_ended_is_left_alone(issuer: Issuer) -> None:
    """A revoked grant keeps the end that the list of ended ones shows."""
    grant, _ = issuer.issue(REQUEST)
    issuer.registry.revoke(grant.id, NOW + 1)
    assert not issuer.registry.amendments.shorten(grant.id, NOW + 60)
    assert not issuer.registry.amendments.shorten("0" * 32, NOW + 60)


def test_a_changed_row_gives_no_more_time_than_was_signed(issuer: Issuer, folder: Path) -> None:
    """Whoever writes to the registry cannot lengthen a token, remembered or not."""
    grant, token = issuer.issue(REQUEST)
    issuer.registry.amendments.shorten(grant.id, NOW + 60)
    change = "UPDATE grants SET expires = ?"
    with contextlib.closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(change, (NOW + 7200,))
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(change, (NOW + 7200,))
        connection.commit()
    longer = issuer.verify(token, origin=SITE, now=NOW)
    with pytest.raises(TokenRefused, match="expired"):
        issuer.verify(token, origin=SITE, now=NOW + 3600)
    assert recalled(token, longer, NOW + 3599) == longer
    assert recalled(token, longer, NOW + 3600) is None


class _Unchanged:
    def holds(self) -> bool:
        return True


def recalled(token: str, grant: Grant, now: float) -> Grant | None:
    recent = RecentChecks()
    recent.remember(token, grant, _Unchanged())  # type: ignore[arg-type]
    return recent.recall(token, origin=SITE, now=now)
