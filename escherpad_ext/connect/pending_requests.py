"""Authorization requests that wait while a person logs in and decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from .authorization_request import AuthorizationRequest
from .expiring_store import ExpiringStore
from .problems import ConnectError

#: How long a person may take to log in, and then to decide.
WAIT_SECONDS = 600.0
#: How many requests of people who are not logged in may wait, and of those who are.
MAX_ANONYMOUS = 1000
MAX_LOGGED_IN = 200


class PendingRequests:
    """Keeps requests under random ids.

    Anyone can send a request without being logged in. Such requests have a separate store. When
    it is full, new requests are refused and no waiting request is dropped. They cannot fill the
    store for users who are logged in.
    """

    def __init__(self, timer: Callable[[], float]) -> None:
        self._anonymous = ExpiringStore[AuthorizationRequest](
            timer, seconds=WAIT_SECONDS, limit=MAX_ANONYMOUS, makes_room=False
        )
        self._logged_in = ExpiringStore[AuthorizationRequest](
            timer, seconds=WAIT_SECONDS, limit=MAX_LOGGED_IN, makes_room=True
        )

    def add(self, request: AuthorizationRequest, *, logged_in: bool) -> str:
        """Keep a request and return its id. Raises ConnectError where too many wait.

        The id stands for the query in the login page's ``next``, whose colons Jupyter changes.
        """
        request_id = (self._logged_in if logged_in else self._anonymous).put(request)
        if request_id is None:
            raise ConnectError("crowded")
        return request_id

    def get(self, request_id: str) -> AuthorizationRequest:
        """Return a request that waits. Raises ConnectError where there is none of this id."""
        request = self._logged_in.get(request_id) or self._anonymous.get(request_id)
        if request is None:
            raise ConnectError("forgotten")
        return request

    def __iter__(self) -> Iterator[AuthorizationRequest]:
        return chain(self._anonymous, self._logged_in)

    def __len__(self) -> int:
        return len(self._anonymous) + len(self._logged_in)
