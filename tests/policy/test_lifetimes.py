"""How long a grant may live: what is read, refused and said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escherpad_ext.errors import GrantError
from escherpad_ext.policy.lifetimes import (
    DEFAULT_MAX_SECONDS,
    LIMIT_SECONDS,
    parse_lifetime,
    spell,
    spoken,
)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("45m", 2700), ("8h", 28800), ("30d", 2592000)]
)
def test_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert parse_lifetime(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "8", "h", "8 h", "-8h", "+8h", "8H", "8h\n", "0.5h", "\uff18h", "8hh", "1w"],
)
def test_anything_else_is_refused(text: str) -> None:
    """Nothing means for ever least of all."""
    with pytest.raises(GrantError, match="is not a lifetime"):
        parse_lifetime(text)


@pytest.mark.parametrize("unit", ["s", "m", "h", "d"])
def test_zero_is_refused(unit: str) -> None:
    with pytest.raises(GrantError, match="longer than zero"):
        parse_lifetime(f"0{unit}")


def test_more_than_the_longest_is_refused() -> None:
    """The message names what to write, and that is accepted."""
    assert parse_lifetime("30d") == DEFAULT_MAX_SECONDS
    with pytest.raises(GrantError, match="Write 30d or less"):
        parse_lifetime("31d")
    with pytest.raises(GrantError, match="Write 90s or less"):
        parse_lifetime("91s", longest=90)


@given(st.integers(1, LIMIT_SECONDS))
def test_what_is_spelled_is_read(seconds: int) -> None:
    assert parse_lifetime(spell(seconds), longest=LIMIT_SECONDS) == seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (90, "90 seconds"), (3600, "1 hour"), (28800, "8 hours"), (86400, "1 day")],
)
def test_lifetimes_are_spoken(seconds: int, words: str) -> None:
    assert spoken(seconds) == words
