"""Bytes that no log, error page or traceback shows by accident."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """Holds a secret. ``repr``, ``str``, formatting, pickling and comparing do not reveal it."""

    __slots__ = ("_bytes",)

    def __init__(self, secret: bytes) -> None:
        self._bytes = secret

    def reveal(self) -> bytes:
        """Return the secret. Pass it on at once, never keep it in a variable."""
        return self._bytes

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is not for pickling or copying.")
