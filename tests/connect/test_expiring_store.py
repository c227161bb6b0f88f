"""Values that expire: bounded, by a clock that is passed in."""

from __future__ import annotations

import pytest

from escherpad_ext.connect.expiring_store import ExpiringStore


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def store(clock, *, makes_room=False):
    return ExpiringStore(clock, seconds=60, limit=2, makes_room=makes_room)


def test_a_value_is_there_until_its_time_is_over(clock):
    """To the very second."""
    kept = store(clock)
    name = kept.put("value")
    clock.now = 59.9
    assert kept.get(name) == "value"
    clock.now = 60
    assert kept.get(name) is None
    assert len(kept) == 0


def test_a_value_is_taken_once(clock):
    """Whoever comes second gets nothing."""
    kept = store(clock)
    name = kept.put("value")
    assert kept.take(name) == "value"
    assert kept.take(name) is None


def test_names_are_not_to_be_guessed(clock):
    """Long, random, and each a new one."""
    kept = store(clock)
    one, two = kept.put("a"), kept.put("a")
    assert one != two
    assert min(len(one), len(two)) >= 32


def test_a_full_store_takes_no_more(clock):
    """Nobody is pushed out; an expired value makes room."""
    kept = store(clock)
    assert kept.put("a")
    clock.now = 1
    assert kept.put("b")
    assert kept.put("c") is None
    assert list(kept) == ["a", "b"]
    clock.now = 60
    assert kept.put("c")
    assert list(kept) == ["b", "c"]


def test_a_full_store_that_makes_room_drops_the_oldest(clock):
    """The newest counts."""
    kept = store(clock, makes_room=True)
    for value in "abc":
        assert kept.put(value)
    assert list(kept) == ["b", "c"]
