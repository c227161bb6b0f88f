"""Requests that need no login, as their handlers declare."""

from __future__ import annotations

from jupyter_server.base.handlers import PrometheusMetricsHandler
from tornado.web import RequestHandler

from ..policy.cors import SAFE_METHODS


def is_public_read(handler: RequestHandler) -> bool:
    """Return whether a request only reads what the handler says needs no login.

    See ``jupyter_server.auth.decorator.allow_unauthenticated``.
    """
    if isinstance(handler, PrometheusMetricsHandler):
        return not handler.settings["authenticate_prometheus"]  # it asks by itself, in HTML
    method = handler.request.method or ""
    return method in SAFE_METHODS and bool(
        getattr(getattr(handler, method.lower(), None), "__allow_unauthenticated", False)
    )
