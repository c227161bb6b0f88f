"""How a request for one of the owner's pages was made: by a person who opened it, or otherwise."""

from __future__ import annotations

from tornado.httputil import HTTPServerRequest

from ..policy.credentials import header_token
from ..policy.refusals import Refusal, refuse
from ..server.context import context_of
from .browsers import is_safari

# Sent by browsers for a service worker (https://w3c.github.io/ServiceWorker/, 3.5.3).
_PRELOAD = "Service-Worker-Navigation-Preload"
_OPENED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def has_fetch_metadata(request: HTTPServerRequest) -> bool:
    """Return whether the browser says how the page was opened.

    Browsers say it on https and on localhost (https://www.w3.org/TR/fetch-metadata/, 2).
    """
    return "Sec-Fetch-Mode" in request.headers


def refusal_of(request: HTTPServerRequest, *, token_authenticated: bool) -> Refusal | None:
    """Return why a request cannot come from a person who opened the page, None where it can."""
    if token_authenticated or _has_token(request):
        return refuse("owner_only", "token_used")
    is_cross_origin = context_of(request) is not None
    if is_cross_origin or not _was_opened(request) or not _was_submitted(request):
        return refuse("owner_only", "not_navigated")
    return None


def _has_token(request: HTTPServerRequest) -> bool:
    """Return whether a request carries a token, which does not count on these pages.

    Not any `Authorization`: browsers add `Basic` by themselves, for a proxy that asks for it.
    """
    in_header = header_token(request.headers.get("Authorization")) is not None
    return in_header or "token" in request.arguments


def _was_opened(request: HTTPServerRequest) -> bool:
    # A service worker of this origin gets the answer, and shows what it likes.
    if _PRELOAD in request.headers:
        return False
    return not has_fetch_metadata(request) or _has(request, _OPENED)


def _was_submitted(request: HTTPServerRequest) -> bool:
    """Return whether a POST was a click on this origin.

    A page elsewhere that did not read ours does not know its nonce.
    """
    if request.method != "POST" or not has_fetch_metadata(request):
        return True
    wanted = {"Sec-Fetch-Site": "same-origin"}
    if not is_safari(user_agent_of(request)):
        wanted["Sec-Fetch-User"] = "?1"
    # Not null: only the pages of others hide where they are.
    return _has(request, wanted) and request.headers.get("Origin", "null") != "null"


def user_agent_of(request: HTTPServerRequest) -> str:
    """Return what the browser calls itself."""
    return str(request.headers.get("User-Agent", ""))


def _has(request: HTTPServerRequest, headers: dict[str, str]) -> bool:
    return all(request.headers.get(name) == value for name, value in headers.items())
