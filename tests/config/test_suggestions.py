"""Whoever copies what a message says to write has no mistake there any more."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escherpad_ext.config.resolve import LegacySettings, Written, resolve
from escherpad_ext.errors import OriginPatternError, SettingError
from escherpad_ext.policy.settings import SETTINGS

DEFAULTS = {name: kind.default for name, kind in SETTINGS.items()}
texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "https://a.example.com/",
            "https://A.example.com",
            "a.example.com",
            "http://a.example.com",
            "https://.*\\.example\\.com",
            "https://it's.example.com/",
            "ask me",
            "7200",
            "True",
        ]
    ),
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts)
values = st.one_of(scalars, st.lists(scalars, max_size=3), st.dictionaries(texts, scalars))


def printed(mistake: SettingError) -> Any:
    """Return what the message says to write, as Python reads it; Ellipsis where it says nothing."""
    found = re.search(r" Write (.*) instead\.$", str(mistake), re.DOTALL)
    return ast.literal_eval(found[1]) if found else ...


def mistakes_in(**settings: Any) -> tuple[SettingError, ...]:
    return resolve(Written({**DEFAULTS, **settings})).mistakes


@pytest.mark.parametrize("name", SETTINGS)
@given(value=values)
def test_what_is_printed_is_right(name: str, value: Any) -> None:
    """For every setting, whatever was written."""
    for mistake in mistakes_in(**{name: value}):
        assert mistake.setting == name
        suggested = printed(mistake)
        if suggested is ...:
            assert mistake.suggestion is None
            continue
        if isinstance(mistake, OriginPatternError):
            suggested = [suggested]
        assert mistakes_in(**{name: suggested}) == ()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("preflight_max_age_seconds", "7200", "Write 7200 instead."),
        ("grant_lifetime_seconds", 0, "Write 28800 instead."),
        ("activity_max_rows", 0, "Write 10000 instead."),
        ("allow_credentials", "True", "Write False instead."),
        ("connect", "yes", "Write 'ask' instead."),
        ("allowed_origins", "https://a.example", "Write ['https://a.example'] instead."),
    ],
)
def test_what_is_printed_has_the_settings_type(name: str, value: Any, said: str) -> None:
    """A number without quotes, a list in brackets."""
    (mistake,) = mistakes_in(**{name: value})
    assert str(mistake).endswith(said)


@given(texts.filter(bool))
def test_what_is_printed_for_allow_origin_is_right(text: str) -> None:
    """It stands in the server's own setting."""
    legacy = resolve(Written(DEFAULTS, legacy=LegacySettings(text)))
    for mistake in legacy.mistakes:
        assert mistake.setting == "ServerApp.allow_origin"
        if (suggested := printed(mistake)) is not ...:
            assert resolve(Written(DEFAULTS, legacy=LegacySettings(suggested))).mistakes == ()


def test_every_flag_is_off_by_default() -> None:
    """What is printed for one that is no flag is the careful value."""
    assert not any(kind.default for kind in SETTINGS.values() if kind.form == "flag")
