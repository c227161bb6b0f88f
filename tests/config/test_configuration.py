"""Which place decides a setting, and which wins over another place."""

from __future__ import annotations

import pytest

from escherpad_ext.config.configuration import Configuration

NAME = "allowed_origins"


def found(*places: str, added: str = "") -> Configuration:
    """Return a configuration in which these places set the origins, the last one at the end."""
    adds = frozenset((f"EscherpadExt.{NAME}", place) for place in added)
    return Configuration({}, {NAME: places} if places else {}, added=adds)


def test_the_last_place_decides() -> None:
    assert found("a", "b").source(NAME) == "b"
    assert found().source(NAME) is None


@pytest.mark.parametrize(
    ("places", "added", "winners"),
    [("abc", "", "bc"), ("bca", "", ""), ("bc", "", "bc"), ("abc", "b", "c"), ("", "", "")],
    ids=["later", "the last", "not set there", "only adds", "nowhere"],
)
def test_what_wins_over_a_place(places: str, added: str, winners: str) -> None:
    """Later places, except those that only add to the list. All, if the place does not set it."""
    assert found(*places, added=added).winners(NAME, "a") == tuple(winners)
