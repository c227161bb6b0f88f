"""What clients call, from any origin: it looks at no cookie and is the same for everybody.

So these are plain tornado handlers, without Jupyter's identity provider.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from oauthlib.common import extract_params
from tornado.web import RequestHandler, stream_request_body

from ...errors import GrantError, GrantTokensUnavailable
from ...policy.refusals import refuse
from ...server.telemetry import Telemetry
from ..endpoint_headers import endpoint_headers
from ..service import ConnectService

MAX_BODY_BYTES = 16_384
_FORM = "application/x-www-form-urlencoded"


class Endpoint(RequestHandler):
    """An endpoint for clients."""

    def check_xsrf_cookie(self) -> None:
        """Do nothing: cookies do not count here, so no other page can misuse them."""

    def write_json(self, status: int, body: Mapping[str, object]) -> None:
        """Answer with an object."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.finish(json.dumps(body))

    def write_oauth_error(self, status: int, error: str, description: str) -> None:
        """Answer with an error (RFC 6749, 5.2)."""
        self.write_json(status, {"error": error, "error_description": description})


@stream_request_body
class FormEndpoint(Endpoint):
    """An endpoint that takes a small form. A larger body is dropped while it arrives."""

    def initialize(self, service: ConnectService, telemetry: Telemetry) -> None:
        """Take the shared parts."""
        self.service = service
        self.telemetry = telemetry
        self.body = b""

    def data_received(self, chunk: bytes) -> None:
        """Keep a part of the body, as long as it is small."""
        if len(self.body) <= MAX_BODY_BYTES:
            self.body += chunk

    @allow_unauthenticated
    async def post(self) -> None:
        """Answer as oauthlib does, or with the error of the form."""
        self.set_header("Cache-Control", "no-store")
        self.set_header("Pragma", "no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")
        if len(self.body) > MAX_BODY_BYTES:
            self.write_oauth_error(413, "invalid_request", "The form is too large.")
        elif problem := self._problem_of_form():
            self.write_oauth_error(400, "invalid_request", problem)
        else:
            await self._answer(self.body.decode("latin-1"))

    def _problem_of_form(self) -> str | None:
        """Return what is wrong with the form, before oauthlib reads it."""
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != _FORM:
            return f"Send {_FORM} (RFC 6749)."
        fields = extract_params(self.body.decode("latin-1"))
        if fields is None:
            return "The form is not properly encoded."
        if len(dict(fields)) != len(fields):  # RFC 6749, 3.2: "MUST NOT […] more than once"
            return "The form has a field twice."
        return None

    async def change(
        self, create: Callable[..., Any], uri: str, body: str, headers: Mapping[str, str]
    ) -> tuple[Any, Any, int]:
        """Return what oauthlib creates, in the thread that may change grants."""
        answer, text, status = await self.service.change(
            partial(create, uri, "POST", body, headers)
        )
        return answer, text, status

    async def _answer(self, body: str) -> None:
        from oauthlib.oauth2 import OAuth2Error  # noqa: PLC0415 - see ConnectService

        uri = f"{self.request.protocol}://{self.request.host}{self.request.uri}"
        headers = endpoint_headers(self.request)
        try:
            answer, text, status = await self.respond(uri, body, headers)
        except OAuth2Error as error:
            answer, text, status = error.headers, error.json, error.status_code
        except GrantError as error:
            self.write_oauth_error(500, "server_error", error.what)
            return
        except ValueError:  # of the URL
            self.write_oauth_error(400, "invalid_request", "The address is not properly encoded.")
            return
        except GrantTokensUnavailable as error:
            self.write_oauth_error(
                503, "temporarily_unavailable", refuse("invalid_token", error.code).message
            )
            return
        self.set_status(status)
        for name, value in answer.items():
            self.set_header(name, value)
        self.finish(text)

    async def respond(
        self, uri: str, body: str, headers: Mapping[str, str]
    ) -> tuple[Any, Any, int]:
        """Return headers, body and status of the answer."""
        raise NotImplementedError
