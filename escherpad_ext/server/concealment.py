"""Keeps the server's token out of the answers to grant tokens."""

from __future__ import annotations

from functools import lru_cache

from tornado.httputil import HTTPMessageDelegate
from tornado.web import RequestHandler


def conceal_server_token(handler: RequestHandler) -> None:
    """Keep the server's own token out of what this handler writes.

    Jupyter's pages, those of errors among them, hold it for whoever is logged in
    (``data-jupyter-api-token`` in its ``page.html``).
    """
    if not isinstance(handler, _Concealing):
        handler.__class__ = _concealing(type(handler))  # type: ignore[arg-type]


def conceal_from_start(delegate: HTTPMessageDelegate) -> None:
    """Do the same with the handler behind ``delegate``, which is not made yet.

    An object that changes its class is slower from then on.
    """
    handler_class = getattr(delegate, "handler_class", None)
    if handler_class is not None:
        delegate.handler_class = _concealing(handler_class)  # type: ignore[attr-defined]


class _Concealing:
    token = ""


@lru_cache(maxsize=1024)
def _concealing(handler_class: type[RequestHandler]) -> type[RequestHandler]:
    # Core's metrics know handlers by these names.
    names = {"__module__": handler_class.__module__, "__qualname__": handler_class.__qualname__}
    return type(handler_class.__name__, (_Concealing, handler_class), names)
