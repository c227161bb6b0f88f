"""What hostile requests are made of, beside those of people and sites."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from escherpad_ext.app import EscherpadExt
from escherpad_ext.connect.service import ConnectService

from .browser_user import CLICK, FORM, Person, preset_fields, selected, ticked


class Clock:
    """The real one. ``ahead`` is time that has passed, ``put_back`` is what somebody did to it."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.put_back = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead - self.put_back

    def timer(self) -> float:
        return time.monotonic() + self.ahead


def set_clock(serverapp: Any) -> Clock:
    """Give the extension of a server a clock that can be put forward."""
    clock = Clock()
    extension = _extension(serverapp)
    extension.clock, extension.timer = clock, clock.timer
    return clock


def service_of(serverapp: Any) -> ConnectService:
    """Return what is behind the connect pages of a server."""
    return _extension(serverapp).connect_service


def _extension(serverapp: Any) -> EscherpadExt:
    extension: EscherpadExt
    (extension,) = serverapp.extension_manager.extension_apps["escherpad_ext"]
    return extension


def yes(page: Any) -> dict[str, Any]:
    """Return what a browser would send for Allow on a connect page."""
    fields = {"scope": ticked(page), "lifetime": selected(page), "decision": "allow"}
    return {**preset_fields(page), **fields}


async def submit(
    person: Person,
    path: str,
    fields: dict[str, Any],
    without: tuple[str, ...] = (),
    **headers: str,
) -> Any:
    """Post a form with the person's cookies and exactly these headers."""
    sent = {**CLICK, "Origin": person.origin, **FORM}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {name: value for name, value in sent.items() if name not in without}
    return await person.send("POST", path, sent, urlencode(fields, doseq=True))


def is_refused(response: Any) -> bool:
    """Return whether the request was refused, without a redirect."""
    return response.code in {400, 401, 403, 404, 405} and "Location" not in response.headers
