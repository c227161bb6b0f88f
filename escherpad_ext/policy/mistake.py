"""What is said about a text that is no pattern of origins."""

from __future__ import annotations

from typing import NamedTuple


class Mistake(NamedTuple):
    """A code, a sentence that says what to do, and a repair that may have mistakes of its own."""

    code: str
    what: str
    repair: str | None = None
