"""How far changes were read: none is missed, and none is read for ever."""

from __future__ import annotations

import pytest
from support.sample_grants import sample_grant

from escherpad_ext.grants.changes import MAX_CHANGES, Mark
from escherpad_ext.grants.grant import Grant


def revoked(grant_id: str, second: int) -> Grant:
    return sample_grant(id=grant_id, expires=9999, revoked=second)


def test_no_changes_leave_the_mark() -> None:
    mark = Mark(7, 100, frozenset({"a"}))
    assert mark.after([]) is mark


def test_the_last_second_is_read_again() -> None:
    """It may not be over. Those that were read in it are known."""
    mark = Mark(7, 100).after([revoked("a", 101), revoked("b", 102), revoked("c", 102)])
    assert mark == Mark(7, 102, frozenset({"b", "c"}))


@pytest.mark.parametrize(
    ("count", "first", "expected"),
    [
        (MAX_CHANGES, 102, Mark(7, 103)),
        (MAX_CHANGES - 1, 102, 102),
        (MAX_CHANGES, 101, 102),
    ],
    ids=["full of one second", "not full", "full of two seconds"],
)
def test_a_second_with_too_many_changes_is_left(
    count: int, first: int, expected: Mark | int
) -> None:
    """Reading it again would give the same ones for ever."""
    changes = [revoked("0", first), *(revoked(str(n), 102) for n in range(1, count))]
    found = Mark(7, 100).after(changes)
    assert (found if isinstance(expected, Mark) else found.second) == expected
    assert bool(found.revoked) is not isinstance(expected, Mark)
