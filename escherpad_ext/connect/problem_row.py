"""One row of the table of problems. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """A row: the page's status and title, what happened and why, and what to do.

    ``sentence`` has placeholders for the facts.
    """

    status: int
    title: str
    sentence: str
    fix: str
