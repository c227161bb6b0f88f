"""What is remembered so that it can be counted further."""

from __future__ import annotations

import random

import pytest
from support.sample_grants import sample_grant

from escherpad_ext.grants.activity import CLOSED, LEFT, Action
from escherpad_ext.server import merged_entries
from escherpad_ext.server.activity_entry import Entry
from escherpad_ext.server.merged_entries import MergedEntries, slot_of

GRANTS = [sample_grant(id=each) for each in "abc"]
ACTIONS = [
    Action(scope, method, f"/{number}", 200, "")
    for scope in ("contents:read", "contents:write")
    for method in ("GET", CLOSED, LEFT)
    for number in range(3)
]


def test_it_is_as_a_naive_one_says() -> None:
    """Whatever is done in whatever order."""
    chance, merged = random.Random(6), MergedEntries()
    naive, ever = dict[tuple[str, object], Entry](), list[Entry]()
    for _ in range(5000):
        entry = Entry(chance.choice(GRANTS), chance.choice(ACTIONS), 1.0)
        place, what = (entry.grant.id, slot_of(entry.action)), chance.random()
        if what < 0.7:
            merged.keep(place[1], entry)
            naive[place] = entry
            ever.append(entry)
        elif what < 0.8:
            merged.drop(*place)
            naive.pop(place, None)
        elif what < 0.9 and ever:
            some = chance.choices(ever[-5:], k=3)
            merged.written(some)
            over = [each for each in some if each.action.method in {CLOSED, LEFT}]
            naive = {known: each for known, each in naive.items() if each not in over}
        elif what < 0.95:
            merged.forget(place[0])
            naive = {known: each for known, each in naive.items() if known[0] != place[0]}
        elif what < 0.96:
            merged.clear()
            naive.clear()
        assert len(merged) == len(naive)
        assert merged.get(*place) is naive.get(place)
        assert all(merged._by_grant.values()), "nothing is kept of a grant without entries"


def test_the_busiest_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others keep what they have."""
    monkeypatch.setattr(merged_entries, "MAX_KNOWN", 5)
    merged = MergedEntries()
    busy, one, another = (Entry(grant, ACTIONS[0], 1.0) for grant in GRANTS)
    for slot in range(4):
        merged.keep(slot, busy)
    merged.keep("one", one)
    merged.keep("another", another)
    assert [bool(merged.get("a", slot)) for slot in range(4)] == [False] * 4
    assert merged.get("b", "one")
    assert len(merged) == 2
