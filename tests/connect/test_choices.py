"""The boxes and lifetimes on the connect page, without a page."""

from __future__ import annotations

import pytest

from escherpad_ext.connect.choices import choices_for, choices_of, lifetimes
from escherpad_ext.policy.folders import FOLDER_BUNDLES, expand_in_folder
from escherpad_ext.policy.lifetimes import DEFAULT_MAX_SECONDS, DEFAULT_SECONDS
from escherpad_ext.policy.scopes import BUNDLES, FULL, FULL_CONTROL, SCOPES, expand


def test_a_bundle_comes_with_the_boxes_within_it() -> None:
    boxes = {choice.name: choice.includes for choice in choices_for(["run"])}
    assert set(boxes) == {"view", "edit", "run"}
    assert set(boxes["run"]) == {"view", "edit"}
    assert set(boxes["edit"]) == {"view"}
    assert boxes["view"] == ()


def test_nothing_is_offered_that_was_not_requested() -> None:
    """Whatever is asked for, the boxes together are that and no more. ``full`` is everything."""
    for names in ([each] for each in (*BUNDLES, *SCOPES) if each != FULL):
        offered = frozenset[str]().union(*(expand([box.name]) for box in choices_for(names)))
        assert offered == expand(names), names


def test_a_scope_within_a_bundle_has_no_box_of_its_own() -> None:
    scope = next(iter(BUNDLES["view"].scopes))
    assert [choice.name for choice in choices_for(["view", scope])] == ["view"]


@pytest.mark.parametrize("scope", sorted(SCOPES.keys() - {FULL}))
def test_a_box_says_full_control_where_it_is(scope: str) -> None:
    (choice,) = (each for each in choices_for([scope]) if each.name == scope)
    assert choice.powerful == (scope in FULL_CONTROL)
    assert choice.words == SCOPES[scope]


@pytest.mark.parametrize("name", sorted(BUNDLES))
def test_a_grant_reads_as_its_consent_page_did(name: str) -> None:
    """The words are those of the box, so that the owner knows what was allowed."""
    (shown,) = choices_of(expand([name]))
    offered = {each.name: (each.title, each.words, each.powerful) for each in choices_for([name])}
    assert offered[shown.name] == (shown.title, shown.words, shown.powerful)


@pytest.mark.parametrize("name", FOLDER_BUNDLES)
def test_a_grant_for_one_folder_reads_as_one(name: str) -> None:
    """As the bundle that was ticked, with words that name no other files."""
    (shown,) = choices_of(expand_in_folder(name), "data")
    assert (shown.name, shown.words) == (name, FOLDER_BUNDLES[name].words)
    (single,) = choices_of(["contents:read"], "data")
    assert "this folder" in single.words


def test_no_lifetime_is_longer_than_the_longest() -> None:
    offered = lifetimes(DEFAULT_SECONDS, DEFAULT_MAX_SECONDS)
    assert [each.seconds for each in offered] == sorted({each.seconds for each in offered})
    assert [each.seconds for each in offered if each.selected] == [DEFAULT_SECONDS]
    assert [(each.seconds, each.selected) for each in lifetimes(60, 60)] == [(60, True)]
    assert [each.seconds for each in lifetimes(60, 3600, 3600) if each.selected] == [3600]
    assert offered[0].words == "1 hour"
