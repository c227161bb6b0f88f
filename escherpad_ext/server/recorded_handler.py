"""The moment at which a response begins, for the record: some never end, as event streams."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable
from typing import TYPE_CHECKING

from tornado.iostream import IOStream
from tornado.web import RequestHandler

#: The attribute of a handler: what to call once, with the handler.
BEGINS = "_escherpad_begins"

if TYPE_CHECKING:
    _Base = RequestHandler
else:
    _Base = object


class Recorded(_Base):
    """Mixin for the handlers of requests with tokens that have limits.

    A method of the class: one that each handler gets by itself would cost each request.
    """

    _escherpad_begins: Callable[[RequestHandler], object] | None = None

    def flush(self, include_footers: bool = False) -> Future[None]:
        """Tell that the response begins, and send it. Every handler sends all it has by this."""
        if (begins := self._escherpad_begins) is not None:
            self._escherpad_begins = _told
            begins(self)
        return super().flush(include_footers)

    def detach(self) -> IOStream:
        """Tell that the handler answers by itself from now on."""
        if (begins := self._escherpad_begins) is not None:
            self._escherpad_begins = _told
            begins(self)
        return super().detach()


def _told(handler: RequestHandler) -> None:
    """Stand for what was called: it must not be set again."""
