"""What answers before routing: preflights and refusals."""

from __future__ import annotations

import json
from typing import Any

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    ResponseStartLine,
)
from tornado.web import RequestHandler, stream_request_body

from ..policy.refusals import Refusal
from .challenge import CHALLENGE, with_challenge


def write_refusal(handler: RequestHandler, refusal: Refusal) -> None:
    """Answer with a refusal that a program can read, and end the response.

    Must be called before the handler wrote anything.
    """
    if hasattr(handler.request, CHALLENGE):
        refusal = with_challenge(handler.request, refusal)
    handler.clear()
    handler.set_status(refusal.status)
    handler.set_header("Content-Type", "application/json; charset=UTF-8")
    handler.set_header("X-Content-Type-Options", "nosniff")
    if refusal.challenge:
        handler.set_header("WWW-Authenticate", refusal.challenge)
    if refusal.retry_seconds:
        handler.set_header("Retry-After", str(refusal.retry_seconds))  # RFC 9110, 10.2.3
    # Not handler.finish: some handlers have one of their own, with other arguments.
    RequestHandler.finish(handler, json.dumps(refusal.as_json()))


class PreflightHandler(HTTPMessageDelegate):
    """Answers a preflight of an allowed origin: 204, the headers, nothing else.

    Not a ``RequestHandler``: these are half the requests of some clients, and need none of it.
    """

    def __init__(self, connection: HTTPConnection, headers: dict[str, str]) -> None:
        self._connection = connection
        self._headers = headers

    def finish(self) -> None:
        """Answer, when the request is complete."""
        start_line = ResponseStartLine("HTTP/1.1", 204, "No Content")
        self._connection.write_headers(start_line, HTTPHeaders(self._headers))
        self._connection.finish()


@stream_request_body
class RefusalHandler(RequestHandler):
    """Answers whatever method with a refusal; a body sent along is dropped as it comes."""

    def initialize(self, refusal: Refusal) -> None:
        """Take the refusal to answer with."""
        self._refusal = refusal

    def check_xsrf_cookie(self) -> None:
        """Do nothing: there is nothing to forge here, and the answer must be the refusal."""

    def check_trusted_origin(self, origin: str) -> bool:
        """Likewise."""
        return True

    def data_received(self, chunk: bytes) -> None:
        """Drop a part of the body."""

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Answer with the refusal, also where tornado stumbles over the request before."""
        self._refuse()

    def _refuse(self, *_args: str) -> None:
        write_refusal(self, self._refusal)

    get = head = post = put = patch = delete = options = _refuse
