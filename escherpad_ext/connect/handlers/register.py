"""The registration endpoint (RFC 7591), for programs."""

from __future__ import annotations

import json
from http import HTTPStatus

from ...errors import GrantTokensUnavailable
from ...policy.refusals import refuse
from ..registration import RegistrationError
from .endpoint import FormEndpoint


class RegisterHandler(FormEndpoint):
    """Gives a program an id that holds what it registered. Nothing is stored."""

    def _problem_of_form(self) -> str | None:
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return None if kind == "application/json" else "Send application/json (RFC 7591)."

    async def _answer(self, body: str) -> None:
        settings = self.service.settings
        if settings.broken or "off" in {settings.connect, settings.programs}:
            self.write_oauth_error(403, "access_denied", "Programs cannot connect to this server.")
            return
        try:
            self.write_json(HTTPStatus.CREATED, await self.service.register(_read(body)))
        except RegistrationError as error:
            self.write_oauth_error(400, error.code, error.what)
        except GrantTokensUnavailable as error:
            self.write_oauth_error(
                503, "temporarily_unavailable", refuse("invalid_token", error.code).message
            )


def _read(body: str) -> object:
    try:
        return json.loads(body.encode("latin-1").decode())
    except (ValueError, RecursionError):
        raise RegistrationError("The body is not JSON.", code="invalid_client_metadata") from None
