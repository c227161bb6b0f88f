"""The two handlers that answer before routing: preflights and refusals."""

from __future__ import annotations

import json
from typing import Any

from tornado.web import RequestHandler, stream_request_body

from ..policy.refusals import Refusal


def write_refusal(handler: RequestHandler, refusal: Refusal) -> None:
    """Answer with a refusal that a program can read, and end the response.

    Must be called before the handler wrote anything.
    """
    handler.clear()
    handler.set_status(refusal.status)
    handler.set_header("Content-Type", "application/json; charset=UTF-8")
    handler.set_header("X-Content-Type-Options", "nosniff")
    if refusal.challenge:
        handler.set_header("WWW-Authenticate", refusal.challenge)
    # Not handler.finish: some handlers have one of their own, with other arguments.
    RequestHandler.finish(handler, json.dumps(refusal.as_json()))


class PreflightHandler(RequestHandler):
    """Answers a preflight of an allowed origin: 204, the headers, nothing else."""

    def initialize(self, headers: dict[str, str]) -> None:
        """Take the headers to answer with."""
        self._answer = headers

    def set_default_headers(self) -> None:
        """Say nothing of the content: there is none."""
        self.clear_header("Content-Type")

    def options(self, *_args: str) -> None:
        """Answer."""
        self.set_status(204)
        for name, value in self._answer.items():
            self.set_header(name, value)


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
