"""Which paths name a folder, and which scopes a grant for one folder can have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escherpad_ext.errors import FolderError, UnknownScope
from escherpad_ext.policy import scope_words
from escherpad_ext.policy.folders import (
    FOLDER_BUNDLES,
    FOLDER_SCOPES,
    FOLDER_WORDS,
    MAX_FOLDER_LENGTH,
    can_be_kept,
    expand_in_folder,
    left_out_of_folder,
    parse_folder,
)
from escherpad_ext.policy.scopes import BUNDLES, FULL_CONTROL, SCOPES


@pytest.mark.parametrize(
    ("text", "path"),
    [("data", "data"), ("/data/raw/", "data/raw"), ("a b/ä", "a b/ä"), (".config/x", ".config/x")],
)
def test_folders(text, path):
    """Slashes around a path do not count."""
    assert parse_folder(text) == path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "//",
        ".",
        "..",
        "a/..",
        "a/./b",
        "a//b",
        "a\\b",
        "a\nb",
        "\u202ea",
        "a\0",
        "a" * 801,
        "ä" * 134,
    ],
)
def test_no_folders(text):
    """Above all nothing that means the root, or a folder above it."""
    with pytest.raises(FolderError) as caught:
        parse_folder(text)
    assert caught.value.code == "folder"


@given(st.text(st.sampled_from("ab./\\ "), max_size=12) | st.text(max_size=20))
def test_what_is_parsed_is_stable_and_below_the_root(text):
    """Parsing twice changes nothing; no part of the result leads up or nowhere."""
    try:
        path = parse_folder(text)
    except FolderError:
        return
    assert parse_folder(path) == path
    assert 0 < len(path) <= MAX_FOLDER_LENGTH
    assert {"", ".", ".."}.isdisjoint(path.split("/"))


def test_bundles_leave_out_what_no_folder_confines():
    """`view` and `edit` in a folder have the files, and what cannot tell of others."""
    assert expand_in_folder("edit") == FOLDER_SCOPES
    assert expand_in_folder("view") == FOLDER_SCOPES - {"contents:write"}
    assert expand_in_folder(["contents:read"]) == {"contents:read"}


def test_nothing_that_runs_code_can_be_kept():
    """Neither alone nor with others, and the message names what is in the way."""
    assert FOLDER_SCOPES.isdisjoint(FULL_CONTROL)
    assert SCOPES.keys() >= FOLDER_SCOPES
    for name in {*BUNDLES, *SCOPES} - FOLDER_SCOPES - set(FOLDER_BUNDLES):
        assert not can_be_kept(name)
        for names in (name, ["view", name]):
            with pytest.raises(FolderError, match=name) as caught:
                expand_in_folder(names)
            assert caught.value.code == "folder_scope"


def test_words_of_a_folder_speak_of_no_other_files():
    """The names stay; what they give is said for the folder, in the same order."""
    for name, bundle in FOLDER_BUNDLES.items():
        assert (bundle.name, bundle.title) == (name, BUNDLES[name].title)
        assert scope_words.summary(bundle.scopes, "data") == (name,)
        assert "this folder" in bundle.words
        assert "your files" not in bundle.words
    for scope in ("contents:read", "contents:write", "kernels:read", "sessions:read"):
        assert "this folder" in FOLDER_WORDS[scope]
    assert scope_words.names(FOLDER_SCOPES, "data") == ("view", "edit")


@given(st.frozensets(st.sampled_from(sorted(FOLDER_SCOPES)), min_size=1))
def test_shortest_names_in_a_folder_mean_the_same_scopes(scopes):
    """What is shown is what was granted."""
    assert expand_in_folder(scope_words.summary(scopes, "data")) == scopes


def test_what_goes_is_said():
    """All of it, and only where it was there before."""
    assert left_out_of_folder(["contents:read", "contents:write"]) == ()
    for name in FOLDER_BUNDLES:
        lost = {scope.partition(":")[0] for scope in BUNDLES[name].scopes - FOLDER_SCOPES}
        said = " ".join(left_out_of_folder([name])).replace("language servers", "lsp")
        assert all(resource in said for resource in lost), lost


def test_unknown_scopes_are_unknown_in_a_folder_too():
    """And no scope is none."""
    for names in ("", "view contents:reed"):
        with pytest.raises(UnknownScope):
            expand_in_folder(names)
