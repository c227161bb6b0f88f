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
        """Send what there is, and tell that the response has begun: its status is final."""
        sent = super().flush(include_footers=include_footers)
        if self._escherpad_begins is not _told:
            self._tell()
        return sent

    def on_finish(self) -> None:
        """Tell that the response is over, however it was sent."""
        if self._escherpad_begins is not _told:
            self._tell()
        super().on_finish()

    def detach(self) -> IOStream:
        """Tell that the handler answers by itself from now on."""
        self._tell()
        return super().detach()

    def _tell(self) -> None:
        begins = self._escherpad_begins
        if begins is not None:
            self._escherpad_begins = _told
            begins(self)


def _told(handler: RequestHandler) -> None:
    """Stand for what was called: it must not be set again."""
