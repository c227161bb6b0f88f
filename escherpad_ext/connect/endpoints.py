"""What clients call, from whatever origin: discovery, tokens, their own grant, connect.js.

None of it looks at a cookie, and all of it is the same for everybody who asks. So these are plain
tornado handlers, that Jupyter's identity has no part in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.web import RedirectHandler, RequestHandler, stream_request_body

from ..errors import GrantError, TokenRefused
from ..policy.credentials import header_token
from ..policy.refusals import refuse
from ..policy.scopes import names
from ..policy.tokens import REASONS, UNSURE, is_grant_token
from ..server.answers import write_refusal
from ..server.context import context_of, origin_of
from ..server.static_files import TypedFiles
from .service import CONNECT, ConnectService
from .urls import ServerUrls

MAX_BODY_BYTES = 16_384
STATIC_FOLDER = Path(__file__).parent / "static"
#: What clients have copies of: connect.js, and what it imports once something does not work.
CLIENT_FILES = ("connect.js", "diagnose.js", "findings.js", "probe.js", "reach.js")


class Endpoint(RequestHandler):
    """Is the same for everybody, whatever cookies come along."""

    def check_xsrf_cookie(self) -> None:
        """Do nothing: there is no cookie here that another page could ride on."""


class MetadataHandler(Endpoint):
    """A discovery document."""

    def initialize(
        self,
        service: ConnectService,
        urls: ServerUrls,
        document: Callable[[str], Mapping[str, object]],
    ) -> None:
        """``document`` makes it for an issuer."""
        self.service = service
        self.urls = urls
        self.document = document

    @allow_unauthenticated
    def get(self) -> None:
        """Return it, or 404 where connecting is switched off."""
        if self.service.settings.connect == "off":
            self.send_error(404)
            return
        _write_json(self, 200, self.document(self.urls.issuer(self.request)))


@stream_request_body
class FormEndpoint(Endpoint):
    """Takes a small form; a larger one is refused before it is there."""

    def initialize(self, service: ConnectService) -> None:
        """Take what the extension put together."""
        self.service = service
        self.body = b""

    def data_received(self, chunk: bytes) -> None:
        """Take a part of the body, as long as it is small."""
        if len(self.body) <= MAX_BODY_BYTES:
            self.body += chunk

    @allow_unauthenticated
    def post(self) -> None:
        """Answer as oauthlib has it, or say which form is understood."""
        self.set_header("Cache-Control", "no-store")
        self.set_header("Pragma", "no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if len(self.body) > MAX_BODY_BYTES:
            _write_error(self, 413, "invalid_request", "The form is too large.")
        elif kind != "application/x-www-form-urlencoded":
            _write_error(
                self, 400, "invalid_request", "Send application/x-www-form-urlencoded (RFC 6749)."
            )
        else:
            self._answer(self.body.decode("latin-1"))

    def _answer(self, body: str) -> None:
        # Imported by now, or by this first client.
        from oauthlib.common import extract_params  # noqa: PLC0415
        from oauthlib.oauth2 import OAuth2Error  # noqa: PLC0415

        fields = extract_params(body)
        if fields is None:
            _write_error(self, 400, "invalid_request", "The form is not properly encoded.")
            return
        if len(dict(fields)) != len(fields):  # RFC 6749, 3.2: "MUST NOT […] more than once"
            _write_error(self, 400, "invalid_request", "The form has a field twice.")
            return
        uri = f"{self.request.protocol}://{self.request.host}{self.request.uri}"
        headers = {"Origin": origin_of(self.request) or ""}
        try:
            answer, text, status = self.respond(uri, body, headers)
        except OAuth2Error as error:
            answer, text, status = error.headers, error.json, error.status_code
        except GrantError as error:
            _write_error(self, 500, "server_error", error.what)
            return
        except ValueError:  # of the URL
            _write_error(self, 400, "invalid_request", "The address is not properly encoded.")
            return
        except TokenRefused as error:
            _write_error(self, 503, "temporarily_unavailable", REASONS[error.code])
            return
        self.set_status(status)
        for name, value in answer.items():
            self.set_header(name, value)
        self.finish(text)

    def respond(self, uri: str, body: str, headers: Mapping[str, str]) -> tuple[Any, Any, int]:
        """Return headers, body and status of the answer."""
        raise NotImplementedError


class TokenHandler(FormEndpoint):
    """The token endpoint (RFC 6749, 3.2)."""

    def respond(self, uri: str, body: str, headers: Mapping[str, str]) -> tuple[Any, Any, int]:
        """Exchange a code."""
        answer, text, status = self.service.protocol.create_token_response(
            uri, "POST", body, headers
        )
        CONNECT.labels("exchanged" if status == HTTPStatus.OK else "not_exchanged").inc()
        return answer, text, status


class RevokeHandler(FormEndpoint):
    """The revocation endpoint (RFC 7009)."""

    def respond(self, uri: str, body: str, headers: Mapping[str, str]) -> tuple[Any, Any, int]:
        """End the grant of a token."""
        answer, text, status = self.service.protocol.create_revocation_response(
            uri, "POST", body, headers
        )
        return answer, text, status


class GrantHandler(Endpoint):
    """The caller's own grant: a client asks what it has got, and why it has it no more."""

    def initialize(self, service: ConnectService) -> None:
        """Take what the extension put together."""
        self.service = service

    @allow_unauthenticated
    def get(self) -> None:
        """Return who, what, and until when. Times are seconds since 1970."""
        token = header_token(self.request.headers.get("Authorization"))
        if token is None:
            write_refusal(self, refuse("missing_token", "no_token"))
            return
        if not is_grant_token(token):
            write_refusal(self, refuse("invalid_token", "unknown_token"))
            return
        context = context_of(self.request)
        try:
            grant = self.service.grant_of(token, context.origin if context else None)
        except TokenRefused as error:
            self._refuse(error)
            return
        found = {
            "client_id": f"{grant.origin}/",
            "scope": " ".join(names(grant.scopes)),
            "created": grant.created,
            "expires_at": grant.expires,
        }
        _write_json(self, 200, found)

    def _refuse(self, error: TokenRefused) -> None:
        """Say what is wrong with the token; or that this cannot be told: it may be a good one."""
        if error.code in UNSURE:
            _write_error(self, 503, "temporarily_unavailable", REASONS[error.code])
        else:
            write_refusal(self, refuse("invalid_token", error.code, detail=error.what))


class SlashHandler(RedirectHandler):
    """Leads to the address with the slash; whoever may see that page, this says nothing."""

    @allow_unauthenticated
    def get(self, *args: object) -> None:
        """Redirect."""
        super().get(*args)

    head = get


class ConnectFiles(TypedFiles, Endpoint):
    """The pages' style and script, and connect.js."""

    @allow_unauthenticated
    async def get(self, path: str, include_body: bool = True) -> None:
        """Return a file."""
        await super().get(path, include_body)

    @allow_unauthenticated
    async def head(self, path: str) -> None:
        """Return its headers."""
        await super().get(path, include_body=False)


def _write_json(handler: RequestHandler, status: int, body: Mapping[str, object]) -> None:
    handler.set_status(status)
    handler.set_header("Content-Type", "application/json; charset=UTF-8")
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.finish(json.dumps(body))


def _write_error(handler: RequestHandler, status: int, error: str, description: str) -> None:
    """Answer as RFC 6749, 5.2 has it."""
    _write_json(handler, status, {"error": error, "error_description": description})
