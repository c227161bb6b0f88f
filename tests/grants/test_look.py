"""Looks at what became of grants."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from escherpad_ext.errors import TokenRefused
from escherpad_ext.grants import GrantRequest, Registry
from escherpad_ext.grants.changes import Mark
from escherpad_ext.grants.look import Seen, look
from escherpad_ext.grants.rows import IDS_AT_ONCE

NOW = 1_800_000_000
WISH = GrantRequest("https://site.example", frozenset({"api:read"}), "ana", NOW, NOW + 3600)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry(tmp_path / "data" / "grants.sqlite3") as found:
        yield found


def test_a_socket_of_a_grant_that_ended_just_before(registry: Registry) -> None:
    """A request is checked, its grant revoked, and a look past before its socket is known.

    The next look finds it, though nothing changed since.
    """
    grant = registry.create(WISH, "k")
    first = look(registry, Seen(), [], NOW, changes=True)
    registry.revoke(grant.id, NOW)
    second = look(registry, first.seen, [], NOW, changes=True)
    assert [each.id for each in second.revoked] == [grant.id]
    third = look(registry, second.seen, [grant.id], NOW, changes=True)
    assert third.ended == {grant.id: "revoked"}
    fourth = look(registry, third.seen, [grant.id], NOW, changes=True)
    assert fourth.ended == {grant.id: "revoked"}, "another socket of it"


def test_live_grants_are_looked_at_when_something_changed(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not twice a second for each."""
    grant = registry.create(WISH, "k")
    seen = look(registry, Seen(), [grant.id], NOW, changes=True).seen
    read: list[Any] = []
    times = registry.times
    monkeypatch.setattr(registry, "times", lambda ids: read.extend(ids) or times(ids))
    assert look(registry, seen, [grant.id], NOW, changes=True).ended == {}
    assert not read
    registry.revoke(grant.id, NOW)
    assert look(registry, seen, [grant.id], NOW, changes=True).ended == {grant.id: "revoked"}
    assert read == [grant.id]


def test_a_look_says_of_every_grant_what_its_check_says(registry: Registry) -> None:
    """Of many, in whatever state, and of those that there are not."""
    chance = random.Random(6)
    ids = [f"unknown {number}" for number in range(3)]
    for _ in range(IDS_AT_ONCE + 1):
        grant = registry.create(WISH._replace(expires=NOW + chance.choice((5, 6, 7))), "k")
        if chance.random() < 0.5:
            registry.revoke(grant.id, NOW + 1)
        ids.append(grant.id)
    chance.shuffle(ids)
    for some in ([], ids[:1], ids[:5], ids):
        found = look(registry, Seen(), some, NOW + 6, changes=False)
        assert (found.ended, found.expires) == by_checks(registry, some, NOW + 6)
        assert found.seen.live == found.expires.keys()


def by_checks(
    registry: Registry, grant_ids: Sequence[str], now: float
) -> tuple[dict[str, str], dict[str, int]]:
    ended, expires = dict[str, str](), dict[str, int]()
    for each in grant_ids:
        try:
            expires[each] = registry.check(each, now).expires
        except TokenRefused as error:
            ended[each] = error.code
    return ended, expires


def test_a_look_at_many_grants_asks_as_often_as_at_one(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the thread asks SQLite, it may then wait for the event loop to let it go on."""
    ids = [registry.create(WISH, "k").id for _ in range(100)]
    found_rows: list[Any] = []
    rows = registry._database.rows

    def ask(*question: Any, **options: Any) -> Any:
        found = rows(*question, **options)
        found_rows.append(len(found))
        return found

    monkeypatch.setattr(registry._database, "rows", ask)
    for count in (1, 100):
        found_rows.clear()
        look(registry, Seen(mark=Mark(0, 0)), ids[:count], NOW, changes=False)
        assert found_rows == [1, 1]
