"""Users without a name, remembered by their token."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable

from jupyter_server.auth.identity import User

MAX_REMEMBERED_USERS = 1024


class RememberedUsers:
    """Users without a name, by a digest of their token."""

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(16)
        self._users: OrderedDict[bytes, User] = OrderedDict()

    def remember(self, token: str, make: Callable[[], User]) -> User:
        """Return the user that this token was at first, which ``make`` then made."""
        digest = hashlib.blake2b(token.encode("utf-8", "replace"), salt=self._salt).digest()
        known = self._users.get(digest)
        if known is None:
            known = self._users[digest] = make()
        self._users.move_to_end(digest)
        if len(self._users) > MAX_REMEMBERED_USERS:
            self._users.popitem(last=False)
        return known
