"""Requests that were noted for the record, and are not answered.

Some never are: an event stream ends with its client, and its handler may not notice. So what is
recorded of a response that goes on is recorded when it begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from weakref import ref

from tornado.web import RequestHandler

from ..grants import Grant
from ..policy.refusals import Refusal

#: Grant, scope, when the request came, and why it was refused.
Noted = tuple[Grant, str, float, "Refusal | None"]
#: A dict costs a request no call of a function.
Unanswered = dict["ref[RequestHandler]", Noted]


def begun(unanswered: Unanswered) -> Iterator[tuple[RequestHandler, Noted]]:
    """Take out and yield those whose response has begun: its status is sent.

    Also those whose handler gave the connection away, and answers by itself.
    """
    for each in list(unanswered):
        handler = each()
        if handler is None:
            del unanswered[each]
        elif handler._headers_written or handler._finished:
            yield handler, unanswered.pop(each)
