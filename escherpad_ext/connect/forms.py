"""The forms on the owner's pages. Each is good for one submission by the person who saw it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .authorization_request import AuthorizationRequest
from .device_codes import WaitingRequest
from .expiring_store import ExpiringStore
from .problems import ConnectError

#: How long a page may stay open before its form ends.
OPEN_SECONDS = 600.0
MAX_OPEN = 200


@dataclass(frozen=True)
class Form:
    """A page with buttons that was shown to ``user``.

    ``authorization_request`` is what the connect page decides about, ``address`` what the page
    before a navigation opens. Both are None on the page of connected apps. ``written`` are the ids
    of the written files that were shown. ``extends`` says that the connect page was the short one,
    which has nothing to choose but the time. ``device`` is the program's request that the page
    decides about, once its code was typed.
    """

    user: str
    authorization_request: AuthorizationRequest | None = None
    address: str | None = None
    written: frozenset[str] = frozenset()
    extends: bool = False
    device: WaitingRequest | None = None


class OpenForms:
    """Keeps the forms that were shown, by nonce. A new one replaces the oldest."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._forms = ExpiringStore[Form](
            timer, seconds=OPEN_SECONDS, limit=MAX_OPEN, makes_room=True
        )

    def open(self, form: Form) -> str:
        """Keep a form and return its nonce."""
        nonce = self._forms.put(form)
        assert nonce is not None  # it makes room
        return nonce

    def take(self, nonce: str, user: str) -> Form:
        """Return a form, once. Raises ConnectError where this user has no such form."""
        form = self._forms.take(nonce)
        if form is None or form.user != user:
            raise ConnectError("used")
        return form

    def __len__(self) -> int:
        return len(self._forms)
