"""Keeps the server's token out of the answers to grant tokens."""

from __future__ import annotations

from functools import lru_cache

from tornado.web import RequestHandler

from .recorded_handler import Recorded


class Concealing:
    """The class of handlers whose token is concealed."""

    token = ""


@lru_cache(maxsize=1024)
def concealing(handler_class: type[RequestHandler]) -> type[RequestHandler]:
    """Return the class of a handler for tokens that have limits: it conceals, and is recorded.

    Jupyter's pages, those of errors among them, hold the server's own token for whoever is logged
    in (``data-jupyter-api-token`` in its ``page.html``).
    """
    # Core's metrics know handlers by these names.
    names = {"__module__": handler_class.__module__, "__qualname__": handler_class.__qualname__}
    return type(handler_class.__name__, (Concealing, Recorded, handler_class), names)
