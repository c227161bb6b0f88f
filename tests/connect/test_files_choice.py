"""The owner's choice between all files and one folder, without a page."""

from __future__ import annotations

import pytest

from escherpad_ext.connect.files_choice import check_not_offered, posted, suggested
from escherpad_ext.connect.problems import ConnectError
from escherpad_ext.policy.folders import MAX_FOLDER_LENGTH

VIEW = ("view",)


def test_what_a_site_suggests_is_chosen_at_first() -> None:
    """And where it suggests nothing, all files."""
    assert (suggested("data", VIEW).is_limited, suggested("data", VIEW).folder) == (True, "data")
    assert (suggested(None, VIEW).is_limited, suggested(None, VIEW).folder) == (False, None)


def test_what_the_owner_chose_counts() -> None:
    """Text in the field of the folder does not count while all files are chosen."""
    assert posted("folder", "/data/raw/", VIEW).folder == "data/raw"
    assert posted("all", "data", VIEW).folder is None
    assert not posted("all", "..", VIEW).is_mistake


@pytest.mark.parametrize("text", ["", "/", "..", "a/../b", "a\\b", "a\0b", "\u202ea", "a" * 10_000])
def test_a_mistake_is_never_all_files(text: str) -> None:
    """It is said, and what was written is kept for the owner to correct."""
    choice = posted("folder", text, VIEW)
    assert choice.is_mistake
    assert choice.problem
    assert choice.is_limited
    assert choice.folder is None
    assert choice.text == text[:MAX_FOLDER_LENGTH]


@pytest.mark.parametrize("files", ["", "none", "ALL", "folder "])
def test_no_choice_is_not_all_files(files: str) -> None:
    with pytest.raises(ConnectError) as raised:
        posted(files, "data", VIEW)
    assert raised.value.code == "not_offered"


@pytest.mark.parametrize(("files", "text"), [("all", ""), ("folder", "data"), ("", "data")])
def test_no_choice_where_none_was_offered(files: str, text: str) -> None:
    with pytest.raises(ConnectError) as raised:
        check_not_offered(files, text)
    assert raised.value.code == "not_offered"


def test_what_goes_is_said() -> None:
    """As a part of a sentence."""
    assert suggested(None, ["contents:read"]).left_out == "nothing outside this folder"
    assert suggested(None, VIEW).left_out == (
        "nothing outside this folder, and no terminals, language servers or outputs kept apart "
        "from notebooks"
    )
