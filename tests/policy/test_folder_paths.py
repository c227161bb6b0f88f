"""Where a path is, as it is written, seen from a folder."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escherpad_ext.policy.folder_paths import Written, written_in


@pytest.mark.parametrize(
    ("path", "lead", "rest"),
    [
        ("a/b", ("a", "b"), ()),
        ("a/b/c", ("a", "b"), ("c",)),
        ("a/b/c d/e", ("a", "b"), ("c d", "e")),
        ("A/B/c", ("A", "B"), ("c",)),
        ("a/b/...", ("a", "b"), ("...",)),
    ],
)
def test_in_the_folder(path, lead, rest):
    """And what is not yet known to be: the file system knows whether ``A`` is ``a``."""
    assert written_in(path, "a/b") == Written(lead, rest)


@pytest.mark.parametrize(
    "path",
    [
        *("", "a", "a/", "/a/b", "a//b", "a/b/", "a/b/.", "a/b/..", "./a/b", "a/b/../b/c", "a/bc"),
        *("a/b.", "a\\b", "a/b\\c", "a/b/c\\..\\d", "a/b/\0", "a /b", "b/a", "a/c", "\u0430/b"),
        *("..", "x/a/b"),
    ],
)
def test_outside(path):
    """Also whatever two programs may take for two things."""
    assert written_in(path, "a/b") is None


def test_letters_with_marks():
    """Composed or not, the file system may take them for the same."""
    for form in ("NFC", "NFD"):
        for other in ("NFC", "NFD"):
            path = unicodedata.normalize(form, "Grün/x")
            found = written_in(path, unicodedata.normalize(other, "grün"))
            assert found is not None
            assert found.lead == (path.partition("/")[0],)


@given(st.text(alphabet="ab/.\\\0AB"), st.sampled_from(["a", "a/b", "b/a/b"]))
def test_what_is_in_it_begins_with_it(path, folder):
    """And has no part that leads up or is empty."""
    found = written_in(path, folder)
    if found is not None:
        assert "/".join((*found.lead, *found.rest)) == path
        assert "/".join(found.lead).lower() == folder
        assert not {"", ".", ".."}.intersection(path.split("/"))
