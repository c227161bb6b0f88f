"""A row of the tables of refusals. Pure."""

from __future__ import annotations

from typing import NamedTuple

#: Stands for the line of configuration that allows the origin.
ALLOW_ORIGIN = "allow the origin"


class Row(NamedTuple):
    """A refusal: a title, the sentence on the wire, and what to do.

    ``line`` is the configuration that would admit such a request: :data:`ALLOW_ORIGIN`, or a text
    in which ``{origin}`` stands for the caller's origin.
    """

    title: str
    sentence: str
    fix: str
    line: str = ""
