"""The public suffix list: where it is missing, that is one mistake among others."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import publicsuffixlist
import pytest

from escherpad_ext.errors import SettingsInvalid
from escherpad_ext.policy import suffixes
from escherpad_ext.policy.origins import OriginPolicy

BEFORE = "https://a.example/"
WILDCARD = "https://*.a.example"


@pytest.fixture(params=["no file", "empty", "not a list", "not text"])
def no_list(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Damage the list in some way."""
    file = tmp_path / "list"
    contents = {"empty": b"", "not a list": b"<html>", "not text": b"\xff\xfe"}
    if request.param in contents:
        file.write_bytes(contents[request.param])
    monkeypatch.setattr(publicsuffixlist, "PSLFILE", str(file))
    suffixes._rules.cache_clear()
    yield
    suffixes._rules.cache_clear()


@pytest.mark.usefixtures("no_list")
def test_a_missing_list_is_one_mistake_among_others() -> None:
    """It names what to do, and no other mistake gets lost."""
    with pytest.raises(SettingsInvalid) as caught:
        OriginPolicy.compile([BEFORE, WILDCARD])
    assert [mistake.code for mistake in caught.value.mistakes] == [
        "trailing_slash",
        "suffix_list_missing",
    ]
    assert "pip install --force-reinstall publicsuffixlist" in str(caught.value.mistakes[1])


@pytest.mark.usefixtures("no_list")
def test_without_wildcards_the_list_is_not_needed() -> None:
    """Nor where the owner allows wildcards over anything."""
    policy = OriginPolicy.compile(["https://a.example", "http://localhost:*"])
    assert policy.allows("https://a.example")
    assert OriginPolicy.compile([WILDCARD], allow_public_suffix=True).allows("https://b.a.example")


def test_a_missing_package_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "publicsuffixlist", None)
    suffixes._rules.cache_clear()
    with pytest.raises(suffixes.SuffixListMissing):
        suffixes.spans_public_suffix("a.example")


def test_the_list_is_there() -> None:
    """A wildcard under a suffix is refused, one under a site is not."""
    assert suffixes.spans_public_suffix("github.io")
    assert suffixes.spans_public_suffix("xn--p1ai")
    assert not suffixes.spans_public_suffix("a.example")
