"""The one point that every response passes: the connection it is written to.

Tornado's output transforms come too early for this: ``Set-Cookie`` is added after them, and they
cannot see what is not written by a handler.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from asyncio import Future
from collections.abc import Callable
from functools import partial
from weakref import ref

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)

from ..policy import cors
from ..policy.credentials import NO_OFFER, TOKEN_PROTOCOL, Offer

SWITCHING_PROTOCOLS = 101


class ResponseRule(ABC):
    """Changes the headers of a response just before they are written."""

    @abstractmethod
    def apply(self, status: int, headers: HTTPHeaders) -> None:
        """Change ``headers`` in place."""


class VaryOnly(ResponseRule):
    """For requests to which the rule does not apply: the answer stays as it is.

    But a cache must not hand it to another origin, nor the other way round
    (https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches).
    """

    def __init__(self, vary: str = "Origin") -> None:
        self._vary = vary

    def apply(self, status: int, headers: HTTPHeaders) -> None:
        """See the base class."""
        present = headers.get_list("Vary")
        headers["Vary"] = cors.add_vary(", ".join(present), self._vary) if present else self._vary


class WithoutCors(VaryOnly):
    """For everybody who is not from an allowed origin: no CORS header, no cookie."""

    def __init__(self, vary: str = "Origin", offer: Offer = NO_OFFER) -> None:
        self._vary = vary
        self._offer = offer

    def apply(self, status: int, headers: HTTPHeaders) -> None:
        """See the base class."""
        for name in cors.sort_headers(tuple(headers)).removed:
            del headers[name]
        super().apply(status, headers)
        if status == SWITCHING_PROTOCOLS and self._offer.bare:
            # A browser fails the socket if it offered protocols and none is named
            # (https://websockets.spec.whatwg.org/#establish-a-websocket-connection).
            headers.setdefault("Sec-WebSocket-Protocol", TOKEN_PROTOCOL)


class WithCors(WithoutCors):
    """For an allowed origin: readable, whatever handler or error produced it."""

    def __init__(self, origin: str, offer: Offer, allow_credentials: bool) -> None:
        self._vary = "Origin"
        self._offer = offer
        self._origin = origin
        self._allow_credentials = allow_credentials

    def apply(self, status: int, headers: HTTPHeaders) -> None:
        """See the base class."""
        super().apply(status, headers)
        if status == SWITCHING_PROTOCOLS:
            return
        exposed = cors.sort_headers(tuple(headers)).exposed
        for name, value in cors.allow_headers(self._origin, self._allow_credentials).items():
            headers[name] = value
        if exposed:
            headers["Access-Control-Expose-Headers"] = exposed
        # Preflights are cached only for ``cache: "default"``, which is safe only so.
        headers.setdefault("Cache-Control", "no-cache")


class PublicCors(WithoutCors):
    """For what anybody may read, from wherever: no cookie, and the same for all."""

    def apply(self, status: int, headers: HTTPHeaders) -> None:
        """See the base class."""
        super().apply(status, headers)
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Expose-Headers"] = "WWW-Authenticate"
        headers.setdefault("Cache-Control", "no-cache")


def set_rule(request: HTTPServerRequest, rule: ResponseRule) -> None:
    """Have ``rule`` applied to the response to ``request``, in place of any set before.

    The connection gets an attribute. Another class would make all that it does slower, and a
    wrapper would cost each call of it.
    """
    connection = request.connection
    if connection is not None:
        write = partial(_write_headers, ref(connection), rule)
        connection.write_headers = write  # type: ignore[method-assign]


def _write_headers(
    connection_of: Callable[[], HTTPConnection | None],
    rule: ResponseRule,
    start_line: RequestStartLine | ResponseStartLine,
    headers: HTTPHeaders,
    chunk: bytes | None = None,
) -> Future[None]:
    """Write the headers as the rule has them."""
    connection = connection_of()
    assert connection is not None  # who calls has it
    if isinstance(start_line, ResponseStartLine):
        rule.apply(start_line.code, headers)
    return type(connection).write_headers(connection, start_line, headers, chunk)
