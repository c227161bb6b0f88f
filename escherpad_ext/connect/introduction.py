"""How a page says who asks. Only what was verified stands out; the rest is said to be a claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .authorization_request import AuthorizationRequest

NEAR = "A program on the computer in front of you"
PROGRAM_SECONDS = 7 * 86400


@dataclass(frozen=True)
class Introduction:
    """Who asks.

    ``address`` stands out: a site, or where the program is that gets the answer. ``is_origin`` says
    that it is one, to be shown as such. ``name`` is what a program calls itself, which nobody
    checked; empty where it says none that can be shown. ``document`` is where it is described;
    another program on the same computer could name that, too.
    """

    noun: Literal["site", "program"]
    address: str
    is_origin: bool = True
    name: str = ""
    document: str = ""

    @property
    def seconds(self) -> int | None:
        """How long it is connected if the owner chooses nothing; None is as the settings say."""
        return PROGRAM_SECONDS if self.noun == "program" else None


def introduce(request: AuthorizationRequest) -> Introduction:
    """Return who asks, and who gets the answer."""
    program = request.program
    if program is None:
        return Introduction("site", str(request.client))
    is_near = request.goes_to.is_loopback
    return Introduction(
        "program",
        NEAR if is_near else str(request.goes_to),
        is_origin=not is_near,
        name=program.name,
        document=program.document,
    )
