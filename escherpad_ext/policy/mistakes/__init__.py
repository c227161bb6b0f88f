"""What can be wrong with the text of an origin pattern: one small rule per mistake.

The rules only explain. ``patterns`` has found out before that a text is not a pattern. A missing
rule therefore costs a good sentence, and never allows anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..mistake import Mistake
from . import names, ports, texts, urls, wildcards
from .parts import Parts

if TYPE_CHECKING:
    from collections.abc import Callable

_PART_RULES: tuple[Callable[[Parts], Mistake | None], ...] = (
    *urls.RULES,
    *names.SPELLING,
    *wildcards.RULES,
    *ports.RULES,
    *names.RULES,
)


def explain(text: str) -> Mistake:
    """Return the first mistake in a text that is known not to be a pattern."""
    for rule in texts.RULES:
        if (mistake := rule(text)) is not None:
            return mistake
    parts = Parts.split(text)
    for part_rule in _PART_RULES:
        if (mistake := part_rule(parts)) is not None:
            return mistake
    return Mistake(
        "malformed", "is not an origin: write it as scheme://host or scheme://host:port."
    )
