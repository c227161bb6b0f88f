"""A check of the caller for handlers that have none, for requests from another origin.

Plain tornado handlers check no login and answer every caller. An allowed origin without a token
is anonymous, so it must not read what they serve.
"""

from __future__ import annotations

from functools import lru_cache
from inspect import isawaitable
from typing import TYPE_CHECKING

from jupyter_server.base.handlers import AuthenticatedHandler
from tornado.httputil import HTTPMessageDelegate
from tornado.log import app_log
from tornado.web import RequestHandler

if TYPE_CHECKING:
    _Base = RequestHandler
else:
    _Base = object


def check_caller(delegate: HTTPMessageDelegate) -> None:
    """Have the handler behind ``delegate`` ask who calls, before it does anything.

    Only the server's token or a grant of ``full`` is enough: the handler declares no resource. At a
    path of ``resource_paths``, a grant of its scope is, too.
    """
    handler_class = getattr(delegate, "handler_class", None)
    if handler_class is not None:
        delegate.handler_class = _checking(handler_class)  # type: ignore[attr-defined]


class _Checking(_Base):
    log = app_log

    async def prepare(self) -> None:
        # It raises Finish where the caller is refused, and is None where no login is needed.
        user = self.settings["identity_provider"].get_user(self)
        if isawaitable(user):
            await user
        found = super().prepare()
        if isawaitable(found):
            await found


@lru_cache(maxsize=256)
def _checking(handler_class: type[RequestHandler]) -> type[RequestHandler]:
    # Core's metrics know handlers by these names.
    names = {"__module__": handler_class.__module__, "__qualname__": handler_class.__qualname__}
    # Identity providers ask a handler for what Jupyter's have; what the class defines comes first.
    return type(handler_class.__name__, (_Checking, handler_class, AuthenticatedHandler), names)
