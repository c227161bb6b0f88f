"""Several configurations as one: what counts, and which places say so."""

from __future__ import annotations

import pytest
from traitlets.config import Config

from escherpad_ext.config.layers import Layer

NAME = "EscherpadExt.connect"


def layer(place: str, **values: object) -> Layer:
    return Layer.of(place, Config({"EscherpadExt": values}))


def test_the_last_place_counts() -> None:
    merged = Layer.merged([layer("a", connect="ask"), layer("b", connect="off"), layer("c")])
    assert merged.config.EscherpadExt.connect == "off"
    assert merged.places[NAME] == ("a", "b")
    assert merged.source(NAME) == "b"


def test_what_nobody_sets_has_no_place() -> None:
    assert Layer.merged([layer("a")]).source(NAME) is None
    assert Layer.merged([]).config == {}


def test_a_place_is_named_once() -> None:
    """Where it comes last, that is where it counts."""
    layers = [layer(place, connect="ask") for place in "aba"]
    assert Layer.merged(layers).places[NAME] == ("b", "a")


def test_merging_changes_none_of_them() -> None:
    first, second = layer("a", allowed_origins=["x"]), layer("b", allowed_origins=["y"])
    Layer.merged([first, second]).config.EscherpadExt.allowed_origins.append("z")
    assert first.config.EscherpadExt.allowed_origins == ["x"]
    assert second.config.EscherpadExt.allowed_origins == ["y"]


def test_what_only_adds_is_known() -> None:
    """``.append`` changes a list that another place sets."""
    config = Config()
    config.EscherpadExt.allowed_origins.append("x")
    merged = Layer.merged([layer("a", allowed_origins=["y"]), Layer.of("b", config)])
    assert merged.added == {("EscherpadExt.allowed_origins", "b")}


@pytest.mark.parametrize("section", ["NotebookApp", "LabApp"])
def test_a_moved_section_wins(section: str) -> None:
    """With its place; nothing stays where it was, and other sections stay as they are."""
    config = Config({section: {"x": 1}, "ServerApp": {"x": 2, "y": 3}, "Other": {"x": 4}})
    moved = Layer.of("a", config).moved(section, "ServerApp")
    assert moved.config == {"ServerApp": {"x": 1, "y": 3}, "Other": {"x": 4}}
    assert moved.places.keys() == {"ServerApp.x", "ServerApp.y", "Other.x"}


def test_a_section_that_is_not_there_moves_nothing() -> None:
    before = layer("a", connect="ask")
    assert before.moved("NotebookApp", "ServerApp") is before
