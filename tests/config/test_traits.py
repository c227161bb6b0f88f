"""The settings as traits: nothing that somebody writes is lost before it is checked."""

from __future__ import annotations

from typing import Any

import pytest
from traitlets import TraitError
from traitlets.config import Config

from escherpad_ext.config.traits import SettingTraits, legacy_values, setting_values
from escherpad_ext.policy.settings import SETTINGS

DEFAULTS = {name: kind.default for name, kind in SETTINGS.items()}


def values(**written: Any) -> dict[str, Any]:
    return setting_values(Config({"EscherpadExt": written}))


def test_every_setting_has_its_default() -> None:
    assert values() == DEFAULTS


@pytest.mark.parametrize("value", ["text", 7, 1.5, True, None, ["a"], ("a",), {"a": 1}])
def test_a_value_of_any_type_is_kept(value: Any) -> None:
    """One wrong value would else drop all settings of the section."""
    for name in SETTINGS:
        found = values(**{name: value})
        assert found == DEFAULTS | {name: value}
        assert type(found[name]) is type(value)


def test_other_names_are_left_alone() -> None:
    """Traitlets would warn of each."""
    config = Config({"EscherpadExt": {"connect": "off", "other": 1}, "ServerApp": {"port": 1}})
    assert setting_values(config) == DEFAULTS | {"connect": "off"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.example", ["https://a.example"]),
        ('["https://a.example", "b"]', ["https://a.example", "b"]),
        ("[]", []),
    ],
)
def test_a_list_on_the_command_line(text: str, expected: list[str]) -> None:
    """One entry needs no brackets, which shells would read."""
    trait = SettingTraits.class_traits()["allowed_origins"]
    assert trait.from_string(text) == expected


def test_jupyters_own_settings() -> None:
    """With their defaults, and none but those that say who may call."""
    found = legacy_values(Config({"ServerApp": {"allow_origin": "*", "port": "no number"}}))
    assert found == {"allow_origin": "*", "allow_origin_pat": "", "allow_credentials": False}


def test_jupyters_own_settings_are_checked() -> None:
    """A server does not start with these either."""
    with pytest.raises(TraitError):
        legacy_values(Config({"ServerApp": {"allow_credentials": "yes"}}))
