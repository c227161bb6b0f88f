"""What a fix of a proxy consists of. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .services import Proxy


@dataclass(frozen=True)
class ProxyFix:
    """What a proxy has to do, in words, and by its directives.

    A directive that begins with ``#`` is for people, and ``# take out: `` names the beginning of
    one to remove. ``places`` says where they go, for those that do not belong to Jupyter's block.
    """

    words: str
    directives: Mapping[Proxy, tuple[str, ...]] = field(default_factory=dict)
    places: Mapping[Proxy, str] = field(default_factory=dict)


def out(*beginnings: str) -> tuple[str, ...]:
    """Return what says that directives with these beginnings have to go."""
    return tuple(f"# take out: {beginning}" for beginning in beginnings)
