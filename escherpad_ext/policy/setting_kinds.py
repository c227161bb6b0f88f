"""What a setting may hold: a flag, a number, a choice, a list. Pure.

A field of :class:`~escherpad_ext.policy.settings.Settings` has one of these as its default. From
there the trait gets its default and its help, and the parser what it accepts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Literal, NamedTuple

from ..errors import SettingError

#: What was written, by the names of the settings; of any type.
Values = Mapping[str, Any]
#: The type of the trait.
Form = Literal["flag", "number", "text", "list", "dictionary"]


class Kind(NamedTuple):
    """What one setting is.

    ``default`` is what counts where nobody writes anything. ``parse`` gets the setting's name and
    all values; it raises SettingError or SettingsInvalid.
    """

    form: Form
    default: Any
    help: str
    parse: Callable[[str, Values], Any]


def setting(kind: Kind, parsed_default: Any = None) -> Any:
    """Return the dataclass field of a setting. ``parsed_default``: where parsing changes it."""
    default = kind.default if parsed_default is None else parsed_default
    return field(default=default, metadata={"kind": kind})


def flag(help: str) -> Any:  # noqa: A002 - as traitlets has it
    """Return a field that is True or False; every flag is False by default."""
    return setting(Kind("flag", False, help, _parse_flag))


def choice(default: str, choices: tuple[str, ...], help: str) -> Any:  # noqa: A002
    """Return a field for one of a few words."""

    def parse(name: str, values: Values) -> str:
        for word in choices:
            if values[name] == word:
                return word
        raise SettingError(
            f"{values[name]!r} is none of {', '.join(map(repr, choices))}.",
            code="unknown_choice",
            setting=name,
            suggestion=default,
        )

    return setting(Kind("text", default, help, parse))


def seconds(default: int, *, least: int, most: int, help: str) -> Any:  # noqa: A002
    """Return a field for a time in whole seconds."""
    return number_of("seconds", default, least=least, most=most, help=help)


def number_of(what: str, default: int, *, least: int, most: int, help: str) -> Any:  # noqa: A002
    """Return a field for a whole number of something."""

    def parse(name: str, values: Values) -> int:
        value = values[name]
        if type(value) is not int or not least <= value <= most:  # True is an int, too
            raise SettingError(
                f"{value!r} is not a number of {what} from {least} to {most}.",
                code="out_of_range",
                setting=name,
                suggestion=default,
            )
        return value

    return setting(Kind("number", default, help, parse))


def _parse_flag(name: str, values: Values) -> bool:
    value = values[name]
    if not isinstance(value, bool):
        raise SettingError(
            f"{value!r} is neither True nor False.",
            code="not_a_flag",
            setting=name,
            suggestion=False,
        )
    return value
