"""How long a grant may live. Pure."""

from __future__ import annotations

import re

from ..errors import GrantError
from .translatable import Translatable, counted

DEFAULT_SECONDS = 8 * 3600
DEFAULT_MAX_SECONDS = 30 * 86400
#: No setting may allow more than this.
LIMIT_SECONDS = 10 * 366 * 86400
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
#: How people say them, from the largest: one, and several.
SPOKEN_UNITS = (
    (86400, "{number} day", "{number} days"),
    (3600, "{number} hour", "{number} hours"),
    (60, "{number} minute", "{number} minutes"),
    (1, "{number} second", "{number} seconds"),
)
_SHAPE = re.compile(r"(?P<number>[0-9]{1,9})(?P<unit>[smhd])")


def parse_lifetime(text: str, *, longest: int = DEFAULT_MAX_SECONDS) -> int:
    """Return the seconds of ``90s``, ``45m``, ``8h`` or ``30d``.

    Raises GrantError for anything else, for nothing (which would not mean for ever), and for
    more than ``longest`` seconds.
    """
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise GrantError(
            f"{text[:40]!r} is not a lifetime. Write a number and a unit: 90s, 45m, 8h or 30d.",
            code="lifetime",
        )
    seconds = int(shape["number"]) * _UNITS[shape["unit"]]
    check_lifetime(seconds, longest=longest)
    return seconds


def check_lifetime(seconds: int, *, longest: int = DEFAULT_MAX_SECONDS) -> None:
    """Raise GrantError unless a grant may live for so many seconds."""
    if seconds <= 0:
        raise GrantError(
            "The lifetime must be longer than zero. Write 8h, for instance.", code="lifetime"
        )
    if seconds > longest:
        raise GrantError(
            f"No grant lives longer than {spell(longest)}. Write {spell(longest)} or less, or set "
            "c.EscherpadExt.grant_lifetime_max_seconds.",
            code="lifetime",
        )


def spell(seconds: int) -> str:
    """Return seconds in the largest unit that is exact, as :func:`parse_lifetime` reads it."""
    for unit in ("d", "h", "m"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]}{unit}"
    return f"{seconds}s"


def spoken(seconds: int) -> Translatable:
    """Return seconds as people say it: ``8 hours``, ``1 day``."""
    units = (each for each in SPOKEN_UNITS if seconds % each[0] == 0)
    unit, singular, plural = next(units)
    return counted(singular, plural, seconds // unit)
