"""Jupyter's own settings for origins: their meaning, and what to write instead."""

from __future__ import annotations

import pytest

from escherpad_ext.policy.legacy import LegacyOriginPolicy, legacy_advice
from escherpad_ext.policy.origins import OriginPolicy
from escherpad_ext.policy.regexes import translate

SETTING = "c.EscherpadExt.allowed_origins"
INSECURE = "c.EscherpadExt.dangerously_allow_insecure_origins = True"
SUFFIX = "c.EscherpadExt.dangerously_allow_public_suffix_wildcards = True"


LEGACY = [
    ("*", "", "https://a.example", True),
    ("*", "", "http://a.example", True),
    ("*", "", "safari-web-extension://ABC", True),
    ("*", "", "null", False),
    ("*", "", "NULL", False),
    ("*", "", "", False),
    ("*", "", "https://a.example https://b.example", False),
    ("https://a.example", "", "https://a.example", True),
    ("https://a.example", "", "https://a.example:8", False),
    ("https://a.example", ".*", "https://b.example", False),
    ("https://a.example/", "", "https://a.example", False),
    ("https://a.example/", "", "https://a.example/", False),
    ("https://A.example", "", "https://a.example", False),
    ("null", "", "null", False),
    ("", r"https://.*\.a\.example", "https://x.a.example", True),
    ("", r"https://.*\.a\.example", "https://x.a.example.evil.com", False),
    ("", r"https://a\.example", "https://a.example.evil.com", False),
    ("", r"https://a\.example", "HTTPS://A.EXAMPLE", True),
    ("", r".*", "null", False),
    ("", r"((", "https://a.example", False),
    ("", "", "https://a.example", False),
]


@pytest.mark.parametrize(("exact", "regex", "origin", "allowed"), LEGACY)
def test_legacy_policy(exact: str, regex: str, origin: str, allowed: bool) -> None:
    """Jupyter's own settings keep their meaning: lower case, the whole origin, ``null`` never."""
    policy = LegacyOriginPolicy.compile(exact, regex)
    assert policy.allows(origin) is allowed
    assert (policy.refusal(origin) is None) is allowed
    assert policy.allows_any is (exact == "*")


@pytest.mark.parametrize(
    ("exact", "regex", "code"),
    [
        ("https://a.example/", "", "never_matches"),
        ("https://A.example", "", "never_matches"),
        ("safari-web-extension://A1", "", "never_matches"),
        ("null", "", "never_matches"),
        ("", "((", "bad_regex"),
    ],
)
def test_legacy_mistakes(exact: str, regex: str, code: str) -> None:
    """A legacy setting that matches nothing says so, and what to write."""
    (mistake,) = LegacyOriginPolicy.compile(exact, regex).mistakes
    assert mistake.code == code
    assert SETTING in str(mistake)


def test_legacy_without_mistakes() -> None:
    """Settings that work carry no mistakes."""
    for exact, regex in (("*", ""), ("http://a.example", ""), ("", ".*"), ("", "")):
        assert LegacyOriginPolicy.compile(exact, regex).mistakes == ()


def test_legacy_advice_for_an_origin_keeps_the_others() -> None:
    """``allowed_origins`` replaces the legacy settings, so the line names their origins too."""
    policy = LegacyOriginPolicy.compile("", r"https://.*\.a\.example")
    assert policy.advice("https://b.example") == (
        f'{SETTING} = ["https://*.a.example", "https://b.example"]'
    )
    assert policy.advice("https://x.a.example") is None
    assert policy.advice("null") is None


@pytest.mark.parametrize(
    ("exact", "regex", "line"),
    [
        ("", "", ""),
        ("*", "", f'{SETTING} = ["*"]'),
        ("https://a.example", "x", f'{SETTING} = ["https://a.example"]'),
        ("https://a.example/", "", f'{SETTING} = ["https://a.example"]'),
        ("http://a.example", "", f'{SETTING} = ["http://a.example"]; {INSECURE}'),
        ("", ".*", f'{SETTING} = ["*"]'),
        ("", r"https://.*\.a\.example", f'{SETTING} = ["https://*.a.example"]'),
        ("", r"^https://[^.]+\.a\.example$", f'{SETTING} = ["https://*.a.example"]'),
        ("", r"https://.*\.github\.io", f'{SETTING} = ["https://*.github.io"]; {SUFFIX}'),
        (
            "",
            r"http://.*\.github\.io",
            f'{SETTING} = ["http://*.github.io"]; {INSECURE}; {SUFFIX}',
        ),
        (
            "",
            r"https://(.*\.)?a\.example",
            f'{SETTING} = ["https://a.example", "https://*.a.example"]',
        ),
        (
            "",
            r"^http://(localhost|127\.0\.0\.1)(:\d+)?$",
            f'{SETTING} = ["http://localhost:*", "http://127.0.0.1:*"]',
        ),
        (
            "",
            r"https://a\.example|https://b\.example",
            f'{SETTING} = ["https://a.example", "https://b.example"]',
        ),
    ],
)
def test_legacy_line(exact: str, regex: str, line: str) -> None:
    """The line to write instead is complete, with the switches it needs."""
    assert legacy_advice(exact, regex) == line


@pytest.mark.parametrize(
    "regex",
    [
        r"https://.*a\.example",
        r"https://.*.a.example",
        r"https://.*",
        r"https://[ab]+\.a\.example",
        r"https://a\.example(?!x)",
        r"https://a\.example|file://",
        r"https://a\.example:\d{4}",
        r"https://(a|b|c|d|e)(a|b|c|d|e)\.example",
        "((",
        "x" * 5000,
    ],
)
def test_legacy_regex_that_cannot_be_translated(regex: str) -> None:
    """A regular expression that means more than patterns can say is not guessed at."""
    advice = legacy_advice("", regex)
    assert "cannot be translated" in advice
    patterns = advice.partition(" = ")[2].partition("  #")[0]
    assert OriginPolicy.compile([each.strip(' []"') for each in patterns.split(",")])


def test_translate_leaves_no_metacharacters() -> None:
    """What is not understood whole is not translated in part."""
    assert translate(r"https://[ab]+\.a\.example") == ()
    assert translate(r"https://a\.example") == ("https://a.example",)
