"""Registers programs without a list of them: an id holds what was registered, and is signed.

So the page shows no redirect that this server did not permit. The key is for this alone, and it
stays: programs keep their id for longer than a signing key of tokens lives.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import KeyUnusable, TokenRefused
from ..grants.keys import KeyRing
from ..policy.secret import Secret
from ..policy.token_encoding import read_strictly
from ..policy.tokens import KEY_ID_PREFIX
from .registration import TYPE, metadata_to_register

#: The folder of the key, beside the registry of grants.
FOLDER = "client-keys"
_ALGORITHM = "HS256"
_KEY_ID = re.compile(re.escape(KEY_ID_PREFIX) + r"[0-9a-f-]{1,64}")


class Registrar:
    """Signs the ids of programs, and verifies them."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        """``folder`` is that of the grants."""
        self._keys = KeyRing(folder / FOLDER)
        self._clock = clock
        self._current: tuple[str, Secret] | None = None

    @property
    def is_ready(self) -> bool:
        """Return whether the key is in memory, so that registering takes no disk."""
        return self._current is not None

    def prepare(self) -> None:
        """Read the key, or make it. Raises KeyUnusable."""
        key_id = self._keys.oldest(self._clock())
        try:
            self._current = key_id, self._keys.find(key_id)
        except TokenRefused as gone:
            raise KeyUnusable("The key for programs was deleted just now. Try again.") from gone

    def register(self, asked: object) -> dict[str, Any]:
        """Return the answer to a registration request (RFC 7591, 3.2.1). `prepare` comes first.

        Raises RegistrationError.
        """
        import jwt  # noqa: PLC0415 - takes a while, and most servers never see a program

        registered = metadata_to_register(asked)
        assert self._current is not None
        key_id, key = self._current
        headers = {"kid": key_id, "typ": TYPE}
        client_id = jwt.encode(dict(registered), key.reveal(), _ALGORITHM, headers)
        return {
            "client_id": client_id,
            **registered,
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }

    def is_registered(self, client_id: str) -> bool:
        """Return whether this install signed an id, which takes the disk. Raises KeyUnusable."""
        import jwt  # noqa: PLC0415

        try:
            header, _ = read_strictly(client_id)
            key_id = str(header.get("kid"))
            if not _KEY_ID.fullmatch(key_id):
                return False
            key = self._keys.find(key_id)
            jwt.PyJWS().decode(client_id, key.reveal(), algorithms=[_ALGORITHM])
        except (ValueError, TokenRefused, jwt.PyJWTError):
            return False
        return True
