"""Keeps the server's token out of the answers to grant tokens."""

from __future__ import annotations

from functools import lru_cache

from tornado.web import RequestHandler


def conceal_server_token(handler: RequestHandler) -> None:
    """Keep the server's own token out of what this handler writes.

    Jupyter's pages, those of errors among them, hold it for whoever is logged in
    (``data-jupyter-api-token`` in its ``page.html``).
    """
    handler.__class__ = _concealing(type(handler))  # type: ignore[arg-type]


class _Concealing:
    token = ""


@lru_cache(maxsize=1024)
def _concealing(handler_class: type[RequestHandler]) -> type[RequestHandler]:
    # Core's metrics know handlers by these names.
    names = {"__module__": handler_class.__module__, "__qualname__": handler_class.__qualname__}
    return type(handler_class.__name__, (_Concealing, handler_class), names)
