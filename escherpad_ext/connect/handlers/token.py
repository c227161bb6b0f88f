"""The token endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from .endpoint import FormEndpoint

# A program that waits asks every five seconds.
_PENDING = '"authorization_pending"'


class TokenHandler(FormEndpoint):
    """Exchanges a code for a token (RFC 6749, 3.2; RFC 8628, 3.4)."""

    async def respond(
        self, uri: str, body: str, headers: Mapping[str, str]
    ) -> tuple[Any, Any, int]:
        """Exchange a code."""
        create = self.service.authorization_server.create_token_response
        answer, text, status = await self.change(create, uri, body, headers)
        if _PENDING not in text:
            self.telemetry.connect("exchanged" if status == HTTPStatus.OK else "not_exchanged")
        return answer, text, status
