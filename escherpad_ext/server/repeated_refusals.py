"""Grant tokens that were refused many times in a row: they have to wait for the next check.

Some programs poll without a pause, also with a token that has ended. What counts is the token and
the origin that sends it, never the address: behind a proxy, everybody has the same one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from ..policy.refusals import Refusal, refuse
from .context import RequestContext

#: A program that works on what it is told is not refused so often.
MAX_IN_A_ROW = 100
WAIT_SECONDS = 30
#: After such a pause, counting begins again.
FORGOTTEN_AFTER_SECONDS = 60.0
#: Of how many tokens it is known. New ones replace the oldest, which are then just checked.
MAX_KNOWN = 256
#: Refusals that are not the token's fault.
_MAY_PASS = frozenset({"registry_unavailable", "key_unusable", "not_yet_valid"})


class RepeatedRefusals:
    """Counts refusals in a row, by token and origin. ``timer`` counts seconds."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._refused: dict[int, tuple[int, float]] = {}
        #: Which of them have to wait.
        self._waiting: set[int] = set()

    def refusal_of(self, context: RequestContext) -> Refusal | None:
        """Return the refusal of a token that has to wait, None for all others."""
        if not self._waiting or (key := _key_of(context)) not in self._waiting:
            return None
        count, latest = self._refused[key]
        left = WAIT_SECONDS - (self._timer() - latest)
        if left > 0:
            refusal = refuse("too_many_requests", "refused_often")
            return refusal._replace(retry_seconds=math.ceil(left))
        self._waiting.remove(key)
        self._refused[key] = (count - 1, latest)  # one more look
        return None

    def note(self, context: RequestContext, refusal: Refusal) -> None:
        """Note that a token was refused."""
        if refusal.error not in {"invalid_token", "token_in_url"} or refusal.reason in _MAY_PASS:
            return
        key, now = _key_of(context), self._timer()
        count, latest = self._refused.pop(key, (0, now))
        if now - latest >= FORGOTTEN_AFTER_SECONDS:
            count = 0
        self._refused[key] = (count + 1, now)
        if count + 1 >= MAX_IN_A_ROW:
            self._waiting.add(key)
        if len(self._refused) > MAX_KNOWN:
            self._drop(next(iter(self._refused)))

    def forget(self, context: RequestContext) -> None:
        """Note that a token was accepted."""
        if self._refused:
            self._drop(_key_of(context))

    def _drop(self, key: int) -> None:
        self._refused.pop(key, None)
        self._waiting.discard(key)


def _key_of(context: RequestContext) -> int:
    """Return what stands for a token and its origin, so that no token is kept.

    Python's hash has a random key. The same token may be good in the header and not in the URL.
    """
    presented = context.presented
    return hash((presented.token, presented.ignored, context.origin))
