"""Limits how many wrong codes are typed (RFC 8628, 5.1)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from .problems import ConnectError

WINDOW_SECONDS = 600.0
#: For one login. Whoever logs out and in again meets the limit of the server.
MAX_OF_USER = 10
MAX_OF_SERVER = 50


class Guesses:
    """The wrong codes of the last ten minutes, and who typed them."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._wrong: deque[tuple[float, str]] = deque(maxlen=MAX_OF_SERVER)

    def check(self, user: str) -> None:
        """Raise ConnectError (``guesses``) for whoever may not type another code now."""
        oldest = self._timer() - WINDOW_SECONDS
        while self._wrong and self._wrong[0][0] <= oldest:
            self._wrong.popleft()
        of_user = sum(each == user for _, each in self._wrong)
        if len(self._wrong) >= MAX_OF_SERVER or of_user >= MAX_OF_USER:
            raise ConnectError("guesses")

    def add(self, user: str) -> None:
        """Count a wrong code."""
        self._wrong.append((self._timer(), user))
