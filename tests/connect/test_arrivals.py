"""Redirects to the owner's pages: each is good once, for its page, for a minute."""

from __future__ import annotations

import pytest

from escherpad_ext.connect.arrivals import FOLLOW_SECONDS, Arrivals, split


@pytest.fixture
def now() -> list[float]:
    """Return the clock's time, in a list that a test may change."""
    return [0.0]


@pytest.fixture
def arrivals(now: list[float]) -> Arrivals:
    return Arrivals(lambda: now[0])


@pytest.mark.parametrize("query", ["", "id=1", "id=1&x=%26arrival%3D2", "arrival=mine"])
def test_a_redirect_is_good_once(arrivals: Arrivals, query: str) -> None:
    led_to = arrivals.expect(query)
    assert split(led_to)[0] == query
    assert arrivals.take(led_to)
    assert not arrivals.take(led_to)


def test_a_redirect_is_good_for_its_page_only(arrivals: Arrivals) -> None:
    _, name = split(arrivals.expect("id=1"))
    assert not arrivals.take(f"id=2&arrival={name}")


@pytest.mark.parametrize("query", ["", "id=1", "arrival=", "id=1&arrival=guessed"])
def test_no_other_query_counts(arrivals: Arrivals, query: str) -> None:
    arrivals.expect("id=1")
    assert not arrivals.take(query)


def test_a_redirect_is_good_for_a_minute(arrivals: Arrivals, now: list[float]) -> None:
    led_to = arrivals.expect("id=1")
    now[0] += FOLLOW_SECONDS + 1
    assert not arrivals.take(led_to)
