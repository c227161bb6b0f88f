"""The public suffix list: where it is missing, that is one mistake among others."""

from __future__ import annotations

import os
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
#: Of the list, each rule of so many.
STEP = 5 if os.environ.get("ESCHERPAD_FULL") else 61


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
    suffixes._list.cache_clear()
    yield
    suffixes._list.cache_clear()


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
    suffixes._list.cache_clear()
    with pytest.raises(suffixes.SuffixListMissing):
        suffixes.spans_public_suffix("a.example")


def test_the_list_is_there() -> None:
    """A wildcard under a suffix is refused, one under a site is not."""
    assert suffixes.spans_public_suffix("github.io")
    assert suffixes.spans_public_suffix("xn--p1ai")
    assert not suffixes.spans_public_suffix("a.example")


def spans_by_all_rules(rules: list[str], domains: list[str]) -> dict[str, bool]:
    """Return the answers of somebody who reads every rule of the list first."""
    plain = {rule for rule in rules if rule[0] not in "*!"}
    wildcards = {rule[2:] for rule in rules if rule.startswith("*.")}
    exceptions = {rule[1:] for rule in rules if rule[0] == "!"}
    above = {parent for rule in rules for parent in parents(rule)}
    return {
        domain: domain in plain | above
        or (domain.partition(".")[2] in wildcards and domain not in exceptions)
        for domain in domains
    }


def parents(domain: str) -> list[str]:
    labels = domain.split(".")
    return [".".join(labels[index:]) for index in range(1, len(labels))]


def test_searching_the_list_finds_what_its_rules_say() -> None:
    """For domains made from its rules: themselves, above and below them, cut short, made longer."""
    lines = Path(publicsuffixlist.PSLFILE).read_text(encoding="utf-8").splitlines()
    rules = [line.split()[0] for line in lines if line.strip() and not line.startswith("//")]
    special = [rule for rule in rules if rule[0] in "*!"]
    some = [rule.lstrip("*.!") for rule in (*special, *rules[::STEP])]
    domains = {
        domain
        for name in some
        for domain in (name, *parents(name), f"a.{name}", f"b.a.{name}", name[1:], f"x{name}")
        if domain
    }
    expected = spans_by_all_rules(rules, sorted(domains))
    assert {True, False} == {*expected.values()}
    assert {domain: suffixes.spans_public_suffix(domain) for domain in expected} == expected


@pytest.mark.parametrize(
    ("rule", "domain", "spans"),
    [
        ("// a.example", "a.example", False),
        ("// see b.a.example", "a.example", False),
        ("//b.a.example", "a.example", False),
        ("b.example a.example", "a.example", False),
        ("b.example b.a.example", "a.example", False),
        ("a.example  since 2020", "a.example", True),
        ("  a.example", "a.example", True),
        ("a.example.org", "a.example", False),
        ("aa.example", "a.example", False),
        ("a-example", "a.example", False),
        ("*.example", "a.example", True),
        ("*.example", "example", True),
        ("*.example\n!a.example", "a.example", False),
    ],
)
def test_a_rule_is_a_line_up_to_its_first_white_space(
    rule: str, domain: str, spans: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is behind it, and comments, are none. A dot is a dot."""
    file = tmp_path / "list"
    file.write_text(f"// a list\ncom\n{rule}\n", encoding="utf-8")
    monkeypatch.setattr(publicsuffixlist, "PSLFILE", str(file))
    suffixes._list.cache_clear()
    try:
        assert suffixes.spans_public_suffix(domain) is spans
    finally:
        suffixes._list.cache_clear()
